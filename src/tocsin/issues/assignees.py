"""To whom an issue can be given: the people and teams that `triage.validate_assignment` would accept."""

from dataclasses import dataclass

from sqlalchemy import or_, select, true
from sqlalchemy.orm import Session

from tocsin.kernel.ids import TeamId, UserId
from tocsin.members.authorize import ANY_PROJECT
from tocsin.members.models import Member, TeamMembership, User
from tocsin.organizations.models import Project, ProjectTeam, Team
from tocsin.organizations.permit import Role

OFFERED_AT_MOST = 200
"""Of people and of teams each; a longer list is no choice."""


@dataclass(frozen=True, slots=True)
class Assignees:
    """Whom a page offers, by name: (id, name) of people, (id, slug) of teams."""

    people: tuple[tuple[UserId, str], ...]
    teams: tuple[tuple[TeamId, str], ...]


def list_assignees(session: Session, project: Project) -> Assignees:
    """The people and teams with access to `project`."""
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
        )
        .order_by(Team.slug)
        .limit(OFFERED_AT_MOST)
    )
    return Assignees(
        tuple(session.execute(people).all()),
        tuple(session.execute(teams).all()),
    )
