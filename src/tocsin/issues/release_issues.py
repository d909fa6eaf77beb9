"""Which issues releases fix, and which they brought."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from tocsin.events.schema import MAX_TAG
from tocsin.issues.counters import beginning_of
from tocsin.issues.models import Issue, IssueStatus, IssueTag, is_whole
from tocsin.issues.queries import IssueLine, select_lines
from tocsin.kernel.ids import ReleaseId
from tocsin.organizations.models import Release

WAITED_AT_MOST = timedelta(minutes=1)
"""An issue is as old as its first event, which came a moment before the batch that first heard of its release."""
LOOKED_AT = 100
"""How many issues of a release a list of releases looks at: its newest ones."""


@dataclass(frozen=True, slots=True)
class ReleaseFigures:
    """What a list tells of a release. Unless `is_whole`, more issues may be new, and it may have been seen later."""

    new: int
    last_seen: datetime | None
    """To the hour; `None` where no issue has an event of it."""
    is_whole: bool


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
    seen_in = select(IssueTag.issue_id).where(*_names(release))
    new = select_lines().where(Issue.id.in_(seen_in), _came_with(release))
    return _lines(session, new.order_by(Issue.event_count.desc(), Issue.id).limit(limit))


def figures_of_releases(session: Session, release_ids: Sequence[ReleaseId]) -> dict[ReleaseId, ReleaseFigures]:
    """What came with each of these releases (as `list_new` has it), and when it was seen last.

    A bounded query for each, through the index of tags: a list may show thirty releases, each seen in any number of
    issues. New issues have the highest ids, so what is not looked at is what came before.
    """
    releases = session.scalars(select(Release).where(Release.id.in_(release_ids)))
    return {release.id: _figures(session, release) for release in releases}


def _figures(session: Session, release: Release) -> ReleaseFigures:
    seen = (
        select(IssueTag.issue_id, IssueTag.last_hour)
        .where(*_names(release))
        .order_by(IssueTag.issue_id.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    wanted = select(
        Issue.project_id == release.project_id, _came_with(release), seen.c.last_hour, Issue.last_seen
    ).join(Issue, Issue.id == seen.c.issue_id)
    rows = session.execute(wanted).all()
    # The hour is the tag's, the minute at most the issue's: the tag itself is counted by the hour.
    moments = [min(last_seen, beginning_of(hour + 1)) for is_ours, _, hour, last_seen in rows if is_ours]
    return ReleaseFigures(
        new=sum(is_new for _, is_new, _, _ in rows),
        last_seen=max(moments, default=None),
        is_whole=len(rows) < LOOKED_AT,
    )


def _names(release: Release) -> tuple[ColumnElement[bool], ...]:
    """SQL: whether a tag says that events were of this release; another project may have one of the same version."""
    return IssueTag.name == "release", IssueTag.value == release.version[:MAX_TAG]


def _came_with(release: Release) -> ColumnElement[bool]:
    """SQL: whether an issue that had events of `release` was new in it."""
    had, other = aliased(IssueTag), aliased(Release)
    earlier = exists().where(
        had.issue_id == Issue.id,
        had.name == "release",
        other.project_id == release.project_id,
        other.version == had.value,
        other.first_seen < release.first_seen,
    )
    return and_(
        Issue.project_id == release.project_id,
        Issue.first_seen >= release.first_seen - WAITED_AT_MOST,
        is_whole(),
        ~earlier,
    )


def _lines(session: Session, wanted: Select[*tuple[object, ...]]) -> list[IssueLine]:
    return [IssueLine(**row._asdict()) for row in session.execute(wanted)]
