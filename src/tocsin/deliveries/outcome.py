"""Outcomes: what became of a try, as values, and the one function that writes them down."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import bindparam, case, update
from sqlalchemy.orm import Session

from tocsin.deliveries.claim import Taken
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.kernel.db import UtcDateTime, table_of
from tocsin.kernel.statement import Statement

DELIVERIES = table_of(Delivery)

SWEEPS = 4
"""A delivery that was ever uncertain is looked for this often after it was said, each time a little later."""


@dataclass(frozen=True, slots=True)
class Sent:
    """It stands in the channel under `ts`; a mail has none, nor has what only changed another message."""

    ts: str | None


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Nobody knows whether it stands there; a look after the settle time tells."""

    reason: str


@dataclass(frozen=True, slots=True)
class TryAgain:
    """It certainly does not stand there; it may be tried again at `not_before`."""

    not_before: datetime
    reason: str
    counts: bool = True
    """Whether this was a try of ours: being told to slow down is not."""


@dataclass(frozen=True, slots=True)
class Parked:
    """The place does not take it now; somebody has to do something, which `reason` names."""

    reason: str


@dataclass(frozen=True, slots=True)
class Dead:
    """It will never be said."""

    reason: str


Outcome = Sent | Uncertain | TryAgain | Parked | Dead


@dataclass(frozen=True, slots=True)
class Times:
    """How long to wait: before looking (`settle`), for a silent sender (`lease`), between sweeps (`sweep`)."""

    settle: timedelta
    lease: timedelta
    sweep: timedelta


def record(session: Session, claimed: Taken, outcome: Outcome, times: Times, *, now: datetime) -> bool:
    """Write down what became of the try; false when the claim was no longer ours, and no state was changed.

    A sender that slept past its claim may just have said what somebody else has said in its place. Then the sweeps of
    that delivery begin anew, however long ago they ended.
    """
    ours = {"of_id": claimed.id, "of_fence": claimed.fence}
    changed = _recording(type(outcome)).change(session, {**ours, **_parameters(outcome, times, now)})
    if changed == 0 and isinstance(outcome, (Sent, Uncertain)):
        session.execute(
            update(Delivery)
            .where(Delivery.id == claimed.id, Delivery.state == DeliveryState.SENT)
            .values(sweeps=0, sweep_at=now + times.sweep)
        )
    return changed == 1


@cache
def _recording(kind: type[Outcome]) -> Statement:
    of = DELIVERIES.c
    ours = (of.id == bindparam("of_id"), of.fence == bindparam("of_fence"), of.state == DeliveryState.SENDING)
    return Statement(update(DELIVERIES).where(*ours).values(lease_until=None, **_columns(kind)))


def _columns(kind: type[Outcome]) -> dict[str, object]:
    of, why = DELIVERIES.c, bindparam("why")
    # Only a delivery whose fate was once unknown can stand there twice: only that one is looked for again.
    can_stand_twice = of.was_uncertain & of.integration_id.is_not(None)  # nobody sweeps mailboxes
    sweep_at = case((can_stand_twice, bindparam("sweep_next", type_=UtcDateTime())), else_=None)
    said = {"ts": bindparam("said_as"), "sent_at": bindparam("now"), "sealed": None, "sweep_at": sweep_at}
    columns: dict[type[Outcome], dict[str, object]] = {
        Sent: {"state": DeliveryState.SENT, "reason": None, **said},
        Uncertain: {
            "state": DeliveryState.UNCERTAIN,
            "reason": why,
            "was_uncertain": True,
            "not_before": bindparam("look_at"),
        },
        TryAgain: {
            "state": DeliveryState.PENDING,
            "reason": why,
            "not_before": bindparam("again_at"),
            "attempts": of.attempts - bindparam("tries_off"),
        },
        Parked: {"state": DeliveryState.PARKED, "reason": why},
        Dead: {"state": DeliveryState.DEAD, "reason": why, "sealed": None},
    }
    return columns[kind]


def _parameters(outcome: Outcome, times: Times, now: datetime) -> dict[str, object]:
    match outcome:
        case Sent(ts):
            return {"said_as": ts, "now": now, "sweep_next": now + times.sweep}
        case Uncertain(reason):
            return {"why": reason[:200], "look_at": now + times.settle}
        case TryAgain(not_before, reason, counts):
            return {"why": reason[:200], "again_at": not_before, "tries_off": 0 if counts else 1}
        case Parked(reason) | Dead(reason):
            return {"why": reason[:200]}
