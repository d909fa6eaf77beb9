"""Who hears of it when a channel or a workspace takes nothing: people who can mend it, where they can be reached."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from tocsin.chat.models import Identity, Integration, OrganizationIntegration
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.issues.models import Issue
from tocsin.kernel.ids import IntegrationId, OrganizationId, ProjectId, UserId
from tocsin.members.authorize import LEAST_ROLE
from tocsin.members.organization_service import MemberRecord, list_members
from tocsin.notifications.models import ParentNotification
from tocsin.organizations.models import Organization, Project
from tocsin.organizations.permit import Verb
from tocsin.rules.action import decode_actions
from tocsin.rules.models import Rule


@dataclass(frozen=True, slots=True)
class Reachable:
    """A person as a chat user: `external_id` of the workspace `integration_id`."""

    user_id: UserId
    integration_id: IntegrationId
    external_id: str


@dataclass(frozen=True, slots=True)
class Alerting:
    """An active rule that posts in the channel, and the project it is of."""

    name: str
    project_slug: str
    creator_user_id: UserId | None


@dataclass(frozen=True, slots=True)
class Affected:
    """An organization that the break concerns, with whom to tell: in chat, or by mail where nobody is reached there."""

    organization: Organization
    rules: tuple[Alerting, ...]
    people: tuple[Reachable, ...]
    by_mail: tuple[MemberRecord, ...]


def affected_by_place(session: Session, integration_id: IntegrationId, channel: str) -> list[Affected]:
    """The organizations whose rules post in the channel, or for whom something waits there.

    The makers of the rules are told; where none of them is left or linked, those who may connect workspaces.
    """
    affected = []
    for organization in _organizations_using(session, integration_id):
        projects = session.scalars(select(Project.id).where(Project.organization_id == organization.id)).all()
        if not concerns(session, projects, integration_id, channel):
            continue
        rules = list_rules_of_channel(session, projects, integration_id, channel)
        members = [one for one in list_members(session, organization.id) if one.counts]
        makers = [one for one in members if any(one.user_id == rule.creator_user_id for rule in rules)]
        keepers = _keepers(members)
        people = reach(session, organization.id, _ids(makers), first=integration_id)
        people = people or reach(session, organization.id, _ids(keepers), first=integration_id)
        affected.append(Affected(organization, tuple(rules), people, () if people else tuple(makers or keepers)))
    return affected


def affected_by_workspace(session: Session, integration_id: IntegrationId) -> list[Affected]:
    """The organizations that use the workspace, with those who may connect it again, as other workspaces know them."""
    affected = []
    for organization in _organizations_using(session, integration_id):
        keepers = _keepers(one for one in list_members(session, organization.id) if one.counts)
        people = reach(session, organization.id, _ids(keepers))
        affected.append(Affected(organization, (), people, () if people else tuple(keepers)))
    return affected


def concerns(session: Session, project_ids: Sequence[ProjectId], integration_id: IntegrationId, channel: str) -> bool:
    """Whether anything of these projects goes into the channel: rules post there, or something waits to be said there.

    Cards alone do not count: a channel that was given up for good would be told of for ever.
    """
    if list_rules_of_channel(session, project_ids, integration_id, channel):
        return True
    waiting = exists().where(
        Delivery.integration_id == integration_id,
        Delivery.channel == channel,
        Delivery.state.in_((DeliveryState.PENDING, DeliveryState.PARKED)),
        ParentNotification.card_delivery_id == func.coalesce(Delivery.follows_id, Delivery.id),
        ParentNotification.issue_id == Issue.id,
        Issue.project_id.in_(project_ids),
    )
    return bool(session.scalar(select(waiting)))


def list_rules_of_channel(
    session: Session, project_ids: Sequence[ProjectId], integration_id: IntegrationId, channel: str
) -> list[Alerting]:
    """The active rules of these projects that post in the channel, oldest first."""
    rows = session.execute(
        select(Rule.name, Rule.actions, Rule.creator_user_id, Project.slug)
        .join(Project, Project.id == Rule.project_id)
        .where(Rule.project_id.in_(project_ids), Rule.is_active)
        .order_by(Rule.id)
    )
    return [
        Alerting(name, slug, creator)
        for name, actions, creator, slug in rows
        if any((one.integration_id, one.channel) == (integration_id, channel) for one in decode_actions(actions))
    ]


def _organizations_using(session: Session, integration_id: IntegrationId) -> Sequence[Organization]:
    return session.scalars(
        select(Organization)
        .join(OrganizationIntegration, OrganizationIntegration.organization_id == Organization.id)
        .where(OrganizationIntegration.integration_id == integration_id)
        .order_by(Organization.id)
    ).all()


def _keepers(members: Iterable[MemberRecord]) -> list[MemberRecord]:
    """Those who may connect workspaces."""
    return [one for one in members if one.role.rank >= LEAST_ROLE[Verb.EDIT_WORKSPACES].rank]


def _ids(members: Iterable[MemberRecord]) -> list[UserId]:
    return [one.user_id for one in members]


def reach(
    session: Session, organization_id: OrganizationId, users: Iterable[UserId], *, first: IntegrationId | None = None
) -> tuple[Reachable, ...]:
    """Each of `users` once, in a workspace of the organization that works; `first` is preferred."""
    rows = session.execute(
        select(Identity.user_id, Identity.integration_id, Identity.external_id)
        .join(Integration, Integration.id == Identity.integration_id)
        .join(OrganizationIntegration, OrganizationIntegration.integration_id == Integration.id)
        .where(
            OrganizationIntegration.organization_id == organization_id,
            Identity.user_id.in_(list(users)),
            Integration.is_active,
            Integration.broken_reason.is_(None),
        )
        .order_by(Identity.user_id, (Identity.integration_id == first).desc(), Identity.integration_id)
    )
    reached: dict[UserId, Reachable] = {}
    for user_id, integration_id, external_id in rows:
        reached.setdefault(user_id, Reachable(user_id, integration_id, external_id))
    return tuple(reached.values())
