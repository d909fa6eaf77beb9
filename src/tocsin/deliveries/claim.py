"""Claiming: taking the next delivery of one place, with its intent written down before anything is sent."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import takewhile
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.plan import REPLY
from tocsin.kernel.db import table_of
from tocsin.kernel.ids import DeliveryId, IntegrationId
from tocsin.kernel.statement import Row, Statement, is_among

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


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that may go now, as it was read."""

    id: DeliveryId
    kind: str
    integration_id: IntegrationId
    channel: str
    fence: int
    first_dispatch_at: datetime | None
    thread_ts: str | None
    follows_id: DeliveryId | None
    expires_at: datetime | None


def find_claimable(session: Session, integration_id: IntegrationId, channel: str, *, now: datetime) -> Waiting | None:
    """The delivery that is next in this channel, if any may go now.

    In a thread strictly one after the other: a reply waits for its card and for each earlier reply that is not settled.
    Replies whose card died die with its reason on the way.
    """
    place = {"of_integration_id": integration_id, "of_channel": channel}
    _burial_of_orphans().change(session, place)
    found = _next_claimable().typed_rows(session, {**place, "now": now})
    return Waiting(*found[0]) if found else None


def claim(session: Session, waiting: Waiting, *, now: datetime, lease: timedelta) -> Claimed | None:
    """Take what is `waiting` for sending; `None` when another worker was faster.

    A reply that goes for the first time takes those along that wait behind it, when they are many.
    """
    thread_ts = waiting.thread_ts
    if waiting.follows_id is not None and thread_ts is None:
        [(thread_ts,)] = _TS.rows(session, {"of_id": waiting.follows_id})
    taken = _take(session, waiting, now=now, lease=lease, thread_ts=thread_ts)
    if taken is None:
        return None
    body, frozen, planned_at = taken
    if waiting.first_dispatch_at is None and waiting.kind == REPLY:
        body = _fold(session, waiting, body)
    return Claimed(
        id=waiting.id,
        kind=waiting.kind,
        integration_id=waiting.integration_id,
        channel=waiting.channel,
        thread_ts=thread_ts,
        body=body,
        frozen=None if frozen is None else json.loads(frozen),
        fence=waiting.fence + 1,
        lease_until=now + lease,
        planned_at=planned_at,
    )


def take(session: Session, delivery: Delivery, *, now: datetime, lease: timedelta) -> bool:
    """Write down that `delivery`, as it was read, is being sent from now on; false when another worker was faster."""
    return _take(session, delivery, now=now, lease=lease, thread_ts=None) is not None


def freeze(session: Session, claimed: Claimed, message: dict[str, Any]) -> None:
    """Write down exactly what is about to be sent; every later try sends the same."""
    text = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
    _FREEZE.change(session, {"of_id": claimed.id, "of_fence": claimed.fence, "text": text})


def may_go(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """The condition under which a pending delivery may be sent at `now`, as far as order and time are concerned."""
    card, earlier = aliased(Delivery), aliased(Delivery)
    earlier_unsettled = exists().where(
        earlier.follows_id == Delivery.follows_id, earlier.id < Delivery.id, is_among(earlier.state, UNSETTLED)
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


def _take(
    session: Session, waiting: Waiting | Delivery, *, now: datetime, lease: timedelta, thread_ts: str | None
) -> Row | None:
    """What the delivery holds as it is taken: its body, what was frozen of it, and when it was planned."""
    taking = {
        "of_id": waiting.id,
        "of_fence": waiting.fence,
        "in_thread": thread_ts,
        "until": now + lease,
        "first_at": waiting.first_dispatch_at or now,
        "now": now,
    }
    taken = _TAKE.typed_rows(session, taking)
    return taken[0] if taken else None


def _fold(session: Session, first: Waiting, body: dict[str, Any]) -> dict[str, Any]:
    """When many replies wait in one thread, let `first` say them all, in their order; gives what it says then.

    It keeps its own place in the thread: a new delivery would stand behind those that do not fit in, and be overtaken
    by them whenever its first try fails.
    """
    following = _FOLLOWING.typed_rows(session, {"of_card": first.follows_id, "after": first.id})
    # Up to the first that was tried before: that one may stand in Slack already, and nothing may jump over it.
    others = list(takewhile(lambda each: each[1] == first.kind and each[2] is None, following))
    if len(others) < FOLD_MORE_THAN:
        return body
    several = {"several": [body, *(each[3] for each in others)]}
    ends = [first.expires_at, *(each[4] for each in others)]
    session.execute(
        update(Delivery)
        .where(Delivery.id == first.id)
        .values(body=several, expires_at=max((end for end in ends if end), default=None))
    )
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_([each[0] for each in others]))
        .values(state=DeliveryState.FOLDED, folded_into=first.id)
    )
    return several


_TS = Statement(select(DELIVERIES.c.ts).where(DELIVERIES.c.id == bindparam("of_id")))
_TAKE = Statement(
    update(DELIVERIES)
    .where(
        DELIVERIES.c.id == bindparam("of_id"),
        DELIVERIES.c.state == DeliveryState.PENDING,
        DELIVERIES.c.fence == bindparam("of_fence"),
    )
    .values(
        state=DeliveryState.SENDING,
        fence=DELIVERIES.c.fence + 1,
        attempts=DELIVERIES.c.attempts + 1,
        thread_ts=bindparam("in_thread"),
        lease_until=bindparam("until"),
        first_dispatch_at=bindparam("first_at"),
        last_dispatch_at=bindparam("now"),
        not_before=None,
    )
    .returning(DELIVERIES.c.body, DELIVERIES.c.frozen, DELIVERIES.c.created_at)
)
_FREEZE = Statement(
    update(DELIVERIES)
    .where(DELIVERIES.c.id == bindparam("of_id"), DELIVERIES.c.fence == bindparam("of_fence"))
    .values(frozen=bindparam("text"))
)
_FOLLOWING = Statement(
    select(
        DELIVERIES.c.id,
        DELIVERIES.c.kind,
        DELIVERIES.c.first_dispatch_at,
        DELIVERIES.c.body,
        DELIVERIES.c.expires_at,
    )
    .where(
        DELIVERIES.c.follows_id == bindparam("of_card"),
        DELIVERIES.c.id > bindparam("after"),
        is_among(DELIVERIES.c.state, UNSETTLED),
    )
    .order_by(DELIVERIES.c.id)
    .limit(FOLD_AT_MOST - 1)
)


@cache
def _next_claimable() -> Statement:
    """Made when it is first asked for: `may_go` needs the mapped class, and all that it refers to."""
    return Statement(
        select(
            Delivery.id,
            Delivery.kind,
            Delivery.integration_id,
            Delivery.channel,
            Delivery.fence,
            Delivery.first_dispatch_at,
            Delivery.thread_ts,
            Delivery.follows_id,
            Delivery.expires_at,
        )
        .where(
            Delivery.integration_id == bindparam("of_integration_id"),
            Delivery.channel == bindparam("of_channel"),
            may_go(bindparam("now")),
        )
        .order_by(Delivery.id)
        .limit(1)
    )


@cache
def _burial_of_orphans() -> Statement:
    reply, card = DELIVERIES, DELIVERIES.alias()
    reason = select(card.c.reason).where(card.c.id == reply.c.follows_id).scalar_subquery()
    return Statement(
        update(reply)
        .where(
            reply.c.integration_id == bindparam("of_integration_id"),
            reply.c.channel == bindparam("of_channel"),
            reply.c.state == DeliveryState.PENDING,
            exists().where(card.c.id == reply.c.follows_id, card.c.state == DeliveryState.DEAD),
        )
        .values(state=DeliveryState.DEAD, reason=reason)
    )
