"""What a condition may look at: one event, or one change of an issue, as rules see it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What the newest event did to its issue."""

    is_first: bool
    """Whether it opened the issue."""
    is_regression: bool
    """Whether it brought a resolved issue back."""
    is_escalating: bool = False
    """Whether it was one too many for an issue that was archived until it escalates."""
