"""Finding organizations, projects, keys and teams by what people call them."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tocsin.kernel.ids import OrganizationId, ProjectId, TeamId
from tocsin.organizations.errors import TeamNotFoundError
from tocsin.organizations.models import Organization, Project, ProjectKey, ProjectTeam, Team


def find_organization(session: Session, slug: str) -> Organization | None:
    """The organization with this slug."""
    return session.scalars(select(Organization).where(Organization.slug == slug)).one_or_none()


def list_organizations(session: Session) -> Sequence[Organization]:
    """Every organization of this server, by slug; for its operator only."""
    return session.scalars(select(Organization).order_by(Organization.slug)).all()


def find_project(session: Session, organization_id: OrganizationId, slug: str) -> Project | None:
    """The organization's project with this slug."""
    return session.scalars(
        select(Project).where(
            Project.organization_id == organization_id, Project.slug == slug, Project.deleted_at.is_(None)
        )
    ).one_or_none()


def find_project_key(session: Session, project_id: ProjectId) -> str | None:
    """The oldest key by which applications may report to the project; `None` when all were switched off."""
    return session.scalars(
        select(ProjectKey.public_key)
        .where(ProjectKey.project_id == project_id, ProjectKey.is_active.is_(True))
        .order_by(ProjectKey.id)
        .limit(1)
    ).one_or_none()


def find_team(session: Session, organization_id: OrganizationId, slug: str) -> Team | None:
    """The organization's team with this slug, given without `#`."""
    return session.scalars(select(Team).where(Team.organization_id == organization_id, Team.slug == slug)).one_or_none()


def get_team(session: Session, organization_id: OrganizationId, slug: str) -> Team:
    """The organization's team with this slug, given with or without `#`.

    Raises:
        TeamNotFoundError: there is none.
    """
    team = find_team(session, organization_id, slug.removeprefix("#"))
    if team is None:
        raise TeamNotFoundError(f"There is no team {slug[:60]!r} in this organization.")
    return team


def list_teams(session: Session, organization_id: OrganizationId) -> Sequence[Team]:
    """The organization's teams, by slug."""
    return session.scalars(select(Team).where(Team.organization_id == organization_id).order_by(Team.slug)).all()


def list_team_projects(session: Session, organization_id: OrganizationId) -> dict[TeamId, list[Project]]:
    """The projects that each team of the organization owns, by slug; teams without one are left out."""
    rows = session.execute(
        select(ProjectTeam.team_id, Project)
        .join(Project, Project.id == ProjectTeam.project_id)
        .where(Project.organization_id == organization_id)
        .order_by(Project.slug)
    )
    owned: dict[TeamId, list[Project]] = {}
    for team_id, project in rows:
        owned.setdefault(team_id, []).append(project)
    return owned


def list_owners(session: Session, project_id: ProjectId) -> Sequence[Team]:
    """The teams that own the project, by slug."""
    return session.scalars(
        select(Team)
        .join(ProjectTeam, ProjectTeam.team_id == Team.id)
        .where(ProjectTeam.project_id == project_id)
        .order_by(Team.slug)
    ).all()


def count_teams(session: Session, project_ids: Sequence[ProjectId]) -> dict[ProjectId, int]:
    """How many teams own each of the projects; those that none owns are left out."""
    rows = session.execute(
        select(ProjectTeam.project_id, func.count())
        .where(ProjectTeam.project_id.in_(project_ids))
        .group_by(ProjectTeam.project_id)
    )
    return dict(rows.all())
