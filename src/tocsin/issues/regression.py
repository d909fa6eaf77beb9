"""The rule of regression: when a new event brings an issue back."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.issues.models import Issue, IssueStatus, Resolution
from tocsin.organizations.models import Release
from tocsin.organizations.release_order import is_older

AWAITING = frozenset({Resolution.NEXT_RELEASE, Resolution.COMMIT})
"""Resolved in what is still to come, so until it is there no event says that the fix failed."""


@dataclass(frozen=True, slots=True)
class Regression:
    """An issue came back: in which release, and in which it had been resolved; `None` where none was named.

    `is_new_storm`: nobody had resolved it; it is where a project's overflow stands, and that was quiet for long.
    """

    release: str | None
    resolved_in: str | None
    is_new_storm: bool = False


def can_regress(status: str) -> bool:
    """Whether any event could bring back an issue in `status`; all that a batch asks of most issues.

    An archived issue stays put: somebody decided that more of the same is no news.
    """
    return status == IssueStatus.RESOLVED


def find_regression(session: Session, issue: Issue, releases: Sequence[str | None]) -> Regression | None:
    """Whether events of these releases (oldest first, `None` where one named none) bring the issue back.

    The newest of those events that do is the one that is told.
    """
    if not can_regress(issue.status):
        return None
    resolved_in = None if issue.resolved_release_id is None else session.get(Release, issue.resolved_release_id)
    named = _find_named(session, issue, {name for name in releases if name is not None}) if resolved_in else {}
    for name in reversed(releases):
        if brings_back(issue.resolution, resolved_in, named.get(name)):
            version = None if resolved_in is None else resolved_in.version
            return Regression(name, version, is_new_storm=issue.resolution == Resolution.QUIET)
    return None


def brings_back(resolution: str | None, resolved_in: Release | None, seen_in: Release | None) -> bool:
    """Whether an event of the release `seen_in` shows that a fix in `resolved_in` did not hold.

    An older release never had the fix. Without a release the event may be of any, so it counts as new.
    """
    if resolved_in is None:
        return resolution not in AWAITING
    return seen_in is None or not is_older(seen_in, resolved_in)


def _find_named(session: Session, issue: Issue, names: set[str]) -> dict[str | None, Release]:
    if not names:
        return {}
    rows = session.scalars(select(Release).where(Release.project_id == issue.project_id, Release.version.in_(names)))
    return {release.version: release for release in rows}
