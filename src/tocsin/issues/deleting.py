"""Deleting an issue: it is gone at once for everybody who looks, and what belonged to it goes in the background.

What is left is its name, like that of an issue that was merged: links and cards that lead to it can then say what
happened, and nothing new is ever called the same. Its fingerprints lead nowhere, so that the next event like its own
opens another issue.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity, ActivityType
from tocsin.activities.record import record_activity
from tocsin.issues.change import get_issue_for_update, touched
from tocsin.issues.errors import IssueDeletedError
from tocsin.issues.models import UNREMOVED, Issue, IssueFingerprint, IssueStatus
from tocsin.kernel import work
from tocsin.kernel.ids import IssueId, ProjectId
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.deleting import DELETED
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope, Via


def delete_issue(session: Session, issue: Issue, permit: Permit, *, now: datetime) -> Activity:
    """Delete `issue` for good; the audit log keeps what it was called, and its cards who did it."""
    data = {"issue": issue.short_id, "title": issue.title, "events": issue.event_count}
    create_audit_entry(session, permit, AuditEvent.ISSUE_DELETE, target=f"issue:{issue.id}", now=now, data=data)
    return _leave_name(session, issue, permit, now=now, data={})


def delete_with_project(session: Session, issue_id: IssueId, project: Project, *, now: datetime) -> None:
    """Delete an issue of a project that was deleted, unless that was done or it is a part of another one by now."""
    issue = get_issue_for_update(session, issue_id)
    if issue is None or issue.deleted_at is not None or issue.merged_into_id is not None:
        return
    # One line of the audit log tells of the whole project; threads are not told a thousand times what each card shows.
    by = Permit.system(project.deleted_by or "Tocsin", Scope(project.organization_id, project.id), Via.TIMER)
    _leave_name(session, issue, by, now=now, data={"with_project": True})


def require_undeleted(session: Session, issue: Issue) -> None:
    """Refuse what is only a name.

    Raises:
        IssueDeletedError: it was deleted; the message says when and by whom.
    """
    if issue.deleted_at is None:
        return
    last = find_last_word(session, issue.id)
    by = f" by {last.actor_label}" if last is not None else ""
    raise IssueDeletedError(f"{issue.short_id} was deleted{by} on {issue.deleted_at:%-d %B %Y}.")


def find_last_word(session: Session, issue_id: IssueId) -> Activity | None:
    """What history keeps of a deleted issue: that it was deleted."""
    return session.scalar(select(Activity).where(Activity.issue_id == issue_id, Activity.type == ActivityType.DELETED))


def find_unremoved(session: Session, *, limit: int) -> Sequence[IssueId]:
    """Deleted issues of which something may be left, the oldest first."""
    return session.scalars(select(Issue.id).where(text(UNREMOVED)).order_by(Issue.id).limit(limit)).all()


def find_undeleted(session: Session, project_id: ProjectId, *, limit: int) -> Sequence[IssueId]:
    """Issues of a project that are neither deleted nor a part of another one."""
    whole = (Issue.project_id == project_id, Issue.deleted_at.is_(None), Issue.merged_into_id.is_(None))
    return session.scalars(select(Issue.id).where(*whole).order_by(Issue.id).limit(limit)).all()


def _leave_name(session: Session, issue: Issue, permit: Permit, *, now: datetime, data: dict[str, object]) -> Activity:
    """Take from `issue`, and from those that are a part of it, all by which anything finds or wakes them."""
    session.execute(delete(IssueFingerprint).where(IssueFingerprint.issue_id == issue.id))
    session.execute(update(Issue).where(Issue.merged_into_id == issue.id).values(title="", value="", culprit=""))
    issue.deleted_at = now
    issue.title = issue.value = issue.culprit = ""
    issue.event_count = issue.user_count = issue.retired_events = 0
    issue.last_event_id = None
    issue.status, issue.substatus, issue.resolved_at = IssueStatus.RESOLVED, None, now
    issue.archive = issue.archived_until = None
    issue.resolution = issue.resolved_release_id = issue.resolved_commit = None
    issue.assignee_user_id = issue.assignee_team_id = None
    touched(session, issue)
    work.ask(session, DELETED, issue.id)
    return record_activity(
        session, permit, ActivityType.DELETED, issue_id=issue.id, project_id=issue.project_id, now=now, data=data
    )
