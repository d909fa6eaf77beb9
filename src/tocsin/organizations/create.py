"""Making organizations, teams and projects, and the DSN by which an application reports to a project."""

import re
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tocsin.kernel.ids import ProjectId, random_key
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.errors import BadSlugError, SlugTakenError
from tocsin.organizations.models import Organization, Project, ProjectKey, Team
from tocsin.organizations.permit import Permit, Scope, Via
from tocsin.organizations.quotas import NEW_ISSUES_AT_FIRST

SLUG = re.compile(r"(?=.*[a-z])[a-z0-9](?:[a-z0-9_-]{0,48}[a-z0-9])?", re.ASCII)
"""At most 50 characters with a letter among them, so that a slug is never taken for an id."""
FIRST_WORDS = frozenset(
    {
        "account",
        "api",
        "extensions",
        "forgot-password",
        "health",
        "invitation",
        "link",
        "metrics",
        "reset-password",
        "sign-in",
        "sign-out",
        "static",
        "undo",
    }
)
"""What addresses of our own begin with; pages of an organization that was called so could never be reached."""


def create_organization(
    session: Session, slug: str, *, reason: str, via: Via, now: datetime, name: str | None = None
) -> Organization:
    """Make an organization without anybody in it; nobody can hold a permit for it yet, so history keeps `reason`.

    Raises:
        BadSlugError, SlugTakenError: nothing was made.
    """
    require_slug(slug)
    if slug in FIRST_WORDS:
        raise BadSlugError(f"{slug!r} is an address of Tocsin's own; choose another name.")
    organization = Organization(slug=slug, name=name or slug, created_at=now)
    _insert(session, organization, f"There is an organization {slug} already.")
    permit = Permit.system(reason, Scope(organization.id), via)
    create_audit_entry(session, permit, AuditEvent.ORGANIZATION_ADD, target=f"organization:{organization.id}", now=now)
    return organization


def create_project(
    session: Session, permit: Permit, slug: str, *, now: datetime, name: str | None = None, is_open: bool = True
) -> Project:
    """Make a project with one key; `is_open` lets every member of the organization see and triage it.

    Raises:
        BadSlugError, SlugTakenError: nothing was made.
    """
    require_slug(slug)
    project = Project(
        organization_id=permit.scope.organization_id,
        slug=slug,
        name=name or slug,
        is_open=is_open,
        created_at=now,
        new_issues_per_minute=NEW_ISSUES_AT_FIRST,
    )
    _insert(session, project, f"There is a project {slug} already.")
    session.add(ProjectKey(project_id=project.id, public_key=random_key(), created_at=now))
    session.flush()
    create_audit_entry(
        session, permit, AuditEvent.PROJECT_ADD, target=f"project:{project.id}", now=now, data={"slug": slug}
    )
    return project


def create_team(session: Session, permit: Permit, slug: str, *, now: datetime, name: str | None = None) -> Team:
    """Make a team with nobody in it.

    Raises:
        BadSlugError, SlugTakenError: nothing was made.
    """
    require_slug(slug)
    team = Team(organization_id=permit.scope.organization_id, slug=slug, name=name or slug, created_at=now)
    _insert(session, team, f"There is a team {slug} already.")
    create_audit_entry(session, permit, AuditEvent.TEAM_ADD, target=f"team:{team.id}", now=now, data={"slug": slug})
    return team


def dsn_of(key: str, base_url: str, project_id: ProjectId) -> str:
    """What an SDK is given: `https://KEY@host/ID`, with the port and path that `base_url` may have."""
    base = urlsplit(base_url)
    host = base.netloc.rpartition("@")[2]
    return f"{base.scheme}://{key}@{host}{base.path.rstrip('/')}/{project_id}"


def require_slug(slug: str) -> None:
    """Refuse what cannot stand in an address.

    Raises:
        BadSlugError: it cannot; the message says which characters can.
    """
    if SLUG.fullmatch(slug) is None:
        raise BadSlugError(
            f"{slug!r} cannot be a name in addresses: use up to 50 of a-z, 0-9, - and _, with a letter among them."
        )


def _insert(session: Session, row: Organization | Project | Team, taken: str) -> None:
    """Add `row`; the database itself says when its slug is taken, so that two who come at once cannot both have it."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise SlugTakenError(taken) from error
