"""What a rule may look at: what the new events did to their issue, how many there were lately, and what they carry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tocsin.rules.windows import Window

Counted = Literal["events", "users"]

Tags = Mapping[str, str]
"""What an event carries, by name; its level, environment and release stand among its tags."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many were counted in a window that ends now: with the new events, and before they came."""

    now: int
    before: int


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What the newest events did to their issue."""

    is_first: bool = False
    """Whether they opened the issue."""
    is_regression: bool = False
    """Whether they brought a resolved issue back."""
    is_escalating: bool = False
    """Whether they were too many for an issue that was archived until it escalates."""
    tallies: Mapping[tuple[Counted, Window], Tally] = field(default_factory=dict)
    """What the project's rules count; windows that none of them names are missing."""
    events: Sequence[Tags] = ()
    """The new events, oldest first: that of `is_first` is the first of them."""
