"""What was planned, or said, in the threads of some cards."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.kernel.db import table_of
from tocsin.kernel.ids import DeliveryId


def find_in_threads(
    session: Session, cards: Select[DeliveryId], states: Collection[DeliveryState]
) -> Sequence[DeliveryId]:
    """`cards`, and what stands or waits in their threads, as far as it is in one of `states`."""
    each = find_each_in_threads(session, cards, Delivery.state)
    return [delivery_id for delivery_id, state in each if state in states]


def find_each_in_threads(
    session: Session, cards: Select[DeliveryId], *columns: InstrumentedAttribute[Any] | ColumnElement[Any]
) -> list[tuple[Any, ...]]:
    """Of `cards`, and of all that stands or waits in their threads: the id and these columns."""
    # States are looked at by the caller: SQLite keeps no statistics, and given them it would search their index, or
    # that of the sweeps, and read most of the deliveries that there are, where the threads of one issue have dozens.
    ids = session.scalars(cards).all()
    wanted = select(Delivery.id, *columns)
    return [
        *session.execute(wanted.where(Delivery.id.in_(ids))),
        *session.execute(wanted.where(Delivery.follows_id.in_(ids))),
    ]


def change_each(
    session: Session, delivery_ids: Sequence[DeliveryId], *still: ColumnElement[bool], **values: object
) -> None:
    """Set `values` on those of the deliveries of which `still` is true."""
    table = table_of(Delivery)
    each = update(table).where(table.c.id == bindparam("of_id"), *still).values(**values)
    if delivery_ids:
        session.connection().execute(each, [{"of_id": delivery_id} for delivery_id in delivery_ids])
