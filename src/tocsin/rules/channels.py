"""The channels in which rules tell, and what they are called there."""

from collections.abc import Callable
from datetime import datetime

from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.kernel.ids import IntegrationId, OrganizationId
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope, Via
from tocsin.rules.action import Action, decode_actions, encode_actions
from tocsin.rules.conditions import decode_conditions
from tocsin.rules.edit import name_of
from tocsin.rules.models import Match, Rule

OTHER_ID = "Slack gave the channel another id"


def list_channels(session: Session, organization_id: OrganizationId) -> dict[tuple[IntegrationId, str], str]:
    """Workspace and id of each such channel, with the name that its rule knows it by; by that name."""
    stored = session.scalars(
        select(Rule.actions)
        .join(Project, Project.id == Rule.project_id)
        .where(Project.organization_id == organization_id)
        .order_by(Rule.id)
    )
    found = {
        (action.integration_id, action.channel): action.channel_name
        for actions in stored
        for action in decode_actions(actions)
    }
    return dict(sorted(found.items(), key=lambda each: each[1]))


def rename_channel(session: Session, integration_id: IntegrationId, channel: str, name: str) -> None:
    """Rules that tell in the channel know it by `name` from now on, and so do those whose own name only said that."""

    def renamed(action: Action) -> Action:
        is_meant = (action.integration_id, action.channel) == (integration_id, channel)
        return structs.replace(action, channel_name=name) if is_meant else action

    _change_actions(session, renamed)


def move_rules(session: Session, place: tuple[IntegrationId, str], channel: str, *, now: datetime) -> None:
    """Rules that tell in the channel `place` tell in `channel` from now on, which is the same one under another id."""

    def moved(action: Action) -> Action:
        is_meant = (action.integration_id, action.channel) == place
        return structs.replace(action, channel=channel) if is_meant else action

    data = {"channel": {"from": place[1], "to": channel}}
    for rule in _change_actions(session, moved):
        project = session.get_one(Project, rule.project_id)
        permit = Permit.system(OTHER_ID, Scope(project.organization_id, project.id), Via.SLACK)
        create_audit_entry(session, permit, AuditEvent.RULE_EDIT, target=f"rule:{rule.id}", now=now, data=data)


def _change_actions(session: Session, change: Callable[[Action], Action]) -> list[Rule]:
    """Let each rule have its actions as `change` makes them; gives those that have others now."""
    changed = []
    for rule in session.scalars(select(Rule).order_by(Rule.id)):
        before = decode_actions(rule.actions)
        after = [change(action) for action in before]
        if after != before:
            _take(rule, before[0], after)
            changed.append(rule)
    session.flush()
    return changed


def _take(rule: Rule, before: Action, after: list[Action]) -> None:
    conditions, match = decode_conditions(rule.conditions), Match(rule.match)
    if rule.name == name_of(conditions, match, before.channel_name):
        rule.name = name_of(conditions, match, after[0].channel_name)
    rule.actions = encode_actions(after)
