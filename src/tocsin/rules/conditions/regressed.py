"""The condition *regressed*."""

from typing import ClassVar

import msgspec

from tocsin.rules.occurrence import Occurrence


class Regressed(msgspec.Struct, frozen=True, tag_field="kind", tag="regressed"):
    """Fires when an event brings a resolved issue back."""

    label: ClassVar[str] = "a resolved issue comes back"
    name: ClassVar[str] = "regressed"
    words: ClassVar[str] = label

    def matches(self, occurrence: Occurrence) -> bool:
        """Whether the event brought its issue back."""
        return occurrence.is_regression
