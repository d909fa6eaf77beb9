"""The filter by level."""

from typing import ClassVar, Literal, get_args

import msgspec

from tocsin.events.schema import Level
from tocsin.rules.occurrence import Tags

LEVELS: tuple[Level, ...] = get_args(Level)
"""Worst first."""


class LevelFilter(msgspec.Struct, frozen=True, tag_field="kind", tag="level"):
    """Lets events pass by how bad they are."""

    operator: Literal["at least", "is", "is not"]
    value: Level

    name: ClassVar[str] = "level"

    @property
    def words(self) -> str:
        """What passes, as it is also typed."""
        return f"level {self.operator} {self.value}"

    def passes(self, tags: Tags) -> bool:
        """Whether an event with these tags does."""
        level = tags.get("level")
        match self.operator:
            case "at least":
                return level in LEVELS[: LEVELS.index(self.value) + 1]
            case "is":
                return level == self.value
            case "is not":
                return level != self.value
