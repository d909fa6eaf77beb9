"""Comments: what people say about an issue, kept in its history; told in channels that have switched that on."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity, ActivityType
from tocsin.activities.record import ACTIVITY, record_activity
from tocsin.issues.deleting import require_undeleted
from tocsin.issues.errors import AlreadyDoneError, CommentNotFoundError
from tocsin.issues.models import Issue
from tocsin.kernel import work
from tocsin.kernel.errors import InvalidInputError, NotFoundError
from tocsin.kernel.ids import ActivityId, IssueId, UserId
from tocsin.members.authorize import authorize
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope, Source, Verb

COMMENT_LENGTH = 10_000
"""Characters; a longer text is a document, and belongs behind a link."""

TEXT, IS_EDITED, IS_REMOVED, IS_REVISED = "text", "edited", "removed", "revised"
"""In a comment's data: what it says; and whether threads that were told it must be told of a change."""
TOLD_BY = "told_by"
"""In a comment's data, too: the ids of the deliveries that told it, wherever their cards have gone since."""


def comment(session: Session, issue: Issue, permit: Permit, text: str, *, now: datetime) -> Activity:
    """Say something about `issue`.

    Raises:
        InvalidInputError: it is empty or too long.
    """
    return record_activity(
        session,
        permit,
        ActivityType.COMMENTED,
        issue_id=issue.id,
        project_id=issue.project_id,
        now=now,
        data={TEXT: _validate(text)},
    )


def edit_comment(
    session: Session, comment_id: ActivityId, text: str, *, user_id: UserId, source: Source, now: datetime
) -> Activity:
    """Let a comment say something else, here and wherever it was told.

    Raises:
        CommentNotFoundError: there is none, it was removed, or the person may not see it.
        IssueDeletedError: it goes with its issue.
        NotAllowedError: it is somebody else's, and the person is no admin.
        AlreadyDoneError: it says that already.
        InvalidInputError: the new text is empty or too long.
    """
    said, permit = _get_own(session, comment_id, user_id, source)
    new = _validate(text)
    if said.data[TEXT] == new:
        raise AlreadyDoneError("The comment says that already")

    _revise(session, said, {TEXT: new, IS_EDITED: True})
    _on_record(session, permit, said, "edit", now=now)
    return said


def remove_comment(
    session: Session, comment_id: ActivityId, *, user_id: UserId, source: Source, now: datetime
) -> Activity:
    """Take a comment back, here and wherever it was told; history keeps that there was one, and not what it said.

    Raises:
        CommentNotFoundError: there is none, it was removed, or the person may not see it.
        IssueDeletedError: it goes with its issue.
        NotAllowedError: it is somebody else's, and the person is no admin.
    """
    said, permit = _get_own(session, comment_id, user_id, source)

    _revise(session, said, {IS_REMOVED: True})
    _on_record(session, permit, said, "remove", now=now)
    return said


def list_comments(session: Session, issue_id: IssueId) -> Sequence[Activity]:
    """The comments on an issue that still stand, oldest first."""
    said = session.scalars(
        select(Activity)
        .where(Activity.issue_id == issue_id, Activity.type == ActivityType.COMMENTED)
        .order_by(Activity.id)
    )
    return [each for each in said if not each.data.get(IS_REMOVED)]


def _validate(text: str) -> str:
    words = text.replace("\r\n", "\n").strip()
    if not words:
        raise InvalidInputError("Write something first.")
    if len(words) > COMMENT_LENGTH:
        raise InvalidInputError(f"A comment has at most {COMMENT_LENGTH:,} characters; this one has {len(words):,}.")
    return words


def _get_own(session: Session, comment_id: ActivityId, user_id: UserId, source: Source) -> tuple[Activity, Permit]:
    """The comment, held against other writers, and the permit to change it."""
    said = session.get(Activity, comment_id, with_for_update=True)
    if said is None or said.type != ActivityType.COMMENTED or said.data.get(IS_REMOVED):
        raise CommentNotFoundError("There is no such comment any more.")
    scope = Scope(session.get_one(Project, said.project_id).organization_id, said.project_id)
    try:
        verb = Verb.COMMENT if said.user_id == user_id else Verb.MODERATE
        permit = authorize(session, user_id, verb, scope, source=source)
    except NotFoundError:
        raise CommentNotFoundError("There is no such comment any more.") from None
    assert said.issue_id is not None, "a comment is about an issue"
    require_undeleted(session, session.get_one(Issue, said.issue_id))
    return said, permit


def _revise(session: Session, said: Activity, data: dict[str, object]) -> None:
    """Change what a comment is. One that was announced is announced anew, so that what was told is told otherwise."""
    was_announced = said.announced_at is not None or said.data.get(IS_REVISED, False)
    kept = {TOLD_BY: said.data[TOLD_BY]} if TOLD_BY in said.data else {}
    said.data = data | kept | ({IS_REVISED: True} if was_announced else {})
    said.announced_at = None
    session.flush()
    work.ask(session, ACTIVITY, said.id)


def _on_record(session: Session, permit: Permit, said: Activity, what: str, *, now: datetime) -> None:
    target = f"comment:{said.id}"
    create_audit_entry(session, permit, AuditEvent.COMMENT_CHANGE, target=target, now=now, data={"what": what})
