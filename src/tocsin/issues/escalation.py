"""What brings an archived issue back when events come in: more of them, or of users, than somebody put up with.

Asked by the batch that has just counted, and only for issues that are archived. On PostgreSQL an issue that is archived
while a batch is under way in another process is looked at with its next event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity, ActivityType
from tocsin.events.models import StoredEvent
from tocsin.issues.archiving import Archive, Until, UntilEscalating, UntilEvents, UntilUsers
from tocsin.issues.change import changed
from tocsin.issues.counters import hour_of, hours_of, note_users_seen
from tocsin.issues.models import Issue, IssueStatus, IssueUser, Substatus
from tocsin.kernel.ids import IssueId
from tocsin.organizations.permit import Permit

LOOK_BACK = 7 * 24
"""Hours whose busiest is the measure of what is usual."""
FACTOR = 2
AT_LEAST = 10
"""Events in an hour that are never an escalation."""


@dataclass(frozen=True, slots=True)
class Archived:
    """An archived issue as the batch has just left it; `last_seen` is when its newest event came."""

    issue_id: IssueId
    archive: Archive
    event_count: int
    user_count: int
    last_seen: datetime


def find_escalating(session: Session, users: Mapping[IssueId, Mapping[int, datetime]]) -> dict[IssueId, dict[str, Any]]:
    """Which of these issues come back now, each with what history keeps of why (`ActivityType.ESCALATING`).

    `users` are those whom the batch's events hit, by their keys, and when; every issue asked about has an entry.
    """
    archived = _archived(session, list(users))
    usual = [each for each in archived if isinstance(each.archive.until, UntilEscalating)]
    found = dict(_above_forecast(session, usual))
    _note_users_seen(session, archived, users)
    for each in archived:
        if _is_met(session, each):
            found[each.issue_id] = {"expired": msgspec.to_builtins(each.archive.until)}
    return found


def escalate(session: Session, issue: Issue, permit: Permit, data: dict[str, Any], *, now: datetime) -> Activity:
    """An archived issue came back by what happened to it: it is unresolved, and its cards and threads say so."""
    issue.status, issue.substatus = IssueStatus.UNRESOLVED, Substatus.ESCALATING
    return changed(session, issue, permit, ActivityType.ESCALATING, now=now, data=data)


def forecast_of(hours: Mapping[int, int], *, hour: int, before: int) -> int:
    """How many events of an archived issue are to be expected in `hour` at most: twice its busiest hour of a week.

    `before` are the events of this very hour that came before it was archived: whoever archived it knew of them.
    """
    busiest = max((events for of, events in hours.items() if hour - LOOK_BACK <= of < hour), default=0)
    return max(AT_LEAST, FACTOR * max(busiest, before))


# Made once: the noisiest issues are those that people archive, and most batches hold some.
_ARCHIVED = (
    select(Issue.id, Issue.archive, Issue.event_count, Issue.user_count, Issue.last_seen)
    .where(
        Issue.id.in_(bindparam("issue_ids", expanding=True)),
        Issue.status == IssueStatus.ARCHIVED,
        Issue.substatus.in_([Substatus.ARCHIVED_UNTIL_ESCALATING, Substatus.ARCHIVED_UNTIL_CONDITION]),
    )
    .order_by(Issue.id)
)


def _archived(session: Session, issue_ids: Sequence[IssueId]) -> list[Archived]:
    rows = session.connection().execute(_ARCHIVED, {"issue_ids": list(issue_ids)})
    return [
        Archived(issue_id, msgspec.convert(archive, Archive), event_count, user_count, last_seen)
        for issue_id, archive, event_count, user_count, last_seen in rows
    ]


def _above_forecast(session: Session, archived: Sequence[Archived]) -> list[tuple[IssueId, dict[str, Any]]]:
    if not archived:
        return []
    since = hour_of(min(each.last_seen for each in archived)) - LOOK_BACK
    hours = hours_of(session, [each.issue_id for each in archived], since=since)
    found = []
    for each in archived:
        hour = hour_of(each.last_seen)
        in_hour = hours[each.issue_id].get(hour, 0)
        count = min(in_hour, each.event_count - each.archive.events)
        forecast = forecast_of(hours[each.issue_id], hour=hour, before=in_hour - count)
        if count > forecast:
            found.append((each.issue_id, {"forecast": forecast, "count": count}))
    return found


def _note_users_seen(
    session: Session, archived: Sequence[Archived], users: Mapping[IssueId, Mapping[int, datetime]]
) -> None:
    """Keep when users were hit last, for the issues that are archived until so many come within some time."""
    counted = [each.issue_id for each in archived if _counts_users_within(each.archive.until)]
    note_users_seen(session, {(issue, user): at for issue in counted for user, at in users[issue].items()})


def _counts_users_within(until: Until) -> bool:
    return isinstance(until, UntilUsers) and until.minutes is not None


def _is_met(session: Session, archived: Archived) -> bool:
    """Whether the number is reached that this issue was archived until."""
    archive = archived.archive
    match archive.until:
        case UntilEvents(count, None):
            return archived.event_count - archive.events >= count
        case UntilUsers(count, None):
            return archived.user_count - archive.users >= count
        case UntilEvents(count, int(minutes)):
            return archived.event_count - archive.events >= count and _is_crowded(session, archived, count, minutes)
        case UntilUsers(count, int(minutes)):
            return _users_within(session, archived, minutes) >= count
    return False


def _is_crowded(session: Session, archived: Archived, count: int, minutes: int) -> bool:
    """Whether the newest `count` events lie within `minutes`; all but the oldest are stepped over, not read."""
    oldest = session.scalars(
        select(StoredEvent.received_at)
        .where(StoredEvent.issue_id == archived.issue_id)
        .order_by(StoredEvent.id.desc())
        .offset(count - 1)
        .limit(1)
    ).one_or_none()
    return oldest is not None and oldest >= archived.last_seen - timedelta(minutes=minutes)


def _users_within(session: Session, archived: Archived, minutes: int) -> int:
    """How many different users the issue hit in the last `minutes`, since it was archived."""
    since = archived.last_seen - timedelta(minutes=minutes)
    return session.scalars(
        select(func.count())
        .select_from(IssueUser)
        .where(
            IssueUser.issue_id == archived.issue_id,
            IssueUser.last_seen >= since,
            IssueUser.last_seen >= archived.archive.at,
        )
    ).one()
