"""Forgetting what was said long ago: the messages stay where they stand, only what is kept of their sending goes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.orm import Session

from tocsin.deliveries.mail import MAIL
from tocsin.deliveries.models import FINAL_STATES, Delivery, DeliveryState
from tocsin.deliveries.plan import EDIT, NOTICE, REMOVAL, REPLY, TEST
from tocsin.kernel.ids import DeliveryId

KEPT = timedelta(days=120)
"""Longer than a thread is answered, so that nothing is forgotten that could be asked for."""
FORGOTTEN = (REPLY, TEST, NOTICE, EDIT, REMOVAL, MAIL)
"""Cards are redrawn, and comments taken back, by what is kept of them; they stay as long as their issue."""


def find_forgettable(session: Session, *, now: datetime, limit: int) -> Sequence[DeliveryId]:
    """Deliveries whose fate was settled long ago, oldest first."""
    return session.scalars(
        select(Delivery.id)
        .where(
            Delivery.kind.in_(FORGOTTEN),
            Delivery.state.in_(FINAL_STATES),
            Delivery.sweep_at.is_(None),
            Delivery.created_at < now - KEPT,
        )
        .order_by(Delivery.id)
        .limit(limit)
    ).all()


def forget_words(session: Session, cards: Select[DeliveryId]) -> None:
    """Keep of what `cards` and their threads said that it was said, and not what, as soon as nobody looks for it."""
    in_threads = or_(Delivery.id.in_(cards), Delivery.follows_id.in_(cards))
    is_settled = (Delivery.state.in_((DeliveryState.SENT, DeliveryState.FOLDED)), Delivery.sweep_at.is_(None))
    session.execute(update(Delivery).where(in_threads, *is_settled).values(body={}, frozen=None))


def forget(session: Session, delivery_ids: Sequence[DeliveryId]) -> None:
    """Delete what is kept of these deliveries."""
    session.execute(delete(Delivery).where(Delivery.id.in_(delivery_ids)))
