"""Folding: the hours of an issue that are long past become days, so that its counters do not grow with every hour."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from tocsin.issues.counters import HOURS_PER_DAY, count_hours, hour_of
from tocsin.issues.models import IssueHour
from tocsin.kernel.ids import IssueId

HOURS_APART = 35 * HOURS_PER_DAY
"""For so long every hour has its own row: graphs of a month, and rules and escalations that look back, need no more."""


def folded(hour: int, *, now: datetime) -> int:
    """The hour in whose row the events of `hour` are counted: its own, or the first of its day."""
    return hour if hour >= _first_apart(now) else hour - hour % HOURS_PER_DAY


def find_unfolded(session: Session, *, now: datetime, limit: int) -> Sequence[IssueId]:
    """Issues with hours that can become days."""
    unfolded = select(IssueHour.issue_id).where(*_past(now)).distinct()
    return session.scalars(unfolded.order_by(IssueHour.issue_id).limit(limit)).all()


def fold_hours(session: Session, issue_ids: Sequence[IssueId], *, now: datetime) -> None:
    """Make days of the past hours of these issues; they add up to the same."""
    gone = delete(IssueHour).where(IssueHour.issue_id.in_(issue_ids), *_past(now))
    days: dict[tuple[IssueId, int], int] = {}
    for issue_id, hour, events in session.execute(gone.returning(IssueHour.issue_id, IssueHour.hour, IssueHour.events)):
        day = (issue_id, folded(hour, now=now))
        days[day] = days.get(day, 0) + events
    if days:
        count_hours(session, days)


def _past(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return IssueHour.hour < _first_apart(now), IssueHour.hour % HOURS_PER_DAY > 0


def _first_apart(now: datetime) -> int:
    """The first hour of the first day whose hours stay apart."""
    hour = hour_of(now) - HOURS_APART
    return hour - hour % HOURS_PER_DAY
