"""What issues and searches know of a person: drawn and written anew with their name and address."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tocsin.issues.models import Issue, SavedView, is_whole
from tocsin.issues.search_query import MAX_QUERY, given_over
from tocsin.issues.unassigning import RAISED
from tocsin.kernel.ids import UserId
from tocsin.members.models import Member


def redraw_issues_of_person(session: Session, user_id: UserId) -> None:
    """Have every card that names the person as who has the issue drawn anew."""
    raised = update(Issue).where(Issue.assignee_user_id == user_id, is_whole()).values(RAISED)
    session.execute(raised.execution_options(synchronize_session=False))


def readdress_in_views(session: Session, user_id: UserId, *, old: str, new: str) -> None:
    """Let saved views search for the person by the `new` address; one that would grow too long stays."""
    own = select(Member.organization_id).where(Member.user_id == user_id)
    views = select(SavedView).where(SavedView.organization_id.in_(own), SavedView.query.icontains(old, autoescape=True))
    for view in session.scalars(views):
        query = given_over(view.query, old, new)
        if query is not None and len(query) <= MAX_QUERY:
            view.query = query
    session.flush()
