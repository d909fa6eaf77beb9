"""Owns the ports that the state machine drives, and wrong ones that it must see through."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.proof.strategies import Look
from tocsin.deliveries import claim, outcome
from tocsin.deliveries.claim import Claimed, Waiting
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.outcome import Outcome, Sent, Times
from tocsin.kernel.ids import IntegrationId
from tocsin.slack.reconcile import reconcile


@dataclass(frozen=True, slots=True)
class Ports:
    """How a delivery is taken, how its outcome is written down, and how an unknown fate is found out."""

    take: Callable[[Session, IntegrationId, str, datetime, timedelta], Claimed | None]
    record: Callable[[Session, Claimed, Outcome, Times, datetime], bool]
    look: Look


def take(
    session: Session, integration_id: IntegrationId, channel: str, now: datetime, lease: timedelta
) -> Claimed | None:
    """What a drain does."""
    delivery = claim.find_claimable(session, integration_id, channel, now=now)
    return None if delivery is None else claim.claim(session, delivery, now=now, lease=lease)


def record(session: Session, claimed: Claimed, outcome_: Outcome, times: Times, now: datetime) -> bool:
    """What a drain does."""
    return outcome.record(session, claimed, outcome_, times, now=now)


def take_the_newest(
    session: Session, integration_id: IntegrationId, channel: str, now: datetime, lease: timedelta
) -> Claimed | None:
    """Take whatever waits, the newest first; a reply whose card stands waits for nobody. Mixes up the order."""
    waiting = session.scalars(
        select(Delivery)
        .where(
            Delivery.integration_id == integration_id,
            Delivery.channel == channel,
            Delivery.state == DeliveryState.PENDING,
        )
        .order_by(Delivery.id.desc())
    )
    for delivery in waiting:
        card = None if delivery.follows_id is None else session.get_one(Delivery, delivery.follows_id)
        if card is None or card.state == DeliveryState.SENT:
            return claim.claim(session, _as_it_was_read(delivery), now=now, lease=lease)
    return None


def _as_it_was_read(delivery: Delivery) -> Waiting:
    assert delivery.integration_id is not None
    assert delivery.channel is not None
    return Waiting(
        id=delivery.id,
        kind=delivery.kind,
        integration_id=delivery.integration_id,
        channel=delivery.channel,
        fence=delivery.fence,
        first_dispatch_at=delivery.first_dispatch_at,
        thread_ts=delivery.thread_ts,
        follows_id=delivery.follows_id,
        expires_at=delivery.expires_at,
    )


def record_without_fence(session: Session, claimed: Claimed, outcome_: Outcome, times: Times, now: datetime) -> bool:
    """Believe every sender, however late it comes. Changes what was final."""
    if isinstance(outcome_, Sent):
        session.execute(
            update(Delivery).where(Delivery.id == claimed.id).values(state=DeliveryState.SENT, ts=outcome_.ts)
        )
        return True
    return outcome.record(session, claimed, outcome_, times, now=now)


RIGHT = Ports(take, record, reconcile)
