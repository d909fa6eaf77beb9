"""Resolving in a release, in the next one or in a commit, and how it is said where the fix is."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tocsin.activities.describe import SHOWN_SHA
from tocsin.activities.models import Activity, ActivityType
from tocsin.issues.already import STATUS, already_done
from tocsin.issues.change import changed
from tocsin.issues.errors import ResolutionRefusedError
from tocsin.issues.models import Issue, IssueStatus, Resolution
from tocsin.kernel.ids import ProjectId, ReleaseId
from tocsin.organizations.models import Commit, Project, Release
from tocsin.organizations.permit import Permit
from tocsin.organizations.releases import find_current_release, find_release, list_newest_releases, parse_sha

SHORTEST_SHA = 7
SUGGESTED = 5

RESOLVED_TYPES = (
    ActivityType.RESOLVED,
    ActivityType.RESOLVED_IN_RELEASE,
    ActivityType.RESOLVED_IN_COMMIT,
    ActivityType.RESOLVED_BY_AGE,
)
"""Every way in which history tells that an issue was resolved."""


def resolve_in_release(session: Session, issue: Issue, permit: Permit, version: str, *, now: datetime) -> Activity:
    """Mark `issue` resolved in the release `version` of its project: older ones may still have it.

    Raises:
        AlreadyDoneError: it is resolved already.
        ResolutionRefusedError: the project has no such release; the message names some that it has.
    """
    require_unresolved(session, issue)
    release = find_release(session, issue.project_id, version.strip())
    if release is None:
        raise ResolutionRefusedError(_no_such_release(session, issue.project_id, version.strip()))
    return _resolve_in(session, issue, permit, release, now=now)


def resolve_in_current_release(session: Session, issue: Issue, permit: Permit, *, now: datetime) -> Activity:
    """Mark `issue` resolved in the release that its project has now.

    Raises:
        AlreadyDoneError: it is resolved already.
        ResolutionRefusedError: the project has no release yet.
    """
    require_unresolved(session, issue)
    return _resolve_in(session, issue, permit, _get_current_release(session, issue.project_id), now=now)


def resolve_in_next_release(session: Session, issue: Issue, permit: Permit, *, now: datetime) -> Activity:
    """Mark `issue` resolved in whichever release of its project comes next; until then its events only count.

    Raises:
        AlreadyDoneError: it is resolved already.
        ResolutionRefusedError: the project has no release, so nobody would notice the next one.
    """
    require_unresolved(session, issue)
    _get_current_release(session, issue.project_id)
    mark_resolved(issue, Resolution.NEXT_RELEASE, now=now)
    return changed(session, issue, permit, ActivityType.RESOLVED_IN_RELEASE, now=now, data={"release": None})


def resolve_in_commit(session: Session, issue: Issue, permit: Permit, sha: str, *, now: datetime) -> Activity:
    """Mark `issue` resolved in the commit, and so in the first release that carries it, which may come later.

    Raises:
        AlreadyDoneError: it is resolved already.
        InvalidInputError: `sha` is no commit's name.
        ResolutionRefusedError: it is the beginning of several commits' names.
    """
    require_unresolved(session, issue)
    wanted = parse_sha(sha)
    commit = _find_commit(session, issue.project_id, wanted)
    if commit is None:
        mark_resolved(issue, Resolution.COMMIT, commit=wanted, now=now)
        data = {"commit": wanted, "release": None}
        return changed(session, issue, permit, ActivityType.RESOLVED_IN_COMMIT, now=now, data=data)
    return resolve_in_known_commit(session, issue, permit, commit, now=now)


def resolve_in_known_commit(
    session: Session, issue: Issue, permit: Permit, commit: Commit, *, now: datetime
) -> Activity:
    """Mark an unresolved `issue` resolved in a commit and in the release that carries it."""
    release = session.get_one(Release, commit.release_id)
    mark_resolved(issue, Resolution.COMMIT, release_id=release.id, commit=commit.sha, now=now)
    data = {"commit": commit.sha, "release": release.version}
    return changed(session, issue, permit, ActivityType.RESOLVED_IN_COMMIT, now=now, data=data)


def require_unresolved(session: Session, issue: Issue) -> None:
    """Refuse to resolve twice.

    Raises:
        AlreadyDoneError: it is resolved already; the message says by whom.
    """
    if issue.status == IssueStatus.RESOLVED:
        raise already_done(session, issue, "resolved", STATUS)


def mark_resolved(
    issue: Issue,
    resolution: Resolution,
    *,
    now: datetime,
    release_id: ReleaseId | None = None,
    commit: str | None = None,
) -> None:
    """Set every column that says that `issue` is resolved, and how."""
    issue.status, issue.substatus, issue.resolved_at = IssueStatus.RESOLVED, None, now
    issue.resolution, issue.resolved_release_id, issue.resolved_commit = resolution, release_id, commit


def clear_resolution(issue: Issue) -> None:
    """Forget how `issue` was resolved: it no longer is."""
    issue.resolved_at = issue.resolution = issue.resolved_release_id = issue.resolved_commit = None


def resolved_where(session: Session, issue: Issue) -> str:
    """`words_of_resolution` of a row."""
    release = None if issue.resolved_release_id is None else session.get(Release, issue.resolved_release_id)
    return words_of_resolution(issue.resolution, None if release is None else release.version, issue.resolved_commit)


def words_of_resolution(resolution: str | None, release: str | None, commit: str | None) -> str:
    """What follows *Resolved* where a state is shown: `in shop@1.2.3`, `in commit abc1234`; often nothing."""
    if resolution == Resolution.AGE:
        return "by age"
    if resolution == Resolution.COMMIT and commit is not None:
        return f"in commit {commit[:SHOWN_SHA]}" + (f" of {release}" if release is not None else "")
    if release is not None:
        return f"in {release}"
    return "in the next release" if resolution == Resolution.NEXT_RELEASE else ""


def is_same_commit(one: str, other: str) -> bool:
    """Whether two names, of which either may be abbreviated, mean one commit."""
    return one.startswith(other) or other.startswith(one)


def _resolve_in(session: Session, issue: Issue, permit: Permit, release: Release, *, now: datetime) -> Activity:
    mark_resolved(issue, Resolution.RELEASE, release_id=release.id, now=now)
    data = {"release": release.version}
    return changed(session, issue, permit, ActivityType.RESOLVED_IN_RELEASE, now=now, data=data)


def _get_current_release(session: Session, project_id: ProjectId) -> Release:
    current = find_current_release(session, project_id)
    if current is None:
        raise ResolutionRefusedError(_no_release(session, project_id))
    return current


def _find_commit(session: Session, project_id: ProjectId, sha: str) -> Commit | None:
    """The commit as the first release that carries it has it; its name or `sha` may be abbreviated."""
    shorter = [sha[:length] for length in range(SHORTEST_SHA, len(sha))]
    # No hex digit comes behind f: a range, unlike LIKE, is served by the index on both databases.
    fits = or_(Commit.sha.between(sha, f"{sha}g"), Commit.sha.in_(shorter))
    found: Sequence[Commit] = session.scalars(
        select(Commit).where(Commit.project_id == project_id, fits).order_by(Commit.id)
    ).all()
    if not all(is_same_commit(one.sha, found[0].sha) for one in found):
        raise ResolutionRefusedError(f"Several commits begin with {sha}; give more digits of the one that you mean.")
    return found[0] if found else None


def _no_such_release(session: Session, project_id: ProjectId, version: str) -> str:
    known = [release.version for release in list_newest_releases(session, project_id, limit=SUGGESTED)]
    if not known:
        return _no_release(session, project_id)
    return f"There is no release {version!r} here. The newest are {', '.join(known)}."


def _no_release(session: Session, project_id: ProjectId) -> str:
    slug = session.get_one(Project, project_id).slug
    return (
        f"The project {slug} has no release yet: its events name none. "
        f"Set `release` in its SDK, or use `tocsin releases new VERSION --project {slug}`."
    )
