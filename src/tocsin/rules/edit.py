"""Adding, changing and removing rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import IntegrationId
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit
from tocsin.rules.action import Action, decode_actions, encode_actions, notify_channel
from tocsin.rules.conditions import CONDITIONS, Condition, decode_conditions, encode_conditions
from tocsin.rules.models import Rule
from tocsin.rules.repeat import NewCardAfter, Repeat


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
    repeat: Repeat = Repeat.THREAD,
    new_card_after: NewCardAfter = "resolve",
) -> Rule:
    """A rule that posts a card in `channel` (Slack's id) when any condition named in `when` holds.

    Raises:
        InvalidInputError: no condition, or one that does not exist.
    """
    conditions = _conditions(when)
    action = notify_channel(integration_id, channel, channel_name, repeat=repeat, new_card_after=new_card_after)
    rule = Rule(
        project_id=project.id,
        name=name[:128] if name else _name_of(conditions, channel_name),
        conditions=encode_conditions(conditions),
        actions=encode_actions([action]),
        is_active=True,
        creator_user_id=permit.actor.user_id,
        created_at=now,
    )
    session.add(rule)
    session.flush()
    create_audit_entry(
        session, permit, AuditEvent.RULE_ADD, target=f"rule:{rule.id}", now=now, data={"name": rule.name}
    )
    return rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChanges:
    """What is to be otherwise about a rule; `None` leaves a thing as it is."""

    name: str | None = None
    when: Sequence[str] | None = None
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
        InvalidInputError: no condition, or one that does not exist.
    """
    conditions = decode_conditions(rule.conditions)
    action, *others = decode_actions(rule.actions)
    was_named_by_us = rule.name == _name_of(conditions, action.channel_name)
    if changes.when is not None:
        conditions = _conditions(changes.when)
    action = _changed(action, changes)

    rule.conditions, rule.actions = encode_conditions(conditions), encode_actions([action, *others])
    if changes.is_active is not None:
        rule.is_active, rule.muted_until = changes.is_active, None
    if changes.name:
        rule.name = changes.name[:128]
    elif was_named_by_us:
        rule.name = _name_of(conditions, action.channel_name)
    session.flush()
    create_audit_entry(
        session, permit, AuditEvent.RULE_EDIT, target=f"rule:{rule.id}", now=now, data={"name": rule.name}
    )
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
    unknown = [word for word in when if word not in CONDITIONS]
    if unknown or not when:
        raise InvalidInputError(f"choose when the rule fires: {', '.join(CONDITIONS)} (not: {', '.join(unknown)})")
    return [CONDITIONS[word]() for word in dict.fromkeys(when)]


def _name_of(conditions: Sequence[Condition], channel_name: str) -> str:
    """What a rule is called that nobody gave a name: what it does."""
    kinds = [str(each["kind"]).replace("_", " ") for each in encode_conditions(list(conditions))]
    return f"{' or '.join(kinds)} → #{channel_name}"[:128]


def _changed(action: Action, changes: RuleChanges) -> Action:
    if changes.place is not None:
        integration_id, channel, channel_name = changes.place
        action = structs.replace(action, integration_id=integration_id, channel=channel, channel_name=channel_name)
    if changes.repeat is not None:
        action = structs.replace(action, repeat=changes.repeat)
    if changes.new_card_after is not None:
        action = structs.replace(action, new_card_after=changes.new_card_after)
    return action
