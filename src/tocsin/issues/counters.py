"""The counters of issues: events for each hour, and which users were hit. Written by the batch, in its transaction."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import BigInteger, ColumnElement, bindparam, cast, extract, func, select, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from tocsin.issues.models import IssueHour, IssueUser
from tocsin.kernel.at_once import insert_at_once
from tocsin.kernel.db import table_of
from tocsin.kernel.ids import IssueId
from tocsin.kernel.statement import Statement

SECONDS_PER_HOUR = 3600
HOURS_PER_DAY = 24

_OF_HOURS = ("issue_id", "hour", "events")
_HOURS = Statement(
    {
        name: inserted.on_conflict_do_update(
            index_elements=[IssueHour.issue_id, IssueHour.hour],
            set_={"events": IssueHour.events + inserted.excluded.events},
        )
        for name, inserted in (
            ("sqlite", sqlite.insert(IssueHour)),
            ("postgresql", insert_at_once(table_of(IssueHour), _OF_HOURS)),
        )
    },
    columns=_OF_HOURS,
)
_OF_USERS = ("issue_id", "user_key")
_USERS = Statement(
    {
        name: inserted.on_conflict_do_nothing().returning(IssueUser.issue_id)
        for name, inserted in (
            ("sqlite", sqlite.insert(IssueUser)),
            ("postgresql", insert_at_once(table_of(IssueUser), _OF_USERS)),
        )
    },
    columns=_OF_USERS,
)
_HOURS_OF = select(IssueHour.issue_id, IssueHour.hour, IssueHour.events).where(
    IssueHour.issue_id.in_(bindparam("issue_ids", expanding=True)), IssueHour.hour >= bindparam("since")
)
_DAY = IssueHour.hour // bindparam("hours_a_day", HOURS_PER_DAY, type_=BigInteger)
_DAYS_OF = (
    select(IssueHour.issue_id, _DAY, func.sum(IssueHour.events))
    .where(IssueHour.issue_id.in_(bindparam("issue_ids", expanding=True)), IssueHour.hour >= bindparam("since"))
    .group_by(IssueHour.issue_id, text("2"))
)
_SEEN = (
    update(IssueUser)
    .where(IssueUser.issue_id == bindparam("of_issue"), IssueUser.user_key == bindparam("of_user"))
    .values(last_seen=bindparam("seen_at"))
)


def hour_of(moment: datetime) -> int:
    """The hour that `moment` falls into, in hours since 1970."""
    return int(moment.timestamp()) // SECONDS_PER_HOUR


def hour_in_sql(session: Session, moment: InstrumentedAttribute[datetime]) -> ColumnElement[int]:
    """`hour_of` a column, so that the database counts and its rows need not be fetched."""
    if session.connection().dialect.name == "sqlite":
        # To the second: SQLite would round what is behind it, and at the end of an hour up into the next one.
        return func.unixepoch(func.substr(moment, 1, 19), type_=BigInteger) // SECONDS_PER_HOUR
    return cast(func.floor(extract("epoch", moment)), BigInteger) // SECONDS_PER_HOUR


def beginning_of(hour: int) -> datetime:
    """When that hour began."""
    return datetime.fromtimestamp(hour * SECONDS_PER_HOUR, tz=UTC)


def count_hours(session: Session, events: Mapping[tuple[IssueId, int], int]) -> None:
    """Add to the counters of (issue, hour)."""
    # In one order everywhere, here and below: two processes that lock rows crosswise would deadlock on PostgreSQL.
    rows = [{"issue_id": issue, "hour": hour, "events": count} for (issue, hour), count in sorted(events.items())]
    _HOURS.many(session, rows)


def count_users(session: Session, users: Iterable[tuple[IssueId, int]]) -> Counter[IssueId]:
    """Keep which users each issue hit; give how many of them are new to it, exactly once over all processes."""
    return ask_new_users(session, users)()


def ask_new_users(session: Session, users: Iterable[tuple[IssueId, int]]) -> Callable[[], Counter[IssueId]]:
    """As `count_users`; what is given tells it when the block of `kernel.statement:together` is over."""
    rows = [{"issue_id": issue, "user_key": user} for issue, user in sorted(set(users))]
    new = _USERS.ask_for_all(session, rows)
    return lambda: Counter(issue for (issue,) in new())


def note_users_seen(session: Session, seen: Mapping[tuple[IssueId, int], datetime]) -> None:
    """Keep when these users were hit last: only for an issue archived until so many users come within some time."""
    rows = [{"of_issue": issue, "of_user": user, "seen_at": at} for (issue, user), at in sorted(seen.items())]
    if rows:
        session.connection().execute(_SEEN, rows)


def hours_of(session: Session, issue_ids: Sequence[IssueId], *, since: int) -> dict[IssueId, dict[int, int]]:
    """The counters of these issues from the hour `since` on; hours without events are left out."""
    found: dict[IssueId, dict[int, int]] = {issue_id: {} for issue_id in issue_ids}
    rows = session.connection().execute(_HOURS_OF, {"issue_ids": list(issue_ids), "since": since})
    for issue_id, hour, events in rows:
        found[issue_id][hour] = events
    return found


def last_hours(
    session: Session, issue_ids: Sequence[IssueId], *, until: datetime, hours: int = 24
) -> dict[IssueId, list[int]]:
    """How many events each of these issues had in each of the last `hours`, oldest first; the last is that of `until`.

    Zeros are there, so every list is `hours` long. One query, however many issues.
    """
    end = hour_of(until) + 1
    rows = hours_of(session, issue_ids, since=end - hours)
    return {issue_id: [found.get(hour, 0) for hour in range(end - hours, end)] for issue_id, found in rows.items()}


def last_days(
    session: Session, issue_ids: Sequence[IssueId], *, until: datetime, days: int = 30
) -> dict[IssueId, list[int]]:
    """As `last_hours`, by the days of UTC; the last one, that of `until`, is not over. One query."""
    end = hour_of(until) // HOURS_PER_DAY + 1
    found = {issue_id: [0] * days for issue_id in issue_ids}
    since = {"issue_ids": list(issue_ids), "since": (end - days) * HOURS_PER_DAY}
    for issue_id, day, events in session.connection().execute(_DAYS_OF, since):
        if day < end:
            found[issue_id][day - end] = int(events)  # PostgreSQL adds big integers up to a numeric
    return found
