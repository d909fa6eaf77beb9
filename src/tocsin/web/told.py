"""What a page tells its visitor of what they just did to an issue, and the offer to take it back."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from tocsin.activities.describe import describe, plain_text
from tocsin.activities.models import Activity
from tocsin.http.visit import SignedInVisit
from tocsin.issues.models import Issue
from tocsin.issues.undo import WITHIN, find_offer
from tocsin.kernel.ids import ActivityId

DONE = "done"
"""The parameter of an issue's address that names what the visitor did, for pages without a script."""
LONGEST_ID = 18


@dataclass(frozen=True, slots=True)
class Told:
    """The sentence of what was done; empty for what nobody is told."""

    words: str
    activity_id: ActivityId
    undo_key: str | None
    """With which the visitor can take it back, if they can."""


def tell(issue: Issue, activity: Activity, undo_key: str | None) -> Told:
    """`activity`, which was done to `issue`, as its page tells it."""
    sentence = describe(activity)
    return Told(plain_text(sentence, issue=issue.short_id) + "." if sentence else "", activity.id, undo_key)


def find_told(session: Session, visit: SignedInVisit, issue: Issue) -> Told | None:
    """What the address says that the visitor did to `issue`, for as long as it may be taken back; of others nothing."""
    said = visit.query(DONE)
    is_id = said.isascii() and said.isdecimal() and len(said) <= LONGEST_ID
    activity = session.get(Activity, int(said)) if is_id else None
    if activity is None or activity.issue_id != issue.id or activity.user_id != visit.person.user_id:
        return None
    if activity.at <= visit.now - WITHIN:
        return None
    return tell(issue, activity, find_offer(session, activity, user_id=visit.person.user_id, now=visit.now))
