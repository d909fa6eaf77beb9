"""The little graph of an issue: how many of its events came when, as bars of equal width, from its hourly counters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tocsin.issues.counters import beginning_of, hour_of

SPANS = ((24, 24, "24 hours"), (14 * 24, 28, "14 days"), (90 * 24, 30, "90 days"))
"""How many hours a graph can look back, in how many bars, and what it is called."""

LONGEST = SPANS[-1][0]


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


def draw_graph(hours: Mapping[int, int], first_seen: datetime, *, now: datetime) -> Graph:
    """A graph of the counters in `hours` (`issues.counters`), back to `first_seen` as far as a span allows.

    It ends with the present hour, so that each counter falls into one bar.
    """
    end = hour_of(now) + 1
    span, count, words = next((each for each in SPANS if hour_of(first_seen) >= end - each[0]), SPANS[-1])
    width, begin = span // count, end - span
    counts = [0] * count
    for hour, events in hours.items():
        if begin <= hour < end:
            counts[(hour - begin) // width] += events
    tallest = max(counts) or 1
    bars = (
        Bar(beginning_of(begin + place * width), each, -(-each * 100 // tallest)) for place, each in enumerate(counts)
    )
    return Graph(tuple(bars), words, sum(counts))
