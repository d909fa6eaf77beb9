"""The clock of archived issues: when the moment comes until which one was put aside, it is back."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity, ActivityType
from tocsin.deliveries.lease import Held
from tocsin.issues.archiving import archive_of
from tocsin.issues.change import changed
from tocsin.issues.models import Issue, IssueStatus, Substatus
from tocsin.issues.one_by_one import one_by_one
from tocsin.kernel.clock import Clock
from tocsin.kernel.db import Database
from tocsin.kernel.ids import IssueId
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope, Via


def expire(session: Session, issue: Issue, *, now: datetime) -> Activity | None:
    """Make `issue` unresolved if its moment has come; somebody may have decided otherwise while this waited for it."""
    if issue.status != IssueStatus.ARCHIVED or issue.archived_until is None or issue.archived_until > now:
        return None
    issue.status, issue.substatus = IssueStatus.UNRESOLVED, Substatus.ONGOING
    expired = msgspec.to_builtins(archive_of(issue).until)
    organization_id = session.get_one(Project, issue.project_id).organization_id
    permit = Permit.system("Tocsin", Scope(organization_id, issue.project_id), Via.TIMER)
    return changed(session, issue, permit, ActivityType.REOPENED, now=now, data={"expired": expired})


def find_expired(session: Session, *, now: datetime, limit: int = 1) -> Sequence[IssueId]:
    """Archived issues whose moment has come, the longest overdue first."""
    # The literal lets both databases see that the partial index serves this.
    return session.scalars(
        select(Issue.id)
        .where(Issue.status == literal_column("'archived'"), Issue.archived_until <= now)
        .order_by(Issue.archived_until)
        .limit(limit)
    ).all()


def reopen_the_expired(database: Database, held: Held, *, clock: Clock, lease_seconds: float) -> None:
    """Reopen every issue whose moment has come, under the lease `held`."""

    def find(session: Session, now: datetime, limit: int) -> Sequence[IssueId]:
        return find_expired(session, now=now, limit=limit)

    def do(session: Session, issue: Issue, now: datetime) -> None:
        expire(session, issue, now=now)

    one_by_one(database, held, find, do, clock=clock, lease_seconds=lease_seconds)
