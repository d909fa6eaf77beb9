"""The condition *escalating*."""

from typing import ClassVar

import msgspec

from tocsin.rules.occurrence import Occurrence


class Escalating(msgspec.Struct, frozen=True, tag_field="kind", tag="escalating"):
    """Fires when events bring an archived issue back: too many in an hour, or as many as it was archived until."""

    label: ClassVar[str] = "an archived issue escalates"
    name: ClassVar[str] = "escalating"
    words: ClassVar[str] = label

    def matches(self, occurrence: Occurrence) -> bool:
        """Whether the event brought its archived issue back."""
        return occurrence.is_escalating
