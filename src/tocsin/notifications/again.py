"""Sending again: somebody mended what kept a message, and wants this one said now."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.chat.models import Integration, OrganizationIntegration
from tocsin.deliveries.health import probe_now
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.parking import make_due
from tocsin.deliveries.recovery import DELETED, MAYBE_SENT, TOO_OLD
from tocsin.issues.models import Issue
from tocsin.kernel.errors import ConflictError, NotFoundError
from tocsin.kernel.ids import DeliveryId, OrganizationId
from tocsin.notifications.parents import find_parent_of_delivery
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope

SECOND_LIFETIME = timedelta(hours=1)
"""How long Tocsin goes on trying what somebody asked for by hand."""


def scope_of_delivery(session: Session, organization_id: OrganizationId, delivery_id: DeliveryId) -> Scope:
    """What a delivery is about: the project of its issue, or the organization for one that tells of no issue.

    Raises:
        NotFoundError: there is none, or it is another organization's. A workspace may serve several.
    """
    parent = find_parent_of_delivery(session, delivery_id)
    if parent is None:
        used = select(Delivery.id).join(
            OrganizationIntegration, OrganizationIntegration.integration_id == Delivery.integration_id
        )
        here = used.where(Delivery.id == delivery_id, OrganizationIntegration.organization_id == organization_id)
        if session.scalar(here) is not None:
            return Scope(organization_id)
    else:
        project = session.get_one(Project, session.get_one(Issue, parent.issue_id).project_id)
        if project.organization_id == organization_id:
            return Scope(organization_id, project.id)
    raise NotFoundError("There is no such delivery, or you may not see it.")


def send_again(session: Session, permit: Permit, delivery_id: DeliveryId, *, now: datetime) -> Delivery:
    """Make a parked delivery, or one that grew too old, is left in doubt or was deleted, due again with its old words.

    In a broken channel it is the probe that tells whether the channel is mended.

    Raises:
        ConflictError: it needs no sending, its fate is not known yet, or it would be in vain; the message says which.
    """
    delivery = session.get_one(Delivery, delivery_id)
    _refuse_in_vain(session, delivery)
    was = {"state": delivery.state, "reason": delivery.reason}
    if not make_due(session, delivery, expires_at=now + SECOND_LIFETIME):
        raise ConflictError("Somebody was faster; look at it again.")
    # Whoever sends it again wants it said, whatever was deleted before: that says nothing of the tries from now on.
    delivery.deleted_ts = None
    if was["reason"] == DELETED:
        delivery.first_dispatch_at = now  # nothing of it stands in Slack; else a look still searches for the first try
    if delivery.integration_id is not None and delivery.channel is not None:
        probe_now(session, (delivery.integration_id, delivery.channel), now=now)

    create_audit_entry(
        session,
        permit,
        AuditEvent.DELIVERY_RETRY,
        target=f"delivery:{delivery_id}",
        now=now,
        data=was,
    )
    session.refresh(delivery)
    return delivery


def can_be_sent_again(state: str, reason: str | None) -> bool:
    """Whether sending it again is offered: what was refused for good, or what Tocsin still looks for, is not.

    For what it cannot look for somebody else must: `reason` says so.
    """
    if state == DeliveryState.DEAD and reason is not None:
        return reason in {TOO_OLD, DELETED} or reason.startswith(MAYBE_SENT)
    return state == DeliveryState.PARKED


def _refuse_in_vain(session: Session, delivery: Delivery) -> None:
    if delivery.state == DeliveryState.UNCERTAIN:
        raise ConflictError("It may stand in Slack already. Tocsin looks there by itself, and says it if it does not.")
    if not can_be_sent_again(delivery.state, delivery.reason):
        reason = f": {delivery.reason}" if delivery.reason else ""
        raise ConflictError(f"It is {delivery.state}{reason}; there is nothing to send again.")
    if not delivery.body:
        raise ConflictError("Its issue was deleted, and what was to be said of it; there is nothing to send again.")
    integration = session.get_one(Integration, delivery.integration_id)
    if integration.broken_reason is not None or not integration.is_active:
        raise ConflictError(
            f"Slack answers {integration.broken_reason or 'nothing'} for {integration.name}; connect that workspace "
            "again, and everything that is parked in it goes out by itself."
        )
    card = None if delivery.follows_id is None else session.get_one(Delivery, delivery.follows_id)
    if card is not None and card.state == DeliveryState.DEAD:
        raise ConflictError(f"Its card was given up ({card.reason}); send the card, delivery {card.id}, first.")
