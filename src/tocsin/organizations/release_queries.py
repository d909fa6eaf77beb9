"""Lists of releases with what belongs to them, for people to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from tocsin.kernel.ids import ProjectId, ReleaseId
from tocsin.organizations.models import Commit, Deploy, Project, Release

COMMITS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """A release as a list shows it."""

    id: ReleaseId
    version: str
    project_slug: str
    first_seen: datetime
    commits: tuple[Commit, ...]
    """The first `COMMITS_SHOWN`, in the order in which they were noted."""
    commit_count: int
    deploys: tuple[Deploy, ...]


def list_releases(
    session: Session, project_ids: Sequence[ProjectId], *, limit: int, offset: int = 0
) -> list[ReleaseLine]:
    """The releases of these projects with their commits and deploys, the last heard of first."""
    newest_first = (Release.first_seen.desc(), Release.id.desc())
    return _with_all(session, _of(project_ids).order_by(*newest_first).limit(limit).offset(offset))


def find_release_line(session: Session, project_ids: Sequence[ProjectId], release_id: int) -> ReleaseLine | None:
    """One release of these projects."""
    found = _with_all(session, _of(project_ids).where(Release.id == release_id))
    return found[0] if found else None


def _of(project_ids: Sequence[ProjectId]) -> Select[ReleaseId, str, str, datetime]:
    return (
        select(Release.id, Release.version, Project.slug, Release.first_seen)
        .join(Project, Project.id == Release.project_id)
        .where(Release.project_id.in_(project_ids))
    )


def _with_all(session: Session, wanted: Select[ReleaseId, str, str, datetime]) -> list[ReleaseLine]:
    """The releases that are `wanted`, with what belongs to them."""
    rows = session.execute(wanted).all()
    ids = [row.id for row in rows]
    commits, counts = _commits_of(session, ids)
    deploys: dict[ReleaseId, list[Deploy]] = {}
    for deploy in session.scalars(select(Deploy).where(Deploy.release_id.in_(ids)).order_by(Deploy.id)):
        deploys.setdefault(deploy.release_id, []).append(deploy)
    return [
        ReleaseLine(*row, tuple(commits.get(row.id, ())), counts.get(row.id, 0), tuple(deploys.get(row.id, ())))
        for row in rows
    ]


def search_releases(session: Session, project_id: ProjectId, typed: str, *, limit: int) -> Sequence[Release]:
    """The project's releases whose version holds what was `typed`, the last heard of first."""
    wanted = select(Release).where(Release.project_id == project_id).order_by(Release.first_seen.desc(), Release.id)
    if typed:
        wanted = wanted.where(Release.version.icontains(typed, autoescape=True))
    return session.scalars(wanted.limit(limit)).all()


def _commits_of(
    session: Session, release_ids: Sequence[ReleaseId]
) -> tuple[dict[ReleaseId, list[Commit]], dict[ReleaseId, int]]:
    """The first commits of each release, and how many each has."""
    place = func.row_number().over(partition_by=Commit.release_id, order_by=Commit.id).label("place")
    numbered = select(Commit.id, place).where(Commit.release_id.in_(release_ids)).subquery()
    shown = select(Commit).join(numbered, numbered.c.id == Commit.id).where(numbered.c.place <= COMMITS_SHOWN)
    commits: dict[ReleaseId, list[Commit]] = {}
    for commit in session.scalars(shown.order_by(Commit.id)):
        commits.setdefault(commit.release_id, []).append(commit)
    counted = select(Commit.release_id, func.count()).where(Commit.release_id.in_(release_ids))
    return commits, dict(session.execute(counted.group_by(Commit.release_id)).all())
