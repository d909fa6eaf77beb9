"""What issues and searches know of a team: drawn and written anew with its slug, and given up when it ends."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from tocsin.issues.models import Issue, IssueStatus, IssueUndo, SavedView, is_whole
from tocsin.issues.search_query import MAX_QUERY, given_over
from tocsin.issues.unassigning import RAISED, unassign_all
from tocsin.organizations.models import Project, Team
from tocsin.organizations.permit import Permit


def count_issues_of_team(session: Session, team: Team) -> int:
    """How many issues are the team's and not resolved."""
    return session.scalar(select(func.count()).select_from(Issue).where(*_open_issues(team))) or 0


def redraw_issues_of_team(session: Session, team: Team) -> None:
    """Have every card that names `team` drawn anew."""
    raised = update(Issue).where(Issue.assignee_team_id == team.id, is_whole()).values(RAISED)
    session.execute(raised.execution_options(synchronize_session=False))


def take_issues_from_team(session: Session, permit: Permit, team: Team, *, now: datetime) -> None:
    """Make the issues of `team`, which is about to be deleted, nobody's, and say so in history and threads.

    Of resolved ones nothing is said: they lose it with its row. An offer to undo an assignment would give an issue back
    to it, and gives it to nobody.
    """
    redraw_issues_of_team(session, team)
    of_team = session.execute(select(Issue.id, Issue.project_id).where(*_open_issues(team)).order_by(Issue.id)).all()
    why = {"team": team.slug}
    unassign_all(session, permit, [(issue_id, project_id, why) for issue_id, project_id in of_team], now=now)
    for offer in session.scalars(select(IssueUndo)):  # five minutes' worth, of all teams
        if offer.before["assignee_team_id"] == team.id:
            offer.before = offer.before | {"assignee_team_id": None}
    session.flush()


def list_projects_given_to_team(session: Session, team: Team) -> Sequence[Project]:
    """The projects whose new issues go to `team`, by slug."""
    given = select(Project).where(Project.assign_new_to_team_id == team.id, Project.deleted_at.is_(None))
    return session.scalars(given.order_by(Project.slug)).all()


def list_views_of_team(session: Session, team: Team) -> list[SavedView]:
    """The saved views, whoever has them, that search for what is assigned to `team`."""
    of_organization = select(SavedView).where(
        SavedView.organization_id == team.organization_id, SavedView.query.contains(f"#{team.slug}", autoescape=True)
    )
    named = f"#{team.slug}"
    return [view for view in session.scalars(of_organization) if given_over(view.query, named, "#") is not None]


def rename_in_views(session: Session, views: Sequence[SavedView], *, old: str, new: str) -> None:
    """Let `views` search for the team by its `new` slug; one that would grow too long for a search stays."""
    for view in views:
        query = given_over(view.query, f"#{old}", f"#{new}")
        if query is not None and len(query) <= MAX_QUERY:
            view.query = query
    session.flush()


def _open_issues(team: Team) -> tuple[ColumnElement[bool], ...]:
    return Issue.assignee_team_id == team.id, is_whole(), Issue.status != IssueStatus.RESOLVED
