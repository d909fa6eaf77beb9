"""Adding and removing rules."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import IntegrationId
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit
from tocsin.rules.action import encode_actions, notify_channel
from tocsin.rules.conditions import CONDITIONS, encode_conditions
from tocsin.rules.models import Rule


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
) -> Rule:
    """A rule that posts a card in `channel` (Slack's id) when any condition named in `when` holds.

    Raises:
        InvalidInputError: no condition, or one that does not exist.
    """
    unknown = [word for word in when if word not in CONDITIONS]
    if unknown or not when:
        raise InvalidInputError(f"choose when the rule fires: {', '.join(CONDITIONS)} (not: {', '.join(unknown)})")
    rule = Rule(
        project_id=project.id,
        name=(name or f"{' or '.join(word.replace('_', ' ') for word in when)} → #{channel_name}")[:128],
        conditions=encode_conditions([CONDITIONS[word]() for word in dict.fromkeys(when)]),
        actions=encode_actions([notify_channel(integration_id, channel, channel_name)]),
        is_active=True,
        created_at=now,
    )
    session.add(rule)
    session.flush()
    create_audit_entry(
        session, permit, AuditEvent.RULE_ADD, target=f"rule:{rule.id}", now=now, data={"name": rule.name}
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
