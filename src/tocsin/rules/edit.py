"""Adding, changing and removing rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import IntegrationId
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit
from tocsin.rules.action import Action, decode_actions, encode_actions, notify_channel
from tocsin.rules.conditions import (
    CONDITIONS,
    Condition,
    Counting,
    decode_conditions,
    encode_conditions,
    parse_condition,
    word_of,
)
from tocsin.rules.filters import MOST, decode_filters, encode_filters, parse_filter
from tocsin.rules.models import Match, Rule
from tocsin.rules.repeat import NewCardAfter, Repeat
from tocsin.rules.throttle import forget_firings

LONGEST_INTERVAL = 30 * 24 * 60
"""Minutes."""


def add_rule(
    session: Session,
    project: Project,
    permit: Permit,
    *,
    when: Sequence[str],
    integration_id: IntegrationId,
    channel: str,
    channel_name: str,
    now: datetime,
    name: str | None = None,
    match: Match = Match.ANY,
    filters: Sequence[str] = (),
    filter_match: Match = Match.ALL,
    interval_minutes: int | None = None,
    repeat: Repeat = Repeat.THREAD,
    new_card_after: NewCardAfter = "resolve",
) -> Rule:
    """A rule that posts a card in `channel` (Slack's id) when conditions hold for events that pass its filters.

    `when` names the conditions as `conditions.parse_condition` has them, `filters` as `filters.parse_filter` does.

    Raises:
        InvalidInputError: no condition, one that does not exist, or several that never hold at once though all must; a
            filter that cannot be; an interval of less than a minute, or of more than thirty days.
    """
    conditions = _conditions(when)
    _refuse_never(conditions, match)
    action = notify_channel(integration_id, channel, channel_name, repeat=repeat, new_card_after=new_card_after)
    rule = Rule(
        project_id=project.id,
        name=name[:128] if name else name_of(conditions, match, channel_name),
        conditions=encode_conditions(conditions),
        match=match,
        is_counting=_is_counting(conditions),
        filters=_filters(filters),
        filter_match=filter_match,
        interval_minutes=_interval(interval_minutes),
        actions=encode_actions([action]),
        is_active=True,
        creator_user_id=permit.actor.user_id,
        created_at=now,
    )
    session.add(rule)
    session.flush()
    create_audit_entry(session, permit, AuditEvent.RULE_ADD, target=f"rule:{rule.id}", now=now, data=_on_record(rule))
    return rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChanges:
    """What is to be otherwise about a rule; `None` leaves a thing as it is."""

    name: str | None = None
    when: Sequence[str] | None = None
    match: Match | None = None
    filters: Sequence[str] | None = None
    filter_match: Match | None = None
    interval_minutes: int | None = None
    """0 takes the interval away."""
    place: tuple[IntegrationId, str, str] | None = None
    """The workspace, the channel's id, and its name."""
    repeat: Repeat | None = None
    new_card_after: NewCardAfter | None = None
    is_active: bool | None = None
    """Saying that it is on, or off, also ends a mute (`rules.muting`)."""


def edit_rule(session: Session, rule: Rule, permit: Permit, changes: RuleChanges, *, now: datetime) -> Rule:
    """Change `rule` in place: its action keeps its id, and the threads that stand live on where they are.

    A name that only said what the rule does goes on saying that.

    Raises:
        InvalidInputError: as `add_rule`.
    """
    conditions = decode_conditions(rule.conditions)
    action, *others = decode_actions(rule.actions)
    was_named_by_us = rule.name == name_of(conditions, Match(rule.match), action.channel_name)
    if changes.when is not None:
        conditions = _conditions(changes.when)
    match = changes.match or Match(rule.match)
    _refuse_never(conditions, match)
    action = _changed(action, changes)

    rule.conditions, rule.actions = encode_conditions(conditions), encode_actions([action, *others])
    rule.match, rule.is_counting = match, _is_counting(conditions)
    _narrow(rule, changes)
    if any(each is not None for each in (changes.when, changes.match, changes.filters, changes.filter_match)):
        forget_firings(session, rule.id)
    if changes.is_active is not None:
        rule.is_active, rule.muted_until = changes.is_active, None
    if changes.name:
        rule.name = changes.name[:128]
    elif was_named_by_us:
        rule.name = name_of(conditions, match, action.channel_name)
    session.flush()
    create_audit_entry(session, permit, AuditEvent.RULE_EDIT, target=f"rule:{rule.id}", now=now, data=_on_record(rule))
    return rule


def remove_rule(session: Session, rule: Rule, permit: Permit, *, now: datetime) -> None:
    """Delete `rule`; the cards it opened keep their threads."""
    create_audit_entry(
        session, permit, AuditEvent.RULE_REMOVE, target=f"rule:{rule.id}", now=now, data={"name": rule.name}
    )
    session.delete(rule)


def list_rules(session: Session, project: Project) -> Sequence[Rule]:
    """The rules of `project`, oldest first."""
    return session.scalars(select(Rule).where(Rule.project_id == project.id).order_by(Rule.id)).all()


def _conditions(when: Sequence[str]) -> list[Condition]:
    if not when:
        raise InvalidInputError(f"choose when the rule fires: {', '.join(CONDITIONS)}")
    conditions = list(dict.fromkeys(parse_condition(word) for word in when))
    if len({type(condition) for condition in conditions}) < len(conditions):
        raise InvalidInputError("A rule counts the same thing once; add another rule for another number.")
    return conditions


def _refuse_never(conditions: Sequence[Condition], match: Match) -> None:
    moments = [condition.name for condition in conditions if not isinstance(condition, Counting)]
    if match == Match.ALL and len(moments) > 1:
        raise InvalidInputError(f"{' and '.join(moments)} are never true at once; let any of them be enough.")


def _is_counting(conditions: Sequence[Condition]) -> bool:
    return any(isinstance(condition, Counting) for condition in conditions)


def _filters(typed: Sequence[str]) -> list[dict[str, Any]]:
    if len(typed) > MOST:
        raise InvalidInputError(f"A rule has {MOST} filters at most.")
    return encode_filters([parse_filter(text) for text in dict.fromkeys(typed)])


def _interval(minutes: int | None) -> int | None:
    if minutes is not None and not 1 <= minutes <= LONGEST_INTERVAL:
        raise InvalidInputError(f"A rule can be quiet for 1 to {LONGEST_INTERVAL} minutes, not for {minutes}.")
    return minutes


def _narrow(rule: Rule, changes: RuleChanges) -> None:
    if changes.filters is not None:
        rule.filters = _filters(changes.filters)
    if changes.filter_match is not None:
        rule.filter_match = changes.filter_match
    if changes.interval_minutes is not None:
        rule.interval_minutes = _interval(changes.interval_minutes or None)


def _on_record(rule: Rule) -> dict[str, Any]:
    """What the audit log keeps of a rule: when it tells, and for which events. Values of tags are the project's own."""
    return {
        "name": rule.name,
        "when": [word_of(condition) for condition in decode_conditions(rule.conditions)],
        "match": rule.match,
        "filters": [each.words for each in decode_filters(rule.filters)],
        "filter_match": rule.filter_match,
        "interval_minutes": rule.interval_minutes,
    }


def name_of(conditions: Sequence[Condition], match: Match, channel_name: str) -> str:
    """What a rule is called that nobody gave a name: what it does."""
    joint = " or " if match == Match.ANY else " and "
    return f"{joint.join(each.name for each in conditions)} → #{channel_name}"[:128]


def _changed(action: Action, changes: RuleChanges) -> Action:
    if changes.place is not None:
        integration_id, channel, channel_name = changes.place
        action = structs.replace(action, integration_id=integration_id, channel=channel, channel_name=channel_name)
    if changes.repeat is not None:
        action = structs.replace(action, repeat=changes.repeat)
    if changes.new_card_after is not None:
        action = structs.replace(action, new_card_after=changes.new_card_after)
    return action
