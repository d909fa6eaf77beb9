"""How often a rule tells the same issue: once for each crossing of a number, and at most once in its interval."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from tocsin.kernel.ids import IssueId, RuleId
from tocsin.rules.models import LastFiring

KEPT = timedelta(days=60)
"""Twice the longest interval and the longest window; what has lasted for so long may be told again."""

# A list of pairs would have SQLite scan the table.
_FORGET = delete(LastFiring).where(
    LastFiring.rule_id == bindparam("of_rule"), LastFiring.issue_id == bindparam("of_issue")
)


def find_last_firings(session: Session, rule_ids: Sequence[RuleId], issue_id: IssueId) -> dict[RuleId, LastFiring]:
    """What is kept of these rules for the issue.

    Whoever stores its events holds the issue's row, so nobody else writes these at the same time.
    """
    if not rule_ids:
        return {}
    kept = select(LastFiring).where(LastFiring.rule_id.in_(rule_ids), LastFiring.issue_id == issue_id)
    return {last.rule_id: last for last in session.scalars(kept)}


def is_over(last: LastFiring, window: timedelta, *, held_before: bool, now: datetime) -> bool:
    """Whether the crossing that was told is over: the rule had ceased to hold, and its window has passed since.

    Numbers that go up and down around the limit within one window are one crossing.
    """
    return last.crossed_at is not None and not held_before and now >= last.crossed_at + window


def may_fire(last: LastFiring | None, interval: timedelta | None, *, is_moment: bool, now: datetime) -> bool:
    """Whether a rule that holds may tell it.

    With an interval it may as soon as that has passed, whatever lasts. Without one each moment (`is_moment`: a
    condition held that holds for one moment only) may be told, and each crossing once.
    """
    if last is None:
        return True
    if interval is not None:
        return now >= last.fired_at + interval
    return is_moment or last.crossed_at is None


def note_firing(
    session: Session, last: LastFiring | None, rule_id: RuleId, issue_id: IssueId, *, is_crossing: bool, now: datetime
) -> None:
    """Keep that the rule fired; `is_crossing`: there are too many of what it counts."""
    if last is None:
        last = LastFiring(rule_id=rule_id, issue_id=issue_id, fired_at=now)
        session.add(last)
    last.fired_at = now
    if is_crossing and last.crossed_at is None:
        last.crossed_at = now


def forget_firings(session: Session, rule_id: RuleId) -> None:
    """A rule that became another one may tell at once what holds for it."""
    session.execute(delete(LastFiring).where(LastFiring.rule_id == rule_id))


def find_past_throttles(session: Session, *, now: datetime, limit: int) -> Sequence[tuple[RuleId, IssueId]]:
    """What is kept of firings so old that they keep no rule from telling an issue."""
    past = select(LastFiring.rule_id, LastFiring.issue_id).where(LastFiring.fired_at < now - KEPT)
    return [(rule_id, issue_id) for rule_id, issue_id in session.execute(past.limit(limit))]


def forget_throttles(session: Session, keys: Sequence[tuple[RuleId, IssueId]]) -> None:
    """Delete what is kept of these rules and issues."""
    session.connection().execute(_FORGET, [{"of_rule": rule_id, "of_issue": issue_id} for rule_id, issue_id in keys])
