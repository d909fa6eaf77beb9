"""Taking back: for five minutes, whoever changed an issue can have it as it was before, if nobody changed it since."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from tocsin.activities.describe import UNDONE
from tocsin.activities.models import Activity, ActivityType
from tocsin.issues.act import scope_of
from tocsin.issues.already import ASSIGNMENT, PRIORITY, STATUS
from tocsin.issues.change import changed, get_issue_for_update
from tocsin.issues.deleting import require_undeleted
from tocsin.issues.errors import IssueNotFoundError, UndoOvertakenError, UndoTooLateError
from tocsin.issues.models import Issue, IssueUndo
from tocsin.kernel.db import table_of
from tocsin.kernel.errors import NotFoundError
from tocsin.kernel.ids import UserId, random_key
from tocsin.kernel.statement import Statement
from tocsin.members.authorize import authorize
from tocsin.organizations.permit import Source, Verb

WITHIN = timedelta(minutes=5)

MOMENTS = frozenset({"archived_until", "resolved_at"})
DECIDED = (
    "status",
    "substatus",
    "archive",
    "archived_until",
    "priority",
    "resolved_at",
    "resolution",
    "resolved_release_id",
    "resolved_commit",
    "assignee_user_id",
    "assignee_team_id",
)
"""The columns that people's decisions set."""

VERBS: Mapping[str, Verb] = MappingProxyType(dict.fromkeys(ASSIGNMENT, Verb.ASSIGN))
"""What must be allowed to take a type of change back, where it is not triage."""

DECISIONS = STATUS | ASSIGNMENT | PRIORITY | {ActivityType.UNDONE}
"""After one of these there is something newer than what would be restored."""


def look(issue: Issue) -> dict[str, Any]:
    """What people decided about `issue` so far, as it can be kept."""
    now = {name: getattr(issue, name) for name in DECIDED}
    return now | {name: None if now[name] is None else now[name].isoformat() for name in MOMENTS}


_CLEAR = Statement(delete(table_of(IssueUndo)).where(IssueUndo.at <= bindparam("until")))
_OFFER = Statement(insert(table_of(IssueUndo)), columns=("key", "issue_id", "activity_id", "user_id", "before", "at"))


def offer_undo(
    session: Session, activity: Activity, before: dict[str, Any], *, now: datetime, key: str | None = None
) -> str | None:
    """Keep what `look` gave before `activity`; the key with which that person can have it back: `key`, or a new one.

    `None` for what is no decision, or was no person's.
    """
    if activity.type not in UNDONE or activity.user_id is None or activity.issue_id is None:
        return None
    _CLEAR.change(session, {"until": now - WITHIN})
    key = key or random_key()
    offer = {
        "key": key,
        "issue_id": activity.issue_id,
        "activity_id": activity.id,
        "user_id": activity.user_id,
        "before": before,
        "at": now,
    }
    _OFFER.change(session, offer)
    return key


def find_offer(session: Session, activity: Activity, *, user_id: UserId, now: datetime) -> str | None:
    """The key with which this person can still have back what was before `activity`; `None` where they cannot."""
    of_activity = IssueUndo.issue_id == activity.issue_id, IssueUndo.activity_id == activity.id
    return session.scalar(
        select(IssueUndo.key).where(*of_activity, IssueUndo.user_id == user_id, IssueUndo.at > now - WITHIN)
    )


def undo(session: Session, key: str, *, user_id: UserId, source: Source, now: datetime) -> Activity:
    """Restore exactly what was before the change that `key` was offered for; the caller owns the transaction.

    Raises:
        UndoTooLateError: five minutes have passed, it was taken back already, or it was never this person's to take.
        UndoOvertakenError: somebody changed the issue since, or merged it; the message says who, or so.
        IssueDeletedError: the issue was deleted since; the message says by whom.
        IssueNotFoundError: the person may no longer see it.
        NotAllowedError: they see it, but may no longer change it.
    """
    issue, offered = _hold(session, key, user_id, now)
    undone = session.get(Activity, offered.activity_id)  # of a deleted issue it may be gone
    try:
        verb = Verb.TRIAGE if undone is None else VERBS.get(undone.type, Verb.TRIAGE)
        permit = authorize(session, user_id, verb, scope_of(session, issue), source=source)
    except NotFoundError:
        raise IssueNotFoundError("There is no such issue, or you may not see it.") from None
    require_undeleted(session, issue)
    assert undone is not None, "history is kept for as long as the issue"
    _require_newest(session, issue, undone)

    for name in DECIDED:
        setattr(issue, name, _restored(name, offered.before[name]))
    session.delete(offered)
    return changed(session, issue, permit, ActivityType.UNDONE, now=now, data={"of": undone.type})


def _hold(session: Session, key: str, user_id: UserId, now: datetime) -> tuple[Issue, IssueUndo]:
    """The issue under its lock, and then the offer: of two who use it at once, the second finds it gone."""
    wanted = select(IssueUndo).where(IssueUndo.key == key, IssueUndo.user_id == user_id, IssueUndo.at > now - WITHIN)
    issue_id = session.scalar(wanted.with_only_columns(IssueUndo.issue_id))
    issue = None if issue_id is None else get_issue_for_update(session, issue_id)
    offered = session.scalars(wanted).one_or_none()
    if issue is None or offered is None:
        raise UndoTooLateError("It is too late to undo that: five minutes have passed, or it was undone already.")
    return issue, offered


def _require_newest(session: Session, issue: Issue, undone: Activity) -> None:
    if issue.merged_into_id is not None:
        raise UndoOvertakenError(f"{issue.short_id} was merged into another issue since, so nothing was undone.")
    newer = session.scalars(
        select(Activity)
        .where(Activity.issue_id == undone.issue_id, Activity.id > undone.id, Activity.type.in_(DECISIONS))
        .order_by(Activity.id.desc())
        .limit(1)
    ).first()
    if newer is not None:
        raise UndoOvertakenError(f"{newer.actor_label} changed it since, so nothing was undone.")


def _restored(name: str, kept: Any) -> Any:  # noqa: ANN401 - whatever the column holds
    return datetime.fromisoformat(kept) if name in MOMENTS and kept is not None else kept
