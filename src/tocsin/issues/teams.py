"""What issues and searches know of a team: drawn and written anew with its slug, and given up when it ends."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from tocsin.activities.models import ActivityType
from tocsin.activities.record import record_activity
from tocsin.issues.models import Issue, IssueStatus, IssueUndo, SavedView, is_whole
from tocsin.issues.search_query import MAX_QUERY, SearchError, Term, parse, write
from tocsin.kernel.ids import IssueId, ProjectId
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Project, Team
from tocsin.organizations.permit import Permit

_RAISED = {"version": Issue.version + 1, "urgent_version": Issue.version + 1}
"""What makes every card of an issue due at once, as `change.touched` does for a single one; the catch-up sees it."""


def count_issues_of_team(session: Session, team: Team) -> int:
    """How many issues are the team's and not resolved."""
    return session.scalar(select(func.count()).select_from(Issue).where(*_open_issues(team))) or 0


def redraw_issues_of_team(session: Session, team: Team) -> None:
    """Have every card that names `team` drawn anew."""
    _change(session, (Issue.assignee_team_id == team.id, is_whole()), _RAISED)


def take_issues_from_team(session: Session, permit: Permit, team: Team, *, now: datetime) -> int:
    """Make the issues of `team` nobody's, and say so in history and threads; gives how many were not resolved.

    Of resolved ones nothing is said. An offer to undo an assignment would give them back: it gives them to nobody.
    """
    of_team = session.execute(select(Issue.id, Issue.project_id).where(*_open_issues(team)).order_by(Issue.id)).all()
    for issue_id, project_id in of_team:
        _tell(session, permit, issue_id, project_id, {"team": team.slug}, now)
    _change(session, (Issue.assignee_team_id == team.id, is_whole()), _RAISED | {"assignee_team_id": None})
    for offer in session.scalars(select(IssueUndo)):  # five minutes' worth, of all teams
        if offer.before["assignee_team_id"] == team.id:
            offer.before = offer.before | {"assignee_team_id": None}
    session.flush()
    return len(of_team)


def list_projects_given_to_team(session: Session, team: Team) -> Sequence[Project]:
    """The projects whose new issues go to `team`, by slug."""
    given = select(Project).where(Project.assign_new_to_team_id == team.id, Project.deleted_at.is_(None))
    return session.scalars(given.order_by(Project.slug)).all()


def list_views_of_team(session: Session, team: Team) -> list[SavedView]:
    """The saved views, whoever has them, that search for what is assigned to `team`."""
    of_organization = select(SavedView).where(
        SavedView.organization_id == team.organization_id, SavedView.query.contains(f"#{team.slug}", autoescape=True)
    )
    return [view for view in session.scalars(of_organization) if _renamed(view.query, team.slug, "") is not None]


def rename_in_views(session: Session, views: Sequence[SavedView], *, old: str, new: str) -> None:
    """Let `views` search for the team by its `new` slug; one that would grow too long for a search stays."""
    for view in views:
        query = _renamed(view.query, old, new)
        if query is not None and len(query) <= MAX_QUERY:
            view.query = query
    session.flush()


def _open_issues(team: Team) -> tuple[ColumnElement[bool], ...]:
    return Issue.assignee_team_id == team.id, is_whole(), Issue.status != IssueStatus.RESOLVED


def _tell(
    session: Session, permit: Permit, issue_id: IssueId, project_id: ProjectId, data: dict[str, str], now: datetime
) -> None:
    """What `change.changed` keeps of a change, for issues that all change by one statement."""
    if permit.actor.user_id is not None:
        create_audit_entry(
            session,
            permit,
            AuditEvent.ISSUE_TRIAGE,
            target=f"issue:{issue_id}",
            now=now,
            data={"type": ActivityType.UNASSIGNED},
        )
    record_activity(
        session, permit, ActivityType.UNASSIGNED, issue_id=issue_id, project_id=project_id, now=now, data=data
    )


def _change(session: Session, which: tuple[ColumnElement[bool], ...], values: Mapping[str, object]) -> None:
    session.execute(update(Issue).where(*which).values(values).execution_options(synchronize_session=False))


def _renamed(query: str, old: str, new: str) -> str | None:
    """`query` with `assigned:#new` for `assigned:#old`; `None` where it says nothing of that team."""
    try:
        terms = parse(query)
    except SearchError:
        return None
    renamed = tuple(_renamed_term(term, f"#{old}", f"#{new}") for term in terms)
    return None if renamed == terms else write(renamed)


def _renamed_term(term: Term, old: str, new: str) -> Term:
    if term.name is None or term.name.lower() != "assigned":
        return term
    return replace(
        term, values=tuple(replace(value, text=new) if value.text == old else value for value in term.values)
    )
