"""The one way to ask for the time, so that a test can hold it still."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Answers the present moment, always in UTC."""


def system_clock() -> datetime:
    """The machine's present moment in UTC."""
    return datetime.now(UTC)


def to_milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970, the unit of every pacing row."""
    return int(moment.timestamp() * 1000)


def from_milliseconds(milliseconds: int) -> datetime:
    """The inverse of `to_milliseconds`."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
