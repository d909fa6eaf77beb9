"""Dividing the counts of an issue between it and the one that is taken out of it.

Events that are stored are counted anew. Of those that retention deleted it is known how many each fingerprint had, and
how many there were in each hour, but not both at once: those of the issue that is taken out are taken for the oldest.
"""

from collections import Counter
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from tocsin.events.models import StoredEvent
from tocsin.issues.counters import count_hours, hour_in_sql
from tocsin.issues.folding import folded
from tocsin.issues.models import Issue, IssueFingerprint, IssueHour
from tocsin.kernel.ids import IssueId

Hours = Counter[int]


def divide_counts(session: Session, issue: Issue, other: Issue, *, now: datetime) -> dict[IssueId, int]:
    """Count what is each one's now, and see which event is its newest; gives by how much each count changed."""
    both = Counter[int]()
    for hour, events in session.execute(select(IssueHour.hour, IssueHour.events).where(_hours_of(issue))):
        both[folded(hour, now=now)] += events
    stored = {each.id: _stored_hours(session, each, now=now) for each in (issue, other)}
    retired = {each.id: _retired(session, each) for each in (issue, other)}
    gone = both - stored[issue.id] - stored[other.id]
    taken = _oldest(gone, retired[other.id])
    hours = {other.id: stored[other.id] + taken, issue.id: stored[issue.id] + (gone - taken)}
    changes = {}
    for each in (issue, other):
        count = stored[each.id].total() + retired[each.id]
        changes[each.id] = count - each.event_count
        each.event_count, each.retired_events = count, retired[each.id]
        session.execute(delete(IssueHour).where(_hours_of(each)))
        if hours[each.id]:
            count_hours(session, {(each.id, hour): events for hour, events in hours[each.id].items()})
        _find_first_and_newest(session, each)
    return changes


def _hours_of(issue: Issue) -> ColumnElement[bool]:
    return IssueHour.issue_id == issue.id


def _stored_hours(session: Session, issue: Issue, *, now: datetime) -> Hours:
    hour = hour_in_sql(session, StoredEvent.received_at)
    counted = select(hour, func.count()).where(StoredEvent.issue_id == issue.id).group_by(hour)
    hours = Counter[int]()
    for each, events in session.execute(counted):
        hours[folded(each, now=now)] += events
    return hours


def _retired(session: Session, issue: Issue) -> int:
    retired = select(func.sum(IssueFingerprint.retired_events)).where(IssueFingerprint.issue_id == issue.id)
    return int(session.scalar(retired) or 0)


def _oldest(hours: Hours, count: int) -> Hours:
    taken = Counter[int]()
    for hour, events in sorted(hours.items()):
        taken[hour] = min(events, count)
        count -= taken[hour]
    return +taken


def _find_first_and_newest(session: Session, issue: Issue) -> None:
    own = StoredEvent.issue_id == issue.id
    first = session.scalar(select(func.min(StoredEvent.received_at)).where(own))
    newest = select(StoredEvent.id, StoredEvent.received_at).where(own).order_by(StoredEvent.id.desc()).limit(1)
    found = session.execute(newest).one_or_none()
    if found is None or first is None:
        issue.last_event_id = None
        return
    # What was before the events that are left is known only by what the issue said of itself.
    issue.first_seen = min(first, issue.first_seen) if issue.retired_events else first
    issue.last_event_id, issue.last_seen = found
