"""The condition *first seen*."""

from typing import ClassVar

import msgspec

from tocsin.rules.occurrence import Occurrence


class FirstSeen(msgspec.Struct, frozen=True, tag_field="kind", tag="first_seen"):
    """Fires when an event opens a new issue."""

    label: ClassVar[str] = "an issue is seen for the first time"
    name: ClassVar[str] = "first seen"
    words: ClassVar[str] = label

    def matches(self, occurrence: Occurrence) -> bool:
        """Whether the event opened its issue."""
        return occurrence.is_first
