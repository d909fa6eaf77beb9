"""The little graph of an issue: how many of its events came when, as bars of equal width."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SPANS = (
    (timedelta(hours=24), 24, "24 hours"),
    (timedelta(days=14), 28, "14 days"),
    (timedelta(days=90), 30, "90 days"),
)
"""How far back a graph can look, in how many bars, and what it is called."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The events of one stretch of time; `height` is 0 to 100, of the tallest bar."""

    begins_at: datetime
    count: int
    height: int


@dataclass(frozen=True, slots=True)
class Graph:
    """Bars, oldest first, and what they cover."""

    bars: tuple[Bar, ...]
    words: str
    total: int


def draw_graph(moments: Sequence[datetime], first_seen: datetime, *, is_cut: bool, now: datetime) -> Graph:
    """A graph of `moments` (newest first), back to `first_seen` as far as a span allows.

    `is_cut` says that there are more events than `moments` tells of: then the span ends where our knowledge does, so
    that no stretch looks quieter than it was.
    """
    span, count, words = _span_of(moments[-1] if is_cut else first_seen, is_cut=is_cut, now=now)
    width = span / count
    begins_at = now - span
    counts = [0] * count
    for moment in moments:
        index = int((moment - begins_at) / width)
        if 0 <= index < count:
            counts[index] += 1
        elif index == count:  # received in this very moment
            counts[-1] += 1
    tallest = max(counts) or 1
    bars = tuple(Bar(begins_at + index * width, each, -(-each * 100 // tallest)) for index, each in enumerate(counts))
    return Graph(bars, words, sum(counts))


def _span_of(since: datetime, *, is_cut: bool, now: datetime) -> tuple[timedelta, int, str]:
    if is_cut:
        return next((span for span in reversed(SPANS) if now - span[0] >= since), SPANS[0])
    return next((span for span in SPANS if now - span[0] <= since), SPANS[-1])
