"""Health of places: which channels take nothing, and when one of them is tried again.

A broken place gets no call but one probe every five minutes: the oldest delivery that is parked there. A probe that
goes through mends the place, and what is parked follows, unless it has grown too old.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Update, delete, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tocsin.deliveries.models import BrokenPlace, Delivery, DeliveryState
from tocsin.deliveries.parking import unpark_place
from tocsin.deliveries.recovery import Place
from tocsin.kernel.db import changed_rows
from tocsin.kernel.ids import IntegrationId

PROBE_EVERY = timedelta(minutes=5)


def mark_place_broken(session: Session, place: Place, reason: str, *, now: datetime) -> bool:
    """The place refused with a lasting `reason`; answers whether that is news, so that people are told once a break."""
    integration_id, channel = place
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = {"reason": reason[:200], "since": now, "probe_at": now + PROBE_EVERY}
    made = dialect.insert(BrokenPlace).values(integration_id=integration_id, channel=channel, **row)
    if session.execute(made.on_conflict_do_nothing().returning(BrokenPlace.since)).first() is not None:
        return True
    session.execute(_of(place).values(reason=reason[:200], probe_at=now + PROBE_EVERY))
    return False


def mend_place(session: Session, place: Place) -> bool:
    """Something went through: the place is whole, and what was parked there is due again. False when it was whole."""
    integration_id, channel = place
    mended = delete(BrokenPlace).where(BrokenPlace.integration_id == integration_id, BrokenPlace.channel == channel)
    if changed_rows(session, mended) == 0:
        return False
    unpark_place(session, place)
    return True


def lock_broken_place(session: Session, place: Place) -> BrokenPlace | None:
    """The break of `place` as it is now; whoever wants a probe of it waits until this transaction ends."""
    return session.get(BrokenPlace, place, with_for_update=True, populate_existing=True)


def put_off_probe(session: Session, place: Place, *, now: datetime) -> None:
    """A probe would be in vain for now, since the whole workspace takes no calls."""
    session.execute(_of(place).values(probe_at=now + PROBE_EVERY))


def probe_now(session: Session, place: Place, *, now: datetime) -> bool:
    """Somebody says that the place is mended: what is parked there is tried at once. False when it was whole."""
    if changed_rows(session, _of(place).values(probe_at=now)) == 0:
        return False
    unpark_place(session, place)
    return True


def probe_workspace_now(session: Session, integration_id: IntegrationId, *, now: datetime) -> None:
    """The workspace works again, and perhaps its broken channels do: what is unparked in them is tried at once."""
    session.execute(update(BrokenPlace).where(BrokenPlace.integration_id == integration_id).values(probe_at=now))


def find_places_to_probe(session: Session, *, now: datetime) -> list[Place]:
    """Broken places whose next probe is due, and in which something waits to be it."""
    parked = exists().where(
        Delivery.state == DeliveryState.PARKED,
        Delivery.integration_id == BrokenPlace.integration_id,
        func.coalesce(Delivery.channel, Delivery.recipient) == BrokenPlace.channel,
        or_(Delivery.expires_at.is_(None), Delivery.expires_at > now),
    )
    rows = session.execute(
        select(BrokenPlace.integration_id, BrokenPlace.channel).where(BrokenPlace.probe_at <= now, parked)
    )
    return [(integration_id, channel) for integration_id, channel in rows]


def list_broken_places(session: Session, integration_ids: Sequence[IntegrationId]) -> Sequence[BrokenPlace]:
    """The broken places of these workspaces, the one that broke last first."""
    return session.scalars(
        select(BrokenPlace)
        .where(BrokenPlace.integration_id.in_(integration_ids))
        .order_by(BrokenPlace.since.desc(), BrokenPlace.channel)
    ).all()


def _of(place: Place) -> Update:
    integration_id, channel = place
    return update(BrokenPlace).where(BrokenPlace.integration_id == integration_id, BrokenPlace.channel == channel)
