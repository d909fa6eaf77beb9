"""Counts what releases fix, for lists of them."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tocsin.issues.models import Issue, IssueStatus
from tocsin.kernel.ids import ReleaseId


def count_fixed(session: Session, release_ids: Sequence[ReleaseId]) -> dict[ReleaseId, int]:
    """How many issues are resolved in each of these releases; those without any are left out."""
    rows = session.execute(
        select(Issue.resolved_release_id, func.count())
        .where(Issue.resolved_release_id.in_(release_ids), Issue.status == IssueStatus.RESOLVED)
        .group_by(Issue.resolved_release_id)
    )
    return {release_id: count for release_id, count in rows if release_id is not None}
