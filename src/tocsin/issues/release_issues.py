"""Which issues releases fix, and which they brought."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from tocsin.events.schema import MAX_TAG
from tocsin.issues.models import Issue, IssueStatus, IssueTag, is_whole
from tocsin.issues.queries import IssueLine, select_lines
from tocsin.kernel.ids import ReleaseId
from tocsin.organizations.models import Release

WAITED_AT_MOST = timedelta(minutes=1)
"""An issue is as old as its first event, which came a moment before the batch that first heard of its release."""


def count_fixed(session: Session, release_ids: Sequence[ReleaseId]) -> dict[ReleaseId, int]:
    """How many issues are resolved in each of these releases; those without any are left out."""
    rows = session.execute(
        select(Issue.resolved_release_id, func.count())
        .where(Issue.resolved_release_id.in_(release_ids), Issue.status == IssueStatus.RESOLVED)
        .group_by(Issue.resolved_release_id)
    )
    return {release_id: count for release_id, count in rows if release_id is not None}


def list_fixed(session: Session, release_id: ReleaseId, *, limit: int) -> list[IssueLine]:
    """The issues that are resolved in this release, the last resolved first."""
    fixed = (Issue.resolved_release_id == release_id, Issue.status == IssueStatus.RESOLVED)
    return _lines(session, select_lines().where(*fixed).order_by(Issue.resolved_at.desc(), Issue.id).limit(limit))


def list_new(session: Session, release: Release, *, limit: int) -> list[IssueLine]:
    """The issues that came with this release, the most frequent first.

    They had events of it, were not seen before it was heard of, and no release that was heard of earlier had them.
    """
    had, seen_in, other = aliased(IssueTag), aliased(IssueTag), aliased(Release)
    earlier = exists().where(
        had.issue_id == Issue.id,
        had.name == "release",
        other.project_id == release.project_id,
        other.version == had.value,
        other.first_seen < release.first_seen,
    )
    named = (seen_in.name == "release", seen_in.value == release.version[:MAX_TAG])
    new = (
        select_lines()
        .where(
            Issue.project_id == release.project_id,
            Issue.id.in_(select(seen_in.issue_id).where(*named)),
            Issue.first_seen >= release.first_seen - WAITED_AT_MOST,
            is_whole(),
            ~earlier,
        )
        .order_by(Issue.event_count.desc(), Issue.id)
    )
    return _lines(session, new.limit(limit))


def _lines(session: Session, wanted: Select[*tuple[object, ...]]) -> list[IssueLine]:
    return [IssueLine(**row._asdict()) for row in session.execute(wanted)]
