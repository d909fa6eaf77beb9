"""Forgetting what was said long ago: the messages stay where they stand, only what is kept of their sending goes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, Text, and_, cast, delete, or_, select
from sqlalchemy.orm import Session

from tocsin.deliveries.in_threads import change_each, find_each_in_threads
from tocsin.deliveries.mail import MAIL
from tocsin.deliveries.models import FINAL_STATES, Delivery
from tocsin.deliveries.plan import EDIT, NOTICE, REMOVAL, REPLY, TEST
from tocsin.kernel.ids import DeliveryId
from tocsin.kernel.statement import is_among

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


def forget_words(session: Session, cards: Select[DeliveryId], *, but: str) -> bool:
    """Of what `cards` and their threads said, or gave up saying, keep that it was and not what.

    What is still to be said, or looked for in Slack, keeps its words until that is settled: false while there is any,
    and then this is to be called again. Replies whose natural key begins with `but` are not waited for, nor are
    removals: they never had words of the issue.
    """
    settled = and_(is_among(Delivery.state, FINAL_STATES), Delivery.sweep_at.is_(None))
    has_words = or_(Delivery.frozen.is_not(None), cast(Delivery.body, Text) != "{}")
    is_awaited = and_(Delivery.kind != REMOVAL, ~Delivery.natural_key.startswith(but))
    keeping = find_each_in_threads(session, cards, settled, has_words, is_awaited)
    forgettable = [delivery_id for delivery_id, is_settled, may_have, _ in keeping if is_settled and may_have]
    change_each(session, forgettable, settled, body={}, frozen=None)
    return not any(may_have and awaited and not is_settled for _, is_settled, may_have, awaited in keeping)


def forget(session: Session, delivery_ids: Sequence[DeliveryId]) -> None:
    """Delete what is kept of these deliveries."""
    session.execute(delete(Delivery).where(Delivery.id.in_(delivery_ids)))
