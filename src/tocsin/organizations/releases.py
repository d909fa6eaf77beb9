"""Releases of a project: making and finding them, the commits they carry, and where they were deployed."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import OrganizationId, ProjectId, ReleaseId
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.errors import ReleaseNotFoundError
from tocsin.organizations.models import Commit, Deploy, Project, Release
from tocsin.organizations.permit import Permit
from tocsin.organizations.release_order import newest

LONGEST_VERSION, LONGEST_ENVIRONMENT = 250, 64
LONGEST_MESSAGE, LONGEST_AUTHOR = 1000, 128
SHA = re.compile(r"[0-9a-f]{7,64}")
"""A commit's name, whole or abbreviated: seven digits are what git itself shows at least."""
COMMITS_AT_MOST = 10_000
"""Of one call; also keeps the statement that reads them back within each database's parameters."""
LOOKED_AT = 200
"""How many of the newest releases are asked which is the current one."""


@dataclass(frozen=True, slots=True)
class CommitFacts:
    """A commit as a build names it; `sha` has 7 to 64 hex digits."""

    sha: str
    message: str = ""
    author: str = ""


def find_current_release(session: Session, project_id: ProjectId, *, beside: ReleaseId | None = None) -> Release | None:
    """The project's current release, `beside` left out; `None` when there is none."""
    latest = select(Release).where(Release.project_id == project_id).order_by(Release.first_seen.desc())
    return newest([one for one in session.scalars(latest.limit(LOOKED_AT)) if one.id != beside])


def list_newest_releases(session: Session, project_id: ProjectId, *, limit: int) -> Sequence[Release]:
    """The releases that were heard of last, for a person to choose from."""
    latest = select(Release).where(Release.project_id == project_id).order_by(Release.first_seen.desc(), Release.id)
    return session.scalars(latest.limit(limit)).all()


def find_release(session: Session, project_id: ProjectId, version: str) -> Release | None:
    """The project's release of this version."""
    return session.scalars(
        select(Release).where(Release.project_id == project_id, Release.version == version)
    ).one_or_none()


def find_releases(session: Session, project_id: ProjectId, versions: Sequence[str]) -> Sequence[Release]:
    """Those of these versions that are releases of the project."""
    return session.scalars(select(Release).where(Release.project_id == project_id, Release.version.in_(versions))).all()


def get_releases(
    session: Session, organization_id: OrganizationId, project_ids: Iterable[ProjectId], version: str
) -> Sequence[Release]:
    """The releases of this version in these projects of the organization.

    Raises:
        ReleaseNotFoundError: none of them has it.
    """
    found = session.scalars(
        select(Release)
        .join(Project, Project.id == Release.project_id)
        .where(
            Project.organization_id == organization_id, Project.id.in_(list(project_ids)), Release.version == version
        )
        .order_by(Release.project_id)
    ).all()
    if not found:
        raise ReleaseNotFoundError(
            f"There is no release {version!r}: no event names it, and it was not made with `tocsin releases new`."
        )
    return found


def make_release(
    session: Session, permit: Permit, project: Project, version: str, *, now: datetime
) -> tuple[Release, bool]:
    """The project's release of this version, and whether it was made now; one that is there already stays as it is.

    Raises:
        InvalidInputError: nothing could be called so.
    """
    _require_version(version)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = {"project_id": project.id, "version": version, "first_seen": now}
    made = session.scalar(dialect.insert(Release).values(row).on_conflict_do_nothing().returning(Release.id))
    release = find_release(session, project.id, version)
    assert release is not None
    if made is not None:
        create_audit_entry(
            session, permit, AuditEvent.RELEASE_ADD, target=f"release:{made}", now=now, data={"version": version}
        )
    return release, made is not None


def add_commits(
    session: Session, permit: Permit, release: Release, commits: Iterable[CommitFacts], *, now: datetime
) -> Sequence[Commit]:
    """Note that `release` carries `commits`; gives those that were not noted before.

    Raises:
        InvalidInputError: a sha is none, or there are too many; nothing was noted.
    """
    facts = {parse_sha(one.sha): one for one in commits}
    if len(facts) > COMMITS_AT_MOST:
        raise InvalidInputError(f"These are {len(facts)} commits; a release is told of at most {COMMITS_AT_MOST}.")
    rows = [
        {
            "project_id": release.project_id,
            "release_id": release.id,
            "sha": sha,
            "message": one.message[:LONGEST_MESSAGE],
            "author": one.author[:LONGEST_AUTHOR],
        }
        for sha, one in facts.items()
    ]
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    # Of two builds that tell the same at once, each commit is new to one of them.
    added = dialect.insert(Commit).on_conflict_do_nothing().returning(Commit.id)
    new = session.scalars(added, rows).all() if rows else []
    if not new:
        return []
    data = {"count": len(new)}
    create_audit_entry(session, permit, AuditEvent.RELEASE_COMMITS, target=f"release:{release.id}", now=now, data=data)
    return session.scalars(select(Commit).where(Commit.id.in_(new)).order_by(Commit.id)).all()


def make_deploy(session: Session, permit: Permit, release: Release, environment: str, *, now: datetime) -> Deploy:
    """The deploy of `release` to `environment`; told again, it is the first one still.

    Raises:
        InvalidInputError: nothing could be called so.
    """
    name = environment.strip()
    if not name or len(name) > LONGEST_ENVIRONMENT or not name.isprintable():
        raise InvalidInputError(f"{environment!r} is no name of an environment: use up to {LONGEST_ENVIRONMENT} signs.")
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = {"project_id": release.project_id, "release_id": release.id, "environment": name, "deployed_at": now}
    made = session.scalar(dialect.insert(Deploy).values(row).on_conflict_do_nothing().returning(Deploy.id))
    if made is not None:
        data = {"release": release.version, "environment": name}
        create_audit_entry(session, permit, AuditEvent.DEPLOY_ADD, target=f"deploy:{made}", now=now, data=data)
    return session.scalars(select(Deploy).where(Deploy.release_id == release.id, Deploy.environment == name)).one()


def list_deploys(session: Session, release_id: ReleaseId) -> Sequence[Deploy]:
    """Where the release was deployed, first to last."""
    return session.scalars(select(Deploy).where(Deploy.release_id == release_id).order_by(Deploy.id)).all()


def parse_sha(text: str) -> str:
    """The commit's name in small letters.

    Raises:
        InvalidInputError: it is none.
    """
    sha = text.strip().lower()
    if SHA.fullmatch(sha) is None:
        raise InvalidInputError(f"{text.strip()!r} is no commit: give 7 to 64 hex digits of its sha.")
    return sha


def _require_version(version: str) -> None:
    if not version.strip() or version != version.strip() or len(version) > LONGEST_VERSION or not version.isprintable():
        raise InvalidInputError(
            f"{version!r} cannot be the name of a release: use one line of up to {LONGEST_VERSION} signs."
        )
