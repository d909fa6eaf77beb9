"""Which issues a rule fired for lately, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tocsin.issues.models import Issue
from tocsin.kernel.ids import IssueId, RuleId
from tocsin.rules.models import Firing


@dataclass(frozen=True, slots=True)
class FiringLine:
    """A rule held for an issue at a moment; `why` are its conditions that did, in words."""

    issue_id: IssueId
    short_id: str
    title: str
    why: str
    fired_at: datetime


def list_firings(session: Session, rule_id: RuleId, *, limit: int) -> Sequence[FiringLine]:
    """The last firings of a rule, newest first."""
    rows = session.execute(
        select(Issue.id, Issue.short_id, Issue.title, Firing.why, Firing.fired_at)
        .join(Issue, Issue.id == Firing.issue_id)
        .where(Firing.rule_id == rule_id, Issue.deleted_at.is_(None))
        .order_by(Firing.id.desc())
        .limit(limit)
    )
    return [FiringLine(*row) for row in rows]


def count_firings(session: Session, rule_ids: Sequence[RuleId], *, since: datetime) -> dict[RuleId, int]:
    """How often each of these rules fired from `since` on; those that did not are missing."""
    counts = (
        select(Firing.rule_id, func.count())
        .where(Firing.rule_id.in_(rule_ids), Firing.fired_at >= since)
        .group_by(Firing.rule_id)
    )
    return {rule_id: count for rule_id, count in session.execute(counts) if rule_id is not None}
