"""Evaluating: which rules hold for an occurrence and may tell it. Writes firings and no message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from tocsin.kernel.db import table_of
from tocsin.kernel.ids import FiringId, IssueId, ProjectId
from tocsin.kernel.statement import Statement
from tocsin.rules.conditions import Condition, Counting
from tocsin.rules.models import Firing, LastFiring
from tocsin.rules.occurrence import Occurrence
from tocsin.rules.ready import ReadyRule
from tocsin.rules.throttle import find_last_firings, is_over, may_fire, note_firing

LONGEST_WHY = 500

_FIRE = Statement(
    insert(table_of(Firing)).returning(Firing.id),
    columns=("rule_id", "rule_name", "issue_id", "project_id", "event_row_id", "why", "fired_at"),
)


@dataclass(frozen=True, slots=True)
class Fired:
    """A firing as written, with the rule that held, and which of its conditions did."""

    firing_id: FiringId
    rule: ReadyRule
    held: Sequence[Condition]


def evaluate(
    session: Session,
    rules: Sequence[ReadyRule],
    occurrence: Occurrence,
    *,
    issue_id: IssueId,
    project_id: ProjectId,
    event_row_id: int | None,
    now: datetime,
) -> list[Fired]:
    """Ask every rule, and write a firing for each that holds and may tell it.

    The caller holds the issue's row, so that of two processes which store its events only one sees a number crossed.
    """
    holding = [(rule, held) for rule in rules if (held := rule.holding(occurrence))]
    lasts = find_last_firings(session, [rule.id for rule, _ in holding if rule.is_throttled], issue_id)
    fired = [(rule, held) for rule, held in holding if _fires(rule, held, occurrence, lasts.get(rule.id), now=now)]
    firings = [
        {
            "rule_id": rule.id,
            "rule_name": rule.name,
            "issue_id": issue_id,
            "project_id": project_id,
            "event_row_id": event_row_id,
            "why": " and ".join(condition.words for condition in held)[:LONGEST_WHY],
            "fired_at": now,
        }
        for rule, held in fired
    ]
    ids = _FIRE.rows_of_each(session, firings)
    for rule, held in fired:
        if rule.is_throttled:
            is_crossing = any(isinstance(condition, Counting) for condition in held)
            note_firing(session, lasts.get(rule.id), rule.id, issue_id, is_crossing=is_crossing, now=now)
    session.flush()
    return [Fired(firing_id, rule, held) for ((firing_id,),), (rule, held) in zip(ids, fired, strict=True)]


def _fires(
    rule: ReadyRule, held: Sequence[Condition], occurrence: Occurrence, last: LastFiring | None, *, now: datetime
) -> bool:
    """Whether a rule that holds is not muted, asks for such events, and has not just told it."""
    if last is not None and is_over(last, rule.window, held_before=rule.held_before(occurrence), now=now):
        last.crossed_at = None  # kept even if these events do not pass: a later one may, and tells the new crossing
    if rule.is_muted(now) or not rule.passes(occurrence, held):
        return False
    is_moment = any(not isinstance(condition, Counting) for condition in held)
    return may_fire(last, rule.interval, is_moment=is_moment, now=now)
