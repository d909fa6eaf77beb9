"""Claiming: taking the next delivery of one place, with its intent written down before anything is sent."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.plan import Plan, plan_delivery
from tocsin.kernel.db import changed_rows
from tocsin.kernel.ids import DeliveryId, IntegrationId

FOLD_MORE_THAN = 5
FOLD_AT_MOST = 20
"""A folded reply stays readable and within one message; what is beyond goes into the next."""

UNSETTLED = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours to send until `lease_until`, under `fence`."""

    id: DeliveryId
    kind: str
    integration_id: IntegrationId
    channel: str
    thread_ts: str | None
    body: dict[str, Any]
    frozen: dict[str, Any] | None
    fence: int
    lease_until: datetime


def find_claimable(session: Session, integration_id: IntegrationId, channel: str, *, now: datetime) -> Delivery | None:
    """The delivery that is next in this channel, if any may go now.

    In a thread strictly one after the other: a reply waits for its card and for each earlier reply that is not settled.
    Replies whose card died die with its reason on the way.
    """
    _bury_orphans(session, integration_id, channel)
    return session.scalars(_claimable(integration_id, channel, now).limit(1)).first()


def claim(session: Session, delivery: Delivery, *, now: datetime, lease: timedelta) -> Claimed | None:
    """Take `delivery` for sending; `None` when another worker was faster."""
    delivery = _fold(session, delivery, now=now)
    thread_ts = delivery.thread_ts
    if delivery.follows_id is not None and thread_ts is None:
        thread_ts = session.get_one(Delivery, delivery.follows_id).ts
    taken = changed_rows(
        session,
        update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.state == DeliveryState.PENDING, Delivery.fence == delivery.fence)
        .values(
            state=DeliveryState.SENDING,
            fence=Delivery.fence + 1,
            attempts=Delivery.attempts + 1,
            thread_ts=thread_ts,
            lease_until=now + lease,
            first_dispatch_at=delivery.first_dispatch_at or now,
            last_dispatch_at=now,
            not_before=None,
        ),
    )
    if taken == 0:
        return None
    session.refresh(delivery)
    assert delivery.channel is not None
    assert delivery.lease_until is not None
    return Claimed(
        id=delivery.id,
        kind=delivery.kind,
        integration_id=delivery.integration_id,
        channel=delivery.channel,
        thread_ts=delivery.thread_ts,
        body=delivery.body,
        frozen=None if delivery.frozen is None else json.loads(delivery.frozen),
        fence=delivery.fence,
        lease_until=delivery.lease_until,
    )


def freeze(session: Session, claimed: Claimed, message: dict[str, Any]) -> None:
    """Write down exactly what is about to be sent; every later try sends the same."""
    session.execute(
        update(Delivery)
        .where(Delivery.id == claimed.id, Delivery.fence == claimed.fence)
        .values(frozen=json.dumps(message, separators=(",", ":"), ensure_ascii=False))
    )


def _claimable(integration_id: IntegrationId, channel: str, now: datetime) -> Select[Delivery]:
    card, earlier = aliased(Delivery), aliased(Delivery)
    earlier_unsettled = exists().where(
        earlier.follows_id == Delivery.follows_id, earlier.id < Delivery.id, earlier.state.in_(UNSETTLED)
    )
    card_stands = exists().where(card.id == Delivery.follows_id, card.state == DeliveryState.SENT)
    return (
        select(Delivery)
        .where(
            Delivery.integration_id == integration_id,
            Delivery.channel == channel,
            Delivery.state == DeliveryState.PENDING,
            or_(Delivery.not_before.is_(None), Delivery.not_before <= now),
            or_(Delivery.expires_at.is_(None), Delivery.expires_at > now),
            or_(Delivery.follows_id.is_(None), card_stands & ~earlier_unsettled),
        )
        .order_by(Delivery.id)
    )


def _bury_orphans(session: Session, integration_id: IntegrationId, channel: str) -> None:
    card = aliased(Delivery)
    reason = select(card.reason).where(card.id == Delivery.follows_id).scalar_subquery()
    session.execute(
        update(Delivery)
        .where(
            Delivery.integration_id == integration_id,
            Delivery.channel == channel,
            Delivery.state == DeliveryState.PENDING,
            exists().where(card.id == Delivery.follows_id, card.state == DeliveryState.DEAD),
        )
        .values(state=DeliveryState.DEAD, reason=reason),
        execution_options={"synchronize_session": False},
    )


def _fold(session: Session, first: Delivery, *, now: datetime) -> Delivery:
    """When many replies wait in one thread, make one that says them all in their order; else give `first` back."""
    if first.follows_id is None:
        return first
    waiting = session.scalars(
        select(Delivery)
        .where(
            Delivery.follows_id == first.follows_id,
            Delivery.state == DeliveryState.PENDING,
            Delivery.first_dispatch_at.is_(None),
            Delivery.kind == first.kind,
        )
        .order_by(Delivery.id)
        .limit(FOLD_AT_MOST)
    ).all()
    if len(waiting) <= FOLD_MORE_THAN or first.first_dispatch_at is not None:
        return first
    plan = Plan(
        natural_key=f"fold:{waiting[0].id}:{waiting[-1].id}",
        kind=first.kind,
        integration_id=first.integration_id,
        channel=first.channel,
        follows_id=first.follows_id,
        body={"several": [delivery.body for delivery in waiting]},
        expires_at=max((each.expires_at for each in waiting if each.expires_at), default=None),
    )
    together = plan_delivery(session, plan, now=now)
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_([delivery.id for delivery in waiting]))
        .values(state=DeliveryState.FOLDED, folded_into=together)
    )
    return session.get_one(Delivery, together)
