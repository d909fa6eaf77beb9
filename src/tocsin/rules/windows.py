"""The windows of time in which rules count: what they are called, and how long they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Window = Literal["1m", "5m", "15m", "1h", "1d", "1w", "30d"]
"""A window as the command line, forms and JSON name it."""


@dataclass(frozen=True, slots=True)
class Span:
    """How long a window is, and how people say that."""

    seconds: int
    words: str


WINDOWS: Mapping[Window, Span] = MappingProxyType(
    {
        "1m": Span(60, "a minute"),
        "5m": Span(5 * 60, "5 minutes"),
        "15m": Span(15 * 60, "15 minutes"),
        "1h": Span(3600, "an hour"),
        "1d": Span(86_400, "a day"),
        "1w": Span(7 * 86_400, "a week"),
        "30d": Span(30 * 86_400, "30 days"),
    }
)
"""Shortest first. `issues.recent` says how exactly each is counted."""
