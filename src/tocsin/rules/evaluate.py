"""Evaluating: which rules hold for an occurrence. Writes firings and no message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.kernel.ids import FiringId, IssueId, ProjectId, RuleId
from tocsin.rules.action import Action, decode_actions
from tocsin.rules.conditions import Condition, decode_conditions
from tocsin.rules.models import Firing, Rule
from tocsin.rules.occurrence import Occurrence


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """A rule decoded once, ready to be asked many times."""

    id: RuleId
    name: str
    conditions: tuple[Condition, ...]
    actions: tuple[Action, ...]
    muted_until: datetime | None = None

    def is_muted(self, now: datetime) -> bool:
        """Whether it is not to be asked yet."""
        return self.muted_until is not None and now < self.muted_until

    def matches(self, occurrence: Occurrence) -> bool:
        """Whether any of its conditions holds."""
        return any(condition.matches(occurrence) for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Fired:
    """A firing as written, with the rule that held."""

    firing_id: FiringId
    rule: ReadyRule


def active_rules(session: Session, project_ids: Sequence[ProjectId]) -> dict[ProjectId, list[ReadyRule]]:
    """The active rules of each of these projects, oldest first."""
    ready: dict[ProjectId, list[ReadyRule]] = {project_id: [] for project_id in project_ids}
    rows = session.execute(
        select(Rule.project_id, Rule.id, Rule.name, Rule.conditions, Rule.actions, Rule.muted_until)
        .where(Rule.project_id.in_(project_ids), Rule.is_active)
        .order_by(Rule.id)
    )
    for project_id, rule_id, name, conditions, actions, muted_until in rows:
        rule = ReadyRule(
            rule_id, name, tuple(decode_conditions(conditions)), tuple(decode_actions(actions)), muted_until
        )
        ready[project_id].append(rule)
    return ready


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
    """Ask every rule, and write a firing for each that holds."""
    holding = [rule for rule in rules if not rule.is_muted(now) and rule.matches(occurrence)]
    firings = [
        Firing(
            rule_id=rule.id,
            rule_name=rule.name,
            issue_id=issue_id,
            project_id=project_id,
            event_row_id=event_row_id,
            fired_at=now,
        )
        for rule in holding
    ]
    session.add_all(firings)
    session.flush()
    return [Fired(firing.id, rule) for firing, rule in zip(firings, holding, strict=True)]
