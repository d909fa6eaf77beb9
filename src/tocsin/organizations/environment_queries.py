"""The environments of projects with what runs in them, for people to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.kernel.ids import ProjectId
from tocsin.organizations.models import Deploy, Environment, Project, Release

LISTED_AT_MOST = 500
"""An application that names an environment after each of its branches may have thousands."""


@dataclass(frozen=True, slots=True)
class EnvironmentLine:
    """An environment of a project. `first_seen`: of its events, `None` where only deploys tell of it."""

    project_slug: str
    name: str
    first_seen: datetime | None
    release: str | None
    """The version that was deployed to it last; `None` where no build told."""
    deployed_at: datetime | None


def list_environments(session: Session, project_ids: Sequence[ProjectId]) -> list[EnvironmentLine]:
    """The environments of these projects, by project and name."""
    seen = session.execute(
        select(Project.slug, Environment.name, Environment.first_seen)
        .join(Project, Project.id == Environment.project_id)
        .where(Environment.project_id.in_(project_ids))
        .order_by(Project.slug, Environment.name)
        .limit(LISTED_AT_MOST)
    )
    first_seen = {(slug, name): at for slug, name, at in seen}
    deploys = session.execute(
        select(Project.slug, Deploy.environment, Release.version, Deploy.deployed_at)
        .join(Release, Release.id == Deploy.release_id)
        .join(Project, Project.id == Deploy.project_id)
        .where(Deploy.project_id.in_(project_ids))
        .order_by(Deploy.deployed_at.desc(), Deploy.id.desc())
        .limit(LISTED_AT_MOST)
    )
    newest: dict[tuple[str, str], tuple[str, datetime]] = {}
    for slug, name, version, at in deploys:
        newest.setdefault((slug, name), (version, at))
    return [
        EnvironmentLine(*place, first_seen.get(place), *newest.get(place, (None, None)))
        for place in sorted(first_seen.keys() | newest.keys())
    ]
