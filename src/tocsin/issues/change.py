"""What every change of an issue has in common: it is made under the row's lock, drawn at once, and kept in history."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity, ActivityType
from tocsin.activities.record import record_activity
from tocsin.issues.models import Issue
from tocsin.kernel import work
from tocsin.kernel.ids import IssueId
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.permit import Permit

MESSAGE = "message"
"""The kind of work that a changed issue asks for: that messages which show it be redrawn. The id is the issue's."""


# Made once: composing a statement costs as much as running it, and every press asks for this.
_HELD = (
    select(Issue).where(Issue.id == bindparam("issue_id")).with_for_update().execution_options(populate_existing=True)
)


def get_issue_for_update(session: Session, issue_id: IssueId) -> Issue | None:
    """The issue as it is now, held against other writers until the transaction ends.

    What this session knew of it before is read anew: another may have changed it while this one waited for the row.
    """
    return session.scalars(_HELD, {"issue_id": issue_id}).one_or_none()


def changed(
    session: Session,
    issue: Issue,
    permit: Permit,
    activity_type: ActivityType,
    *,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> Activity:
    """Finish a change of `issue`: its messages are due, its history tells it, the audit log tells a person's."""
    touched(session, issue)
    if permit.actor.user_id is not None:
        create_audit_entry(
            session, permit, AuditEvent.ISSUE_TRIAGE, target=f"issue:{issue.id}", now=now, data={"type": activity_type}
        )
    return record_activity(
        session, permit, activity_type, issue_id=issue.id, project_id=issue.project_id, now=now, data=data
    )


def touched(session: Session, issue: Issue) -> None:
    """What `issue` shows has changed: the messages that show it are due at once."""
    issue.version += 1
    issue.urgent_version = issue.version
    session.flush()
    work.ask(session, MESSAGE, issue.id)
