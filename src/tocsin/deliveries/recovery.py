"""Recovery: what a crash, a silent sender or old age leaves behind, found in the table itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, Update, bindparam, case, func, or_, select, update
from sqlalchemy.orm import Session

from tocsin.deliveries.claim import is_orphan, may_go
from tocsin.deliveries.mail import MAIL
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.outcome import SWEEPS, Times
from tocsin.deliveries.plan import DELIVERY
from tocsin.kernel import work
from tocsin.kernel.db import UtcDateTime, changed_rows, table_of
from tocsin.kernel.ids import DeliveryId, IntegrationId

DELIVERIES = table_of(Delivery)

Place = tuple[IntegrationId, str]
"""A workspace and a channel (or, before its direct message is open, a person)."""

TOO_OLD = "too old: it could not be sent in time"

MAYBE_SENT = "maybe sent: "
"""How the reason begins of a delivery into whose place nobody can look."""

DELETED = "it was deleted in Slack before it was known to stand there"

RECHECK = timedelta(seconds=15)
"""How long an uncertain delivery waits for the next look when this one could not be taken."""


def needs_mending(session: Session, *, now: datetime) -> bool:
    """Whether a sender fell silent, or something waiting grew too old: asked every second, so it only reads."""
    return session.scalar(_in_need_of_mending(), {"now": now}) is not None


@cache
def _in_need_of_mending() -> Select[DeliveryId]:
    now = bindparam("now")
    silent = (Delivery.state == DeliveryState.SENDING) & (Delivery.lease_until < now)
    return select(Delivery.id).where(silent | _is_too_old(now)).limit(1)


def give_up_silent_senders(session: Session, times: Times, *, now: datetime) -> int:
    """A sender whose lease ran out may have sent: its delivery is uncertain, counted from when it was dispatched."""
    silent = session.execute(
        select(Delivery.id, func.coalesce(Delivery.last_dispatch_at, now)).where(
            Delivery.state == DeliveryState.SENDING, Delivery.lease_until < now
        )
    ).all()
    for delivery_id, dispatched in silent:
        session.execute(
            update(Delivery)
            .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.SENDING, Delivery.lease_until < now)
            .values(
                state=DeliveryState.UNCERTAIN,
                fence=Delivery.fence + 1,
                was_uncertain=True,
                reason="the sender fell silent",
                lease_until=None,
                not_before=max(now, dispatched + times.settle),
            )
        )
    return len(silent)


def bury_the_old(session: Session, *, now: datetime) -> int:
    """What was never sent, or nobody can find out about, and is too old to be of use dies, visibly."""
    return changed_rows(
        session,
        update(Delivery).where(_is_too_old(now)).values(state=DeliveryState.DEAD, reason=TOO_OLD, sealed=None),
    )


def _is_too_old(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """A mail is never looked for, so unlike a message in Slack it does not stay uncertain beyond its age."""
    waits = Delivery.state.in_((DeliveryState.PENDING, DeliveryState.PARKED))
    in_doubt = (Delivery.platform == MAIL) & (Delivery.state == DeliveryState.UNCERTAIN)
    return (waits | in_doubt) & (Delivery.expires_at <= now)


def find_places_to_drain(session: Session, *, now: datetime) -> list[Place]:
    """Every place where a delivery may go now, or must die with its card; the drain itself knows the pace.

    Replies that only wait for what is uncertain or parked ask for no run: it would find nothing to do, each second.
    """
    rows = session.execute(_places_to_drain(), {"now": now})
    return [(integration_id, where) for integration_id, where in rows if integration_id is not None]


@cache
def _places_to_drain() -> Select[IntegrationId | None, str]:
    return (
        select(Delivery.integration_id, func.coalesce(Delivery.channel, Delivery.recipient))
        .where(
            Delivery.integration_id.is_not(None),  # mail has a drain of its own
            or_(may_go(bindparam("now")), is_orphan()),
        )
        .distinct()
    )


def find_places_to_look(session: Session, *, now: datetime) -> list[Place]:
    """Every channel with an uncertain delivery past its settle time, or one to be swept for duplicates."""
    rows = session.execute(_places_to_look(), {"now": now})
    return [(integration_id, channel) for integration_id, channel in rows if integration_id and channel]


@cache
def _places_to_look() -> Select[IntegrationId | None, str | None]:
    return (
        select(Delivery.integration_id, Delivery.channel)
        .where(
            Delivery.integration_id.is_not(None),  # nobody can look into a mailbox
            _must_be_looked_for(bindparam("now")),
        )
        .distinct()
    )


def _must_be_looked_for(now: BindParameter[datetime]) -> ColumnElement[bool]:
    is_uncertain = (Delivery.state == DeliveryState.UNCERTAIN) & (Delivery.not_before <= now)
    return is_uncertain | ((Delivery.state == DeliveryState.SENT) & (Delivery.sweep_at <= now))


@dataclass(frozen=True, slots=True)
class Suspect:
    """A delivery to look for: where it may stand, since when, and what it was under which fence.

    What a look found out is true of that fence only. A looker that sleeps while others settle the same delivery and
    say it again must not settle the new try by what it saw of the old one.
    """

    id: DeliveryId
    state: DeliveryState
    fence: int
    thread_ts: str | None
    ts: str | None
    first_dispatch_at: datetime
    kind: str
    planned_at: datetime


def find_suspects(session: Session, place: Place, *, now: datetime) -> list[Suspect]:
    """The deliveries of one channel that a look may settle or sweep now, oldest first."""
    integration_id, channel = place
    of_place = {"of_integration_id": integration_id, "of_channel": channel}
    rows = session.execute(_suspects(), {**of_place, "now": now})
    return [Suspect(*row) for row in rows]


@cache
def _suspects() -> Select[*tuple[Any, ...]]:
    now = bindparam("now", type_=UtcDateTime())
    return (
        select(
            Delivery.id,
            Delivery.state,
            Delivery.fence,
            Delivery.thread_ts,
            Delivery.ts,
            func.coalesce(Delivery.first_dispatch_at, now),
            Delivery.kind,
            Delivery.created_at,
        )
        .where(
            Delivery.integration_id == bindparam("of_integration_id"),
            Delivery.channel == bindparam("of_channel"),
            _must_be_looked_for(now),
        )
        .order_by(Delivery.id)
    )


def find_deleted(session: Session, suspects: Sequence[Suspect]) -> dict[DeliveryId, str]:
    """For those of which Slack told that a message was deleted: the ts of the newest such message."""
    noted = select(Delivery.id, Delivery.deleted_ts).where(
        Delivery.id.in_([suspect.id for suspect in suspects]), Delivery.deleted_ts.is_not(None)
    )
    return {delivery_id: ts for delivery_id, ts in session.execute(noted) if ts is not None}


def settle_found(session: Session, suspect: Suspect, ts: str, times: Times, *, now: datetime) -> None:
    """It does stand in the channel, under `ts`; look again later for a second one that arrives late."""
    session.execute(
        _still_uncertain(suspect).values(
            state=DeliveryState.SENT, ts=ts, sent_at=now, reason=None, not_before=None, sweep_at=now + times.sweep
        )
    )


def settle_missing(session: Session, suspect: Suspect) -> None:
    """It does not stand there: it may be sent again, under its old place in the order."""
    session.execute(_still_uncertain(suspect).values(state=DeliveryState.PENDING, not_before=None))
    work.ask(session, DELIVERY, suspect.id)


def settle_dead(session: Session, suspect: Suspect, reason: str) -> None:
    """Tocsin will not say it any more: its thread is gone, it was deleted, or nobody can find out whether it stands."""
    session.execute(_still_uncertain(suspect).values(state=DeliveryState.DEAD, reason=reason[:200], not_before=None))


def _still_uncertain(suspect: Suspect) -> Update:
    return update(Delivery).where(
        Delivery.id == suspect.id, Delivery.state == DeliveryState.UNCERTAIN, Delivery.fence == suspect.fence
    )


def settle_later(
    session: Session, suspects: Sequence[Suspect], reason: str, *, now: datetime, wait: timedelta = RECHECK
) -> None:
    """The look could not be taken; nothing is known, so nothing is said again."""
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_([suspect.id for suspect in suspects]), Delivery.state == DeliveryState.UNCERTAIN)
        .values(not_before=now + wait, reason=reason[:200])
    )
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_([suspect.id for suspect in suspects]), Delivery.state == DeliveryState.SENT)
        .values(sweep_at=now + wait)
    )


def swept(session: Session, suspect: Suspect, times: Times, *, now: datetime) -> None:
    """A look for duplicates of a sent delivery was taken; the next is due later, or there is none any more."""
    session.execute(_sweeping(), {"of_id": suspect.id, "next_at": now + times.sweep})


@cache
def _sweeping() -> Update:
    sweeps = DELIVERIES.c.sweeps + 1
    return (
        update(DELIVERIES)
        .where(DELIVERIES.c.id == bindparam("of_id"), DELIVERIES.c.state == DeliveryState.SENT)
        .values(sweeps=sweeps, sweep_at=case((sweeps >= SWEEPS, None), else_=bindparam("next_at", type_=UtcDateTime())))
    )
