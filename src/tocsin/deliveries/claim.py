"""Claiming: taking the next delivery of one place, with its intent written down before anything is sent."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import takewhile
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, Update, and_, bindparam, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.plan import REPLY
from tocsin.kernel.db import changed_rows, table_of
from tocsin.kernel.ids import DeliveryId, IntegrationId

DELIVERIES = table_of(Delivery)

FOLD_MORE_THAN = 5
FOLD_AT_MOST = 20
"""A folded reply stays readable and within one message; what is beyond goes into the next."""

UNSETTLED = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery of any platform that is ours to send until `lease_until`, under `fence`."""

    id: DeliveryId
    kind: str
    fence: int
    lease_until: datetime
    planned_at: datetime


@dataclass(frozen=True, slots=True)
class Claimed(Taken):
    """A delivery to say in a workspace."""

    integration_id: IntegrationId
    channel: str
    thread_ts: str | None
    body: dict[str, Any]
    frozen: dict[str, Any] | None


def find_claimable(session: Session, integration_id: IntegrationId, channel: str, *, now: datetime) -> Delivery | None:
    """The delivery that is next in this channel, if any may go now.

    In a thread strictly one after the other: a reply waits for its card and for each earlier reply that is not settled.
    Replies whose card died die with its reason on the way.
    """
    place = {"of_integration_id": integration_id, "of_channel": channel}
    session.execute(_burial_of_orphans(), place)
    return session.scalars(_next_claimable(), {**place, "now": now}).first()


def claim(session: Session, delivery: Delivery, *, now: datetime, lease: timedelta) -> Claimed | None:
    """Take `delivery` for sending; `None` when another worker was faster.

    A reply that goes for the first time takes those along that wait behind it, when they are many.
    """
    first_time = delivery.first_dispatch_at is None
    thread_ts = delivery.thread_ts
    if delivery.follows_id is not None and thread_ts is None:
        thread_ts = session.get_one(Delivery, delivery.follows_id).ts
    if not take(session, delivery, now=now, lease=lease, thread_ts=thread_ts):
        return None
    if first_time and delivery.kind == REPLY:
        _fold(session, delivery)
    session.refresh(delivery)
    assert delivery.integration_id is not None
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
        planned_at=delivery.created_at,
    )


def take(
    session: Session, delivery: Delivery, *, now: datetime, lease: timedelta, thread_ts: str | None = None
) -> bool:
    """Write down that `delivery`, as it was read, is being sent from now on; false when another worker was faster."""
    taking = {
        "of_id": delivery.id,
        "of_fence": delivery.fence,
        "in_thread": thread_ts,
        "until": now + lease,
        "first_at": delivery.first_dispatch_at or now,
        "now": now,
    }
    return changed_rows(session, _taking(), taking) == 1


def freeze(session: Session, claimed: Claimed, message: dict[str, Any]) -> None:
    """Write down exactly what is about to be sent; every later try sends the same."""
    text = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
    session.execute(_freezing(), {"of_id": claimed.id, "of_fence": claimed.fence, "text": text})


def may_go(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """The condition under which a pending delivery may be sent at `now`, as far as order and time are concerned."""
    card, earlier = aliased(Delivery), aliased(Delivery)
    earlier_unsettled = exists().where(
        earlier.follows_id == Delivery.follows_id, earlier.id < Delivery.id, earlier.state.in_(UNSETTLED)
    )
    card_stands = exists().where(card.id == Delivery.follows_id, card.state == DeliveryState.SENT)
    return and_(
        Delivery.state == DeliveryState.PENDING,
        or_(Delivery.not_before.is_(None), Delivery.not_before <= now),
        or_(Delivery.expires_at.is_(None), Delivery.expires_at > now),
        or_(Delivery.follows_id.is_(None), card_stands & ~earlier_unsettled),
    )


def is_orphan() -> ColumnElement[bool]:
    """The condition under which a pending reply will never be sent: its card is dead."""
    card = aliased(Delivery)
    return and_(
        Delivery.state == DeliveryState.PENDING,
        exists().where(card.id == Delivery.follows_id, card.state == DeliveryState.DEAD),
    )


@cache
def _next_claimable() -> Select[Delivery]:
    return (
        select(Delivery)
        .where(
            Delivery.integration_id == bindparam("of_integration_id"),
            Delivery.channel == bindparam("of_channel"),
            may_go(bindparam("now")),
        )
        .order_by(Delivery.id)
        .limit(1)
    )


@cache
def _burial_of_orphans() -> Update:
    reply, card = DELIVERIES, DELIVERIES.alias()
    reason = select(card.c.reason).where(card.c.id == reply.c.follows_id).scalar_subquery()
    return (
        update(reply)
        .where(
            reply.c.integration_id == bindparam("of_integration_id"),
            reply.c.channel == bindparam("of_channel"),
            reply.c.state == DeliveryState.PENDING,
            exists().where(card.c.id == reply.c.follows_id, card.c.state == DeliveryState.DEAD),
        )
        .values(state=DeliveryState.DEAD, reason=reason)
    )


@cache
def _taking() -> Update:
    of = DELIVERIES.c
    return (
        update(DELIVERIES)
        .where(of.id == bindparam("of_id"), of.state == DeliveryState.PENDING, of.fence == bindparam("of_fence"))
        .values(
            state=DeliveryState.SENDING,
            fence=of.fence + 1,
            attempts=of.attempts + 1,
            thread_ts=bindparam("in_thread"),
            lease_until=bindparam("until"),
            first_dispatch_at=bindparam("first_at"),
            last_dispatch_at=bindparam("now"),
            not_before=None,
        )
    )


@cache
def _freezing() -> Update:
    of = DELIVERIES.c
    ours = (of.id == bindparam("of_id"), of.fence == bindparam("of_fence"))
    return update(DELIVERIES).where(*ours).values(frozen=bindparam("text"))


@cache
def _following() -> Select[Delivery]:
    return (
        select(Delivery)
        .where(
            Delivery.follows_id == bindparam("of_card"),
            Delivery.id > bindparam("after"),
            Delivery.state.in_(UNSETTLED),
        )
        .order_by(Delivery.id)
        .limit(FOLD_AT_MOST - 1)
    )


def _fold(session: Session, first: Delivery) -> None:
    """When many replies wait in one thread, let `first` say them all, in their order.

    It keeps its own place in the thread: a new delivery would stand behind those that do not fit in, and be overtaken
    by them whenever its first try fails.
    """
    following = session.scalars(_following(), {"of_card": first.follows_id, "after": first.id})
    # Up to the first that was tried before: that one may stand in Slack already, and nothing may jump over it.
    others = list(takewhile(lambda each: each.first_dispatch_at is None and each.kind == first.kind, following))
    if len(others) < FOLD_MORE_THAN:
        return
    together = [first, *others]
    session.execute(
        update(Delivery)
        .where(Delivery.id == first.id)
        .values(
            body={"several": [each.body for each in together]},
            expires_at=max((each.expires_at for each in together if each.expires_at), default=None),
        )
    )
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_([each.id for each in others]))
        .values(state=DeliveryState.FOLDED, folded_into=first.id)
    )
