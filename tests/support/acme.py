"""Owns the making of organizations, people, projects and issues for tests, each committed when the function returns."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from tocsin.issues.models import Issue
from tocsin.kernel.db import Database, write
from tocsin.kernel.ids import IssueId, OrganizationId, ProjectId, ReleaseId, TeamId, UserId
from tocsin.members.people import add_member, get_or_create_user
from tocsin.organizations.access import give_project_to_team
from tocsin.organizations.create import create_organization, create_project, create_team
from tocsin.organizations.models import Project, Release, Team
from tocsin.organizations.permit import Permit, Role, Scope, Via

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def system(organization_id: OrganizationId) -> Permit:
    return Permit.system("a test", Scope(organization_id), Via.CLI)


def make_organization(database: Database, slug: str = "acme") -> OrganizationId:
    with write(database) as session:
        return create_organization(session, slug, reason="a test", via=Via.CLI, now=NOW).id


def make_team(database: Database, organization_id: OrganizationId, slug: str = "backend") -> TeamId:
    with write(database) as session:
        return create_team(session, system(organization_id), slug, now=NOW).id


def make_person(
    database: Database,
    organization_id: OrganizationId,
    name: str = "Ada",
    role: Role = Role.MEMBER,
    *,
    teams: Sequence[TeamId] = (),
    is_active: bool = True,
    has_place: bool = True,
) -> UserId:
    """Give somebody called `name`, whose e-mail is `name@example.com`, a place in the organization."""
    with write(database) as session:
        user = get_or_create_user(session, f"{name.lower()}@example.com", name=name, now=NOW)
        member = add_member(
            session,
            system(organization_id),
            user,
            role=role,
            now=NOW,
            teams=[session.get_one(Team, team_id) for team_id in teams],
        )
        user.is_active, member.is_active = is_active, has_place
        return user.id


def make_project(
    database: Database,
    organization_id: OrganizationId,
    slug: str = "web",
    *,
    is_open: bool = True,
    teams: Sequence[TeamId] = (),
) -> ProjectId:
    with write(database) as session:
        permit = system(organization_id)
        project = create_project(session, permit, slug, is_open=is_open, now=NOW)
        for team_id in teams:
            give_project_to_team(session, permit, project, session.get_one(Team, team_id), now=NOW)
        return project.id


def make_issue(database: Database, project_id: ProjectId, **columns: Any) -> IssueId:
    """Open the project's next issue as ingest would leave it."""
    with write(database) as session:
        project = session.get_one(Project, project_id)
        project.last_issue_number += 1
        defaults = {"title": "ZeroDivisionError", "level": "error", "first_seen": NOW, "last_seen": NOW}
        issue = Issue(
            project_id=project_id,
            number=project.last_issue_number,
            short_id=f"{project.slug.upper()}-{project.last_issue_number}",
            **(defaults | columns),
        )
        session.add(issue)
        session.flush()
        return issue.id


def make_release(
    database: Database, version: str, project_id: ProjectId | None = None, *, first_seen: datetime = NOW
) -> ReleaseId:
    """A release of the project, or of the only one there is, as ingest would leave it."""
    with write(database) as session:
        project_id = project_id or session.scalars(select(Project.id)).one()
        release = Release(project_id=project_id, version=version, first_seen=first_seen)
        session.add(release)
        session.flush()
        return release.id
