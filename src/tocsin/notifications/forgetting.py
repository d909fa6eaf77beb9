"""Forgetting firings: one that opened a card stays with it, of the others people are shown the last ones only."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from tocsin.kernel.ids import FiringId
from tocsin.notifications.models import ParentNotification
from tocsin.rules.models import Firing

KEPT = timedelta(days=120)


def find_past_firings(session: Session, *, now: datetime, limit: int) -> Sequence[FiringId]:
    """Old firings that opened no card."""
    has_card = exists().where(ParentNotification.firing_id == Firing.id)
    past = select(Firing.id).where(Firing.fired_at < now - KEPT, ~has_card)
    return session.scalars(past.order_by(Firing.id).limit(limit)).all()


def forget_past_firings(session: Session, firing_ids: Sequence[FiringId]) -> None:
    """Delete these firings."""
    session.execute(delete(Firing).where(Firing.id.in_(firing_ids)))
