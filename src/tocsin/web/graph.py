"""The little graphs of an issue: how many of its events came when, as bars that lead to those events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from tocsin.issues.counters import beginning_of, hour_of, last_days, last_hours
from tocsin.kernel.ids import IssueId

HOURS, DAYS = 24, 30
HOURS_PER_DAY = 24
SCALE = 100


@dataclass(frozen=True, slots=True)
class Bar:
    """The events of one stretch of time, in hours since 1970; `until` is not included.

    `height` is 0 to 100, of the tallest bar.
    """

    since: int
    until: int
    count: int
    height: int

    @property
    def begins_at(self) -> datetime:
        """When the stretch began, in UTC."""
        return beginning_of(self.since)


@dataclass(frozen=True, slots=True)
class Graph:
    """Bars, oldest first, and what they cover; `key` is a word for forms."""

    key: str
    words: str
    bars: tuple[Bar, ...]
    total: int


def graphs_of(session: Session, issue_id: IssueId, *, now: datetime) -> tuple[Graph, Graph]:
    """The issue by the hours of a day and by the days of a month, each up to `now`."""
    hours = last_hours(session, [issue_id], until=now, hours=HOURS)[issue_id]
    days = last_days(session, [issue_id], until=now, days=DAYS)[issue_id]
    end = hour_of(now) + 1
    end_of_day = (hour_of(now) // HOURS_PER_DAY + 1) * HOURS_PER_DAY
    return (
        Graph("hours", "24 hours", draw_bars(hours, end=end, width=1), sum(hours)),
        Graph("days", "30 days", draw_bars(days, end=end_of_day, width=HOURS_PER_DAY), sum(days)),
    )


def draw_bars(counts: Sequence[int], *, end: int, width: int) -> tuple[Bar, ...]:
    """Bars of `width` hours each, of which the last one ends with the hour `end`; the smallest can still be seen."""
    tallest = max(counts) or 1
    begin = end - len(counts) * width
    return tuple(
        Bar(begin + place * width, begin + (place + 1) * width, count, -(-count * SCALE // tallest))
        for place, count in enumerate(counts)
    )
