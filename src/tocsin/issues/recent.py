"""How often an issue was seen, and by how many users, within a window that ends now; for rules that count.

Only for the projects that have such rules, whose batches keep ticks and when each user was hit last. A window of up to
an hour is made of ticks of ten seconds, a longer one of the counters of hours; each ends with the present tick or hour,
so that it is shorter than its name by less than one of them and never counts what came before. Users are counted to
the moment. Ticks and moments are kept from the first rule on that counts in the project.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Integer, Select, bindparam, delete, func, literal_column, select, union_all
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tocsin.issues.counters import SECONDS_PER_HOUR, hour_of
from tocsin.issues.models import IssueHour, IssueTick, IssueUser
from tocsin.kernel.ids import IssueId

SECONDS_PER_TICK = 10

_TICKS = {
    name: inserted.on_conflict_do_update(
        index_elements=[IssueTick.issue_id, IssueTick.tick],
        set_={"events": IssueTick.events + inserted.excluded.events},
    )
    for name, inserted in (
        ("sqlite", sqlite.insert(IssueTick)),
        ("postgresql", postgresql.insert(IssueTick)),
    )
}


def tick_of(moment: datetime) -> int:
    """The ten seconds that `moment` falls into, counted from 1970."""
    return int(moment.timestamp()) // SECONDS_PER_TICK


def count_ticks(session: Session, events: Mapping[tuple[IssueId, int], int]) -> None:
    """Add to the counters of (issue, tick)."""
    connection = session.connection()
    rows = [{"issue_id": issue, "tick": tick, "events": count} for (issue, tick), count in sorted(events.items())]
    connection.execute(_TICKS[connection.dialect.name], rows)


def events_within(
    session: Session, issue_ids: Sequence[IssueId], windows: Collection[int], *, now: datetime
) -> dict[tuple[IssueId, int], int]:
    """How many events these issues had in each of these windows (seconds); those without any are missing. One query."""
    if not windows:
        return {}
    begins = {f"before_{window}": _before(window, now) for window in windows}
    rows = session.connection().execute(_events_within(tuple(sorted(windows))), {"issue_ids": list(issue_ids)} | begins)
    return {(issue_id, window): int(events) for issue_id, window, events in rows}


def _before(window: int, now: datetime) -> int:
    """The last tick or hour before the window."""
    if window <= SECONDS_PER_HOUR:
        return tick_of(now) - window // SECONDS_PER_TICK
    return hour_of(now) - window // SECONDS_PER_HOUR


@cache
def _events_within(windows: tuple[int, ...]) -> CompoundSelect[Any, Any, Any]:
    return union_all(*(_sums(window) for window in windows))


def _sums(window: int) -> Select[Any, Any, Any]:
    issue_id, when, events = (
        (IssueTick.issue_id, IssueTick.tick, IssueTick.events)
        if window <= SECONDS_PER_HOUR
        else (IssueHour.issue_id, IssueHour.hour, IssueHour.events)
    )
    return (
        select(issue_id, literal_column(str(window), Integer), func.sum(events))
        .where(issue_id.in_(bindparam("issue_ids", expanding=True)), when > bindparam(f"before_{window}"))
        .group_by(issue_id)
    )


_HIT = select(literal_column("1")).where(
    IssueUser.issue_id == bindparam("issue_id"), IssueUser.last_seen > bindparam("since")
)
_USERS_WITHIN = select(func.count()).select_from(_HIT.limit(bindparam("at_most")).subquery())


def users_within(session: Session, issue_id: IssueId, window: int, *, at_most: int, now: datetime) -> int:
    """How many different users the issue hit within `window` (seconds), of whom no more than `at_most` are counted."""
    since = now - timedelta(seconds=window)
    asked = {"issue_id": issue_id, "since": since, "at_most": at_most}
    return session.connection().execute(_USERS_WITHIN, asked).scalar_one()


def find_past_ticks(session: Session, *, now: datetime, limit: int) -> Sequence[int]:
    """Ticks that no window reaches back to any more, of whichever issues."""
    past = IssueTick.tick < tick_of(now) - SECONDS_PER_HOUR // SECONDS_PER_TICK
    return session.scalars(select(IssueTick.tick).where(past).distinct().limit(limit)).all()


def forget_ticks(session: Session, ticks: Sequence[int]) -> None:
    """Delete what was counted in these ticks."""
    session.execute(delete(IssueTick).where(IssueTick.tick.in_(ticks)))
