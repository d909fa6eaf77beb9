"""Who was faster: the answer for somebody who asks for what is so already."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity, ActivityType
from tocsin.issues.errors import AlreadyDoneError
from tocsin.issues.models import Issue

STATUS = frozenset(
    {
        ActivityType.RESOLVED,
        ActivityType.RESOLVED_IN_RELEASE,
        ActivityType.RESOLVED_IN_COMMIT,
        ActivityType.RESOLVED_BY_AGE,
        ActivityType.REOPENED,
        ActivityType.REGRESSED,
        ActivityType.ARCHIVED,
        ActivityType.ESCALATING,
    }
)
"""What moves an issue between unresolved, resolved and archived."""
ASSIGNMENT = frozenset({ActivityType.ASSIGNED, ActivityType.UNASSIGNED})
PRIORITY = frozenset({ActivityType.PRIORITY_SET})

LOOKED_AT = 20
"""How far back history is read: undoing touches one thing at a time, so the last of a kind is among the first few."""


def already_done(session: Session, issue: Issue, state: str, kind: frozenset[ActivityType]) -> AlreadyDoneError:
    """The error that says that `issue` is `state` already, and by whom.

    Whoever made the last change of that `kind` made it so: an older one that led to the same state names the wrong
    person once something else came between (a regression, an escalation, somebody who took it back).
    """
    words = f"{issue.short_id} is already {state}"
    last = _find_last(session, issue, kind)
    if last is None or last.user_id is None:
        return AlreadyDoneError(words)
    return AlreadyDoneError(words, by=last.actor_label, user_id=last.user_id)


def _find_last(session: Session, issue: Issue, kind: frozenset[ActivityType]) -> Activity | None:
    candidates = (
        select(Activity)
        .where(Activity.issue_id == issue.id, Activity.type.in_([*kind, ActivityType.UNDONE]))
        .order_by(Activity.id.desc())
        .limit(LOOKED_AT)
    )
    return next((each for each in session.scalars(candidates) if (each.data.get("of") or each.type) in kind), None)
