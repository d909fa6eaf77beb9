"""Resolving by age: what was not seen for so many days, as its project has it, is taken for over."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity, ActivityType
from tocsin.deliveries.lease import Held
from tocsin.issues.change import changed
from tocsin.issues.models import Issue, IssueStatus, Resolution, is_whole
from tocsin.issues.one_by_one import AT_A_TIME, one_by_one
from tocsin.issues.resolution import mark_resolved
from tocsin.kernel import work
from tocsin.kernel.clock import Clock
from tocsin.kernel.db import Database
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import IssueId
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope, Via

AGE = "age"
"""The kind of work that a shorter age asks for: that what has reached it be resolved. The id is the project's."""

DAYS_AT_MOST = 3650


def set_resolve_after_days(
    session: Session, permit: Permit, project: Project, days: int | None, *, now: datetime
) -> None:
    """Unresolved issues of `project` that were not seen for `days` are resolved from now on; `None`: never.

    Raises:
        InvalidInputError: fewer than 1 day, or more than ten years.
    """
    if days is not None and not 1 <= days <= DAYS_AT_MOST:
        raise InvalidInputError(f"Issues can be resolved after 1 to {DAYS_AT_MOST} days, not after {days}.")
    if project.resolve_after_days == days:
        return
    project.resolve_after_days = days
    session.flush()
    data = {"resolve_after_days": days}
    work.ask(session, AGE, project.id)
    create_audit_entry(session, permit, AuditEvent.PROJECT_EDIT, target=f"project:{project.id}", now=now, data=data)


def resolve_by_age(session: Session, issue: Issue, project: Project, *, now: datetime) -> Activity | None:
    """Resolve `issue` if it is unresolved and old enough now; an event may have come while this waited for its row."""
    days = project.resolve_after_days
    if days is None or issue.status != IssueStatus.UNRESOLVED or issue.last_seen > now - timedelta(days=days):
        return None
    mark_resolved(issue, Resolution.AGE, now=now)
    permit = Permit.system("Tocsin", Scope(project.organization_id, project.id), Via.TIMER)
    return changed(session, issue, permit, ActivityType.RESOLVED_BY_AGE, now=now, data={"days": days})


def find_aged(session: Session, *, now: datetime, limit: int = AT_A_TIME) -> Sequence[IssueId]:
    """Unresolved issues that their projects' settings resolve at `now`."""
    projects = session.execute(
        select(Project.id, Project.resolve_after_days).where(Project.resolve_after_days.is_not(None))
    ).all()
    found: list[IssueId] = []
    for project_id, days in projects:
        assert days is not None
        aged = (
            select(Issue.id)
            .where(
                Issue.project_id == project_id,
                Issue.status == IssueStatus.UNRESOLVED,
                is_whole(),
                Issue.last_seen <= now - timedelta(days=days),
            )
            .order_by(Issue.last_seen)
        )
        found += session.scalars(aged.limit(limit - len(found)))
        if len(found) == limit:
            break
    return found


def resolve_the_aged(database: Database, held: Held, *, clock: Clock, lease_seconds: float) -> None:
    """Resolve every issue that is old enough, under the lease `held`, until there is none."""

    def find(session: Session, now: datetime, limit: int) -> Sequence[IssueId]:
        return find_aged(session, now=now, limit=limit)

    def do(session: Session, issue: Issue, now: datetime) -> None:
        resolve_by_age(session, issue, session.get_one(Project, issue.project_id), now=now)

    one_by_one(database, held, find, do, clock=clock, lease_seconds=lease_seconds)
