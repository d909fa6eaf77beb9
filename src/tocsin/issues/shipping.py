"""Fixes on their way: releases that come, the commits they carry, and the environments they are deployed to.

Everything here may be told again, by a build that is repeated, and then changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from tocsin.activities.models import ActivityType
from tocsin.issues.change import changed, get_issue_for_update, touched
from tocsin.issues.fixes import named_in
from tocsin.issues.models import AWAITS_RELEASE, Issue, IssueDeploy, IssueStatus, Resolution
from tocsin.issues.resolution import is_same_commit, resolve_in_known_commit
from tocsin.kernel.ids import IssueId
from tocsin.organizations.models import Commit, Deploy, Project, Release
from tocsin.organizations.permit import Permit
from tocsin.organizations.release_order import is_older
from tocsin.organizations.releases import (
    CommitFacts,
    add_commits,
    find_current_release,
    list_deploys,
    make_deploy,
    make_release,
)


@dataclass(frozen=True, slots=True)
class Shipped:
    """What was told of one release, and the short ids of the issues that this resolved or whose fix arrived."""

    release: Release
    is_new: bool
    issues: tuple[str, ...] = ()


def ship_release(session: Session, permit: Permit, project: Project, version: str, *, now: datetime) -> Shipped:
    """Make the release `version`; issues that were resolved in the next release are resolved in it from now on.

    Raises:
        InvalidInputError: nothing could be called so.
    """
    release, is_new = make_release(session, permit, project, version, now=now)
    if is_new:
        settle_next_release(session, release)
    return Shipped(release, is_new)


def set_commits(
    session: Session, permit: Permit, release: Release, commits: Iterable[CommitFacts], *, now: datetime
) -> Shipped:
    """Note that `release` carries `commits`, and resolve what they fix.

    Only a commit that is new to the release does so: an issue that came back since stays back when a build is repeated.

    Raises:
        InvalidInputError: a sha is none; nothing was noted.
    """
    facts = list(commits)
    whole = {one.sha.strip().lower(): one.message for one in facts}
    new = add_commits(session, permit, release, facts, now=now)
    fixed = [*_settle_commits(session, release, new)]
    for commit in new:
        fixed += _resolve_named(session, permit, release, commit, named_in(whole[commit.sha]), now=now)
    for deploy in list_deploys(session, release.id) if new else ():
        _tell_arrival(session, permit, release, deploy, now=now)
    return Shipped(release, is_new=bool(new), issues=tuple(dict.fromkeys(fixed)))


def deploy(session: Session, permit: Permit, release: Release, environment: str, *, now: datetime) -> Shipped:
    """`release` reached `environment`: every issue that it fixes says so, once.

    Raises:
        InvalidInputError: nothing could be called so.
    """
    known = {one.environment for one in list_deploys(session, release.id)}
    row = make_deploy(session, permit, release, environment, now=now)
    told = _tell_arrival(session, permit, release, row, now=now)
    return Shipped(release, is_new=row.environment not in known, issues=tuple(told))


def settle_next_release(session: Session, release: Release) -> None:
    """A release was heard of for the first time: what was to be resolved in the next one is resolved in it.

    Not when it is older than the current one: an old version that some machine still runs is no next release.
    """
    waiting = _find_waiting(session, release, Resolution.NEXT_RELEASE)
    if not waiting:
        return
    current = find_current_release(session, release.project_id, beside=release.id)
    if current is not None and is_older(release, current):
        return
    for issue_id in waiting:
        issue = get_issue_for_update(session, issue_id)
        if issue is not None and issue.resolution == Resolution.NEXT_RELEASE and issue.resolved_release_id is None:
            issue.resolved_release_id = release.id
            touched(session, issue)


def _settle_commits(session: Session, release: Release, commits: Sequence[Commit]) -> list[str]:
    """Issues that were resolved in one of `commits` before any release carried it; gives their short ids."""
    settled = []
    for issue_id in _find_waiting(session, release, Resolution.COMMIT) if commits else ():
        issue = get_issue_for_update(session, issue_id)
        named = None if issue is None or issue.resolved_release_id is not None else issue.resolved_commit
        carried = next((one for one in commits if named is not None and is_same_commit(one.sha, named)), None)
        if issue is not None and carried is not None:
            issue.resolved_release_id, issue.resolved_commit = release.id, carried.sha
            touched(session, issue)
            settled.append(issue.short_id)
    return settled


def _find_waiting(session: Session, release: Release, resolution: Resolution) -> Sequence[IssueId]:
    return session.scalars(
        select(Issue.id)
        .where(Issue.project_id == release.project_id, text(AWAITS_RELEASE), Issue.resolution == resolution)
        .order_by(Issue.id)
    ).all()


def _resolve_named(
    session: Session, permit: Permit, release: Release, commit: Commit, short_ids: Sequence[str], *, now: datetime
) -> list[str]:
    """Resolve the issues of the release's project that the commit's message names; those of others are not its own."""
    if not short_ids:
        return []
    meant = func.coalesce(Issue.merged_into_id, Issue.id)  # a merged issue is a name of the one that took its events
    found = session.scalars(
        select(meant).where(Issue.project_id == release.project_id, Issue.short_id.in_(short_ids)).distinct()
    )
    resolved = []
    for issue_id in sorted(found):
        issue = get_issue_for_update(session, issue_id)
        if issue is not None and issue.status != IssueStatus.RESOLVED:
            resolve_in_known_commit(session, issue, permit, commit, now=now)
            resolved.append(issue.short_id)
    return resolved


def _tell_arrival(session: Session, permit: Permit, release: Release, row: Deploy, *, now: datetime) -> list[str]:
    """Write into the history of each issue that `release` fixes where the fix is now; gives their short ids."""
    # Whoever announced the deploy did nothing to the issues, so the system says it.
    system = Permit.system("Tocsin", permit.scope, permit.source.via)
    told = []
    for issue_id in _find_untold(session, release, row):
        issue = get_issue_for_update(session, issue_id)
        was_told = session.get(IssueDeploy, (issue_id, row.id)) is not None  # by another build, while this one waited
        if issue is None or issue.status != IssueStatus.RESOLVED or was_told:
            continue
        session.add(IssueDeploy(issue_id=issue.id, deploy_id=row.id))
        data = {"release": release.version, "environment": row.environment}
        changed(session, issue, system, ActivityType.DEPLOYED, now=now, data=data)
        told.append(issue.short_id)
    return told


def _find_untold(session: Session, release: Release, row: Deploy) -> Sequence[IssueId]:
    carried = select(Commit.sha).where(Commit.release_id == release.id)
    told = select(IssueDeploy.issue_id).where(IssueDeploy.deploy_id == row.id)
    return session.scalars(
        select(Issue.id)
        .where(
            Issue.project_id == release.project_id,
            Issue.status == IssueStatus.RESOLVED,
            or_(Issue.resolved_release_id == release.id, Issue.resolved_commit.in_(carried)),
            Issue.id.not_in(told),
        )
        .order_by(Issue.id)
    ).all()
