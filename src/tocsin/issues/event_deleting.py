"""Deleting one event, of which something must not be kept: what it held is gone, and its issue goes on counting it."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tocsin.events.models import StoredEvent
from tocsin.issues.act import scope_of
from tocsin.issues.change import get_issue_for_update, touched
from tocsin.issues.deleting import require_undeleted
from tocsin.issues.errors import EventNotFoundError, IssueNotFoundError
from tocsin.issues.evicting import retire
from tocsin.issues.models import Issue
from tocsin.kernel.errors import NotFoundError
from tocsin.kernel.ids import IssueId, ProjectId, UserId
from tocsin.members.authorize import authorize
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.permit import Permit, Source, Verb


def delete_event(
    session: Session, issue: Issue, event_id: str, *, user_id: UserId, source: Source, now: datetime
) -> IssueId:
    """Delete the event of that id (32 hex digits) for good; gives the issue that it belonged to at last.

    That is `issue`, or one of its project to which the event went by a merge or its end. Counts, tags, history and what
    the issue is called stay, as they do when events are retired. Cards that showed the event are redrawn without it.

    Raises:
        IssueNotFoundError: the person may not see the issue.
        NotAllowedError: they see it but lack the role; the message says whom to ask.
        IssueDeletedError: it was deleted, and its events with it.
        EventNotFoundError: the project has no such event, or has it no more.
    """
    permit = _get_permit(session, issue, user_id, source)
    row_id, holder_id = _find(session, issue.project_id, event_id)
    holder = get_issue_for_update(session, holder_id)
    assert holder is not None, "an event belongs to an issue"
    require_undeleted(session, holder)
    if not retire(session, holder, StoredEvent.id == row_id):  # deleted, or given to another issue, at this moment
        raise _not_found()
    data = {"issue": holder.short_id}
    create_audit_entry(session, permit, AuditEvent.EVENT_DELETE, target=f"event:{event_id}", now=now, data=data)
    if holder.last_event_id == row_id:
        _show_the_one_before(session, holder)
    return holder.id


def _get_permit(session: Session, issue: Issue, user_id: UserId, source: Source) -> Permit:
    try:
        return authorize(session, user_id, Verb.DELETE_ISSUES, scope_of(session, issue), source=source)
    except NotFoundError:
        raise IssueNotFoundError("There is no such issue, or you may not see it.") from None


def _find(session: Session, project_id: ProjectId, event_id: str) -> tuple[int, IssueId]:
    """The event's row, and the issue that it belongs to."""
    own = (StoredEvent.project_id == project_id, StoredEvent.event_id == bytes.fromhex(event_id))
    found = session.execute(select(StoredEvent.id, StoredEvent.issue_id).where(*own)).one_or_none()
    if found is None:
        raise _not_found()
    return found[0], found[1]


def _show_the_one_before(session: Session, issue: Issue) -> None:
    """Let cards show what is the newest event now: the deleted one's source and tags must not stay on them."""
    issue.last_event_id = session.scalar(select(func.max(StoredEvent.id)).where(StoredEvent.issue_id == issue.id))
    touched(session, issue)


def _not_found() -> EventNotFoundError:
    return EventNotFoundError("There is no such event in this issue; it may have been retired or deleted.")
