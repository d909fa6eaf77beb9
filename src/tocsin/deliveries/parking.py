"""Parking: deliveries whose place takes nothing for now wait where people can see them, and go on when it is mended."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, update
from sqlalchemy.orm import Session

from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.plan import DELIVERY
from tocsin.deliveries.recovery import Place
from tocsin.kernel import work
from tocsin.kernel.db import changed_rows
from tocsin.kernel.ids import IntegrationId


def park_place(session: Session, place: Place, reason: str) -> None:
    """Park everything that waits in one place."""
    integration_id, where = place
    session.execute(
        update(Delivery)
        .where(
            Delivery.integration_id == integration_id,
            func.coalesce(Delivery.channel, Delivery.recipient) == where,
            Delivery.state == DeliveryState.PENDING,
        )
        .values(state=DeliveryState.PARKED, reason=reason[:200])
    )


def unpark_place(session: Session, place: Place) -> int:
    """What is parked in one place is due again. Returns how many; the old die by their age."""
    integration_id, where = place
    return _unpark(
        session,
        Delivery.integration_id == integration_id,
        func.coalesce(Delivery.channel, Delivery.recipient) == where,
    )


def unpark_workspace(session: Session, integration_id: IntegrationId) -> int:
    """The workspace works again: what was parked in it is due again. Returns how many; the old die by their age."""
    return _unpark(session, Delivery.integration_id == integration_id)


def _unpark(session: Session, *where: ColumnElement[bool]) -> int:
    parked = (
        update(Delivery)
        .where(*where, Delivery.state == DeliveryState.PARKED)
        .values(state=DeliveryState.PENDING, reason=None, not_before=None)
        .returning(Delivery.id)
    )
    unparked = session.scalars(parked, execution_options={"synchronize_session": False}).all()
    for delivery_id in unparked:
        work.ask(session, DELIVERY, delivery_id)
    return len(unparked)


def make_due(session: Session, delivery: Delivery, *, expires_at: datetime) -> bool:
    """Let one delivery that is parked, or died, be said after all; false when it is neither any more."""
    changed = changed_rows(
        session,
        update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.state.in_((DeliveryState.PARKED, DeliveryState.DEAD)))
        .values(state=DeliveryState.PENDING, reason=None, not_before=None, expires_at=expires_at),
    )
    if changed == 1:
        work.ask(session, DELIVERY, delivery.id)
    return changed == 1
