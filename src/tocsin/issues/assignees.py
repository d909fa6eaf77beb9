"""To whom an issue can be given: the people and teams that `triage.validate_assignment` would accept."""

from dataclasses import dataclass

from sqlalchemy import desc, func, or_, select, true
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity
from tocsin.issues.models import Issue
from tocsin.kernel.ids import TeamId, UserId
from tocsin.members.authorize import ANY_PROJECT
from tocsin.members.models import Member, TeamMembership, User
from tocsin.organizations.models import Project, ProjectTeam, Team
from tocsin.organizations.permit import Role

OFFERED_AT_MOST = 200
"""Of people and of teams each; a longer list is no choice."""
SUGGESTED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Assignees:
    """Whom a page offers, by name: (id, name) of people, (id, slug) of teams."""

    people: tuple[tuple[UserId, str], ...]
    teams: tuple[tuple[TeamId, str], ...]


def list_assignees(session: Session, project: Project, *, typed: str = "") -> Assignees:
    """The people and teams with access to `project`; with `typed`, those whose name, e-mail or slug holds it."""
    in_its_teams = (
        select(TeamMembership.member_id)
        .join(ProjectTeam, ProjectTeam.team_id == TeamMembership.team_id)
        .where(ProjectTeam.project_id == project.id)
    )
    any_project = [role for role in Role if role.rank >= ANY_PROJECT.rank]
    people = (
        select(User.id, User.name)
        .join(Member, Member.user_id == User.id)
        .where(
            Member.organization_id == project.organization_id,
            Member.is_active.is_(True),
            User.is_active.is_(True),
            true() if project.is_open else or_(Member.role.in_(any_project), Member.id.in_(in_its_teams)),
            or_(*(column.icontains(typed, autoescape=True) for column in (User.name, User.email))) if typed else true(),
        )
        .order_by(User.name, User.id)
        .limit(OFFERED_AT_MOST)
    )
    its_teams = select(ProjectTeam.team_id).where(ProjectTeam.project_id == project.id)
    teams = (
        select(Team.id, Team.slug)
        .where(
            Team.organization_id == project.organization_id,
            true() if project.is_open else Team.id.in_(its_teams),
            Team.slug.icontains(typed.removeprefix("#"), autoescape=True) if typed else true(),
        )
        .order_by(Team.slug)
        .limit(OFFERED_AT_MOST)
    )
    return Assignees(
        tuple(session.execute(people).all()),
        tuple(session.execute(teams).all()),
    )


def suggest_assignees(session: Session, issue: Issue) -> list[UserId]:
    """Who probably knows `issue`: those who dealt with it, latest first, whether or not it can be given to them."""
    dealt = (
        select(Activity.user_id, func.max(Activity.id).label("last"))
        .where(Activity.issue_id == issue.id, Activity.user_id.is_not(None))
        .group_by(Activity.user_id)
        .order_by(desc("last"))
        .limit(SUGGESTED_AT_MOST)
    )
    return [user_id for user_id, _ in session.execute(dealt) if user_id is not None]
