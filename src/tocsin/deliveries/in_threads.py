"""What was planned, or said, in the threads of some cards."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, bindparam, select, update
from sqlalchemy.orm import Session

from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.kernel.db import table_of
from tocsin.kernel.ids import DeliveryId


def find_in_threads(
    session: Session, cards: Select[DeliveryId], states: Collection[DeliveryState]
) -> Sequence[DeliveryId]:
    """`cards`, and what stands or waits in their threads, as far as it is in one of `states`."""
    # The states are looked at here: SQLite keeps no statistics, and given them it would search their index, or that of
    # the sweeps, and read most of the deliveries that there are, where the threads of one issue have some dozens.
    ids = session.scalars(cards).all()
    columns = select(Delivery.id, Delivery.state)
    rows = [
        *session.execute(columns.where(Delivery.id.in_(ids))),
        *session.execute(columns.where(Delivery.follows_id.in_(ids))),
    ]
    return [delivery_id for delivery_id, state in rows if state in states]


def change_each(
    session: Session, delivery_ids: Sequence[DeliveryId], *still: ColumnElement[bool], **values: object
) -> None:
    """Set `values` on those of the deliveries of which `still` is true."""
    table = table_of(Delivery)
    each = update(table).where(table.c.id == bindparam("of_id"), *still).values(**values)
    if delivery_ids:
        session.connection().execute(each, [{"of_id": delivery_id} for delivery_id in delivery_ids])
