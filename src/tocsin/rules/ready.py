"""Rules decoded once, ready to be asked many times."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from tocsin.kernel.ids import ProjectId, RuleId
from tocsin.kernel.statement import Statement, is_one_of, names_of, padded
from tocsin.rules.action import Action, decode_actions
from tocsin.rules.conditions import Condition, Counting, decode_conditions
from tocsin.rules.conditions.first_seen import FirstSeen
from tocsin.rules.filters import Filter, decode_filters
from tocsin.rules.models import Match, Rule
from tocsin.rules.occurrence import Occurrence, Tags
from tocsin.rules.windows import WINDOWS


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyRule:
    """A rule that can be asked; how each of these is meant stands at `models.Rule`."""

    id: RuleId
    name: str
    conditions: tuple[Condition, ...]
    match: str
    filters: tuple[Filter, ...]
    filter_match: str
    interval: timedelta | None
    actions: tuple[Action, ...]
    muted_until: datetime | None

    @property
    def is_throttled(self) -> bool:
        """Whether it matters when it fired last."""
        return self.interval is not None or any(isinstance(each, Counting) for each in self.conditions)

    @property
    def window(self) -> timedelta:
        """The longest in which it counts."""
        counting = [each for each in self.conditions if isinstance(each, Counting)]
        return timedelta(seconds=max((WINDOWS[each.window].seconds for each in counting), default=0))

    def is_muted(self, now: datetime) -> bool:
        """Whether it is not to be asked yet."""
        return self.muted_until is not None and now < self.muted_until

    def holding(self, occurrence: Occurrence) -> list[Condition]:
        """Its conditions that hold; none where all of them must and one does not."""
        held = [each for each in self.conditions if each.matches(occurrence)]
        return held if self.match == Match.ANY or len(held) == len(self.conditions) else []

    def held_before(self, occurrence: Occurrence) -> bool:
        """Whether it held before the new events, as far as it counts."""
        needed = any if self.match == Match.ANY else all
        return needed(isinstance(each, Counting) and each.held_before(occurrence) for each in self.conditions)

    def passes(self, occurrence: Occurrence, held: Sequence[Condition]) -> bool:
        """Whether one of the events that it is asked about passes its filters.

        An issue is opened by its first event, whatever came right behind it; of what else holds, any event tells.
        """
        if not self.filters:
            return True
        asked = occurrence.events[:1] if all(isinstance(each, FirstSeen) for each in held) else occurrence.events
        return any(self._lets_pass(tags) for tags in asked)

    def _lets_pass(self, tags: Tags) -> bool:
        needed = any if self.filter_match == Match.ANY else all
        return needed(each.passes(tags) for each in self.filters)


@lru_cache
def _active(projects: int) -> Statement:
    return Statement(
        select(
            *(Rule.project_id, Rule.id, Rule.name, Rule.conditions, Rule.match, Rule.filters, Rule.filter_match),
            *(Rule.interval_minutes, Rule.actions, Rule.muted_until),
        )
        .where(is_one_of(Rule.project_id, "project", projects), Rule.is_active)
        .order_by(Rule.id)
    )


def active_rules(session: Session, project_ids: Sequence[ProjectId]) -> dict[ProjectId, list[ReadyRule]]:
    """The active rules of each of these projects, oldest first, as they stand in the database."""
    found: dict[ProjectId, list[ReadyRule]] = {project_id: [] for project_id in project_ids}
    if not found:
        return found
    some = padded(list(found))
    for row in _active(len(some)).typed_rows(session, dict(zip(names_of("project", len(some)), some, strict=True))):
        project_id, rule_id, name, conditions, match, filters, filter_match, minutes, actions, muted_until = row
        found[project_id].append(
            ReadyRule(
                id=rule_id,
                name=name,
                conditions=tuple(decode_conditions(conditions)),
                match=match,
                filters=tuple(decode_filters(filters)),
                filter_match=filter_match,
                interval=None if minutes is None else timedelta(minutes=minutes),
                actions=tuple(decode_actions(actions)),
                muted_until=muted_until,
            )
        )
    return found


@lru_cache
def _any_counting(projects: int) -> Statement:
    return Statement(
        select(Rule.id)
        .where(is_one_of(Rule.project_id, "project", projects), Rule.is_counting, Rule.is_active)
        .limit(1)
    )


# Both are made once: every batch asks whether there is any, and few projects have one.
_COUNTING = select(Rule.project_id, Rule.conditions).where(
    Rule.project_id.in_(bindparam("project_ids", expanding=True)), Rule.is_counting, Rule.is_active
)


def find_counting(session: Session, project_ids: Sequence[ProjectId]) -> dict[ProjectId, list[Counting]]:
    """What the rules of these projects count; projects of which nothing is counted are missing."""
    found: dict[ProjectId, list[Counting]] = {}
    some = padded(list(project_ids))
    if not _any_counting(len(some)).rows(session, dict(zip(names_of("project", len(some)), some, strict=True))):
        return found
    for project_id, stored in session.connection().execute(_COUNTING, {"project_ids": list(project_ids)}):
        counting = [each for each in decode_conditions(stored) if isinstance(each, Counting)]
        found.setdefault(project_id, []).extend(counting)
    return found
