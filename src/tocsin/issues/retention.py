"""Retention: how long a project keeps its events, and how many. Issues, their counts and their history stay."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tocsin.events.models import StoredEvent
from tocsin.issues.models import Issue
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import ProjectId
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit

DAYS_AT_MOST = 3650
EVENTS_AT_MOST = 100_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """So many days, and so many events of a project."""

    days: int
    events: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What is left of a project's events: how many there are, how many were retired, and when the oldest one came."""

    events: int
    retired: int
    oldest: datetime | None


def limits_of(project: Project, usual: Limits) -> Limits:
    """What holds for `project`: what it chose, else what the installation has for all."""
    return Limits(
        days=usual.days if project.retention_days is None else project.retention_days,
        events=usual.events if project.retention_events is None else project.retention_events,
    )


def set_retention(
    session: Session, permit: Permit, project: Project, *, days: int | None, events: int | None, now: datetime
) -> None:
    """Keep events of `project` for `days`, and `events` of them; `None` means what the installation has for all.

    Raises:
        InvalidInputError: less than a day or an event, or more than ten years or a hundred million.
    """
    if days is not None and not 1 <= days <= DAYS_AT_MOST:
        raise InvalidInputError(f"Events can be kept for 1 to {DAYS_AT_MOST} days, not for {days}.")
    if events is not None and not 1 <= events <= EVENTS_AT_MOST:
        raise InvalidInputError(f"A project can keep 1 to {EVENTS_AT_MOST} events, not {events}.")
    if (project.retention_days, project.retention_events) == (days, events):
        return
    project.retention_days, project.retention_events = days, events
    session.flush()
    data = {"retention_days": days, "retention_events": events}
    create_audit_entry(session, permit, AuditEvent.PROJECT_EDIT, target=f"project:{project.id}", now=now, data=data)


def count_stored(session: Session, project_id: ProjectId) -> int:
    """How many events of the project there are: those that came, without those that were retired."""
    counted = select(func.sum(Issue.event_count - Issue.retired_events)).where(Issue.project_id == project_id)
    return int(session.scalar(counted) or 0)


def describe_stored(session: Session, project_id: ProjectId) -> Stored:
    """What the project's page shows."""
    own = Issue.project_id == project_id
    first = select(func.min(StoredEvent.id)).where(StoredEvent.issue_id == Issue.id).correlate(Issue).scalar_subquery()
    counted, retired, oldest_id = session.execute(
        select(func.sum(Issue.event_count), func.sum(Issue.retired_events), func.min(first)).where(own)
    ).one()
    oldest = session.scalar(select(StoredEvent.received_at).where(StoredEvent.id == oldest_id))
    return Stored(int((counted or 0) - (retired or 0)), int(retired or 0), oldest)
