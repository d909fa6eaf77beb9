"""How each workspace of an organization stands, from what the tables know: no call is made for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from tocsin.chat.models import Identity, Integration
from tocsin.chat.permissions import Permission, missing_permissions
from tocsin.chat.workspaces import list_workspaces
from tocsin.deliveries.metrics import WAITING_STATES
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.issues.models import Issue
from tocsin.kernel.ids import IntegrationId, OrganizationId, ProjectId
from tocsin.members.authorize import COUNTS
from tocsin.members.models import Member, User
from tocsin.notifications.models import ParentNotification
from tocsin.organizations.audit import AuditEntry
from tocsin.organizations.permit import Via

NEWEST = 20_000
"""So many rows of a log are looked through for the last of a kind; what is older than these is no sign of life."""

SENT_LOOKED_AT = 100
"""Deliveries that were planned last and sent: what waited long is said after what was planned later."""

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True)
class Standing:
    """One workspace as an organization's people may know it: of others that use it, too, nothing is told."""

    workspace: Integration
    missing: tuple[Permission, ...]
    """What it did not grant when its token was looked at last; nothing where that is not known."""
    last_act: datetime | None
    """When somebody last pressed, or linked themselves, there: done or refused, it stands in the audit log."""
    last_said: datetime | None
    unsettled: dict[DeliveryState, int]
    """What is not said yet about the issues that the asker sees, by state; states without any are left out."""
    linked: int
    """How many of the `members` that count are linked to a chat user there."""
    members: int


def list_standings(
    session: Session, organization_id: OrganizationId, project_ids: Sequence[ProjectId]
) -> list[Standing]:
    """The organization's workspaces, oldest first; of messages those about issues of these projects are counted."""
    workspaces = list_workspaces(session, organization_id)
    of_organization = (Member.organization_id == organization_id, *COUNTS)
    members = session.scalar(select(func.count()).select_from(Member).join(User).where(*of_organization)) or 0
    linked = select(Identity.integration_id, func.count()).join(User, User.id == Identity.user_id)
    linked = linked.join(Member, Member.user_id == User.id).where(*of_organization).group_by(Identity.integration_id)
    linked_in = dict(session.execute(linked).all())
    return [
        Standing(
            workspace=each,
            missing=tuple(missing_permissions(each.scopes)) if each.scopes else (),
            last_act=_last_act(session, organization_id, each.id),
            last_said=_last_said(session, each.id, project_ids),
            unsettled=_count_unsettled(session, each.id, project_ids),
            linked=linked_in.get(each.id, 0),
            members=members,
        )
        for each in workspaces
    ]


def _last_act(session: Session, organization_id: OrganizationId, integration_id: IntegrationId) -> datetime | None:
    newest = (
        select(AuditEntry.at, AuditEntry.via, AuditEntry.integration_id)
        .where(AuditEntry.organization_id == organization_id)
        .order_by(AuditEntry.id.desc())
        .limit(NEWEST)
        .subquery()
    )
    return session.scalar(
        select(func.max(newest.c.at)).where(newest.c.via == Via.SLACK, newest.c.integration_id == integration_id)
    )


def _last_said(session: Session, integration_id: IntegrationId, project_ids: Sequence[ProjectId]) -> datetime | None:
    """When a message about these projects last reached Slack, among those planned last."""
    newest = session.scalar(select(func.max(Delivery.id))) or 0
    sent = (
        _of_projects(select(Delivery.sent_at), integration_id, project_ids)
        .where(Delivery.id > newest - NEWEST, Delivery.state == DeliveryState.SENT)
        .order_by(Delivery.id.desc())
        .limit(SENT_LOOKED_AT)
        .subquery()
    )
    return session.scalar(select(func.max(sent.c.sent_at)))


def _count_unsettled(
    session: Session, integration_id: IntegrationId, project_ids: Sequence[ProjectId]
) -> dict[DeliveryState, int]:
    counted = _of_projects(select(Delivery.state, func.count()), integration_id, project_ids)
    rows = session.execute(counted.where(Delivery.state.in_(WAITING_STATES)).group_by(Delivery.state))
    return {DeliveryState(state): count for state, count in rows}


def _of_projects(
    found: Select[*Columns], integration_id: IntegrationId, project_ids: Sequence[ProjectId]
) -> Select[*Columns]:
    """The deliveries of `notifications.log` in one workspace."""
    card = func.coalesce(Delivery.follows_id, Delivery.id)
    return (
        found.join(ParentNotification, ParentNotification.card_delivery_id == card)
        .join(Issue, Issue.id == ParentNotification.issue_id)
        .where(Delivery.integration_id == integration_id, Issue.project_id.in_(project_ids))
    )
