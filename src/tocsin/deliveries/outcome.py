"""Outcomes: what became of a try, as values, and the one function that writes them down."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, update
from sqlalchemy.orm import Session

from tocsin.deliveries.claim import Taken
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.kernel.db import changed_rows

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
    changed = changed_rows(
        session,
        update(Delivery)
        .where(Delivery.id == claimed.id, Delivery.fence == claimed.fence, Delivery.state == DeliveryState.SENDING)
        .values(lease_until=None, **_columns(outcome, times, now)),
    )
    if changed == 0 and isinstance(outcome, (Sent, Uncertain)):
        session.execute(
            update(Delivery)
            .where(Delivery.id == claimed.id, Delivery.state == DeliveryState.SENT)
            .values(sweeps=0, sweep_at=now + times.sweep)
        )
    return changed == 1


def _columns(outcome: Outcome, times: Times, now: datetime) -> dict[str, object]:
    match outcome:
        case Sent(ts):
            # Only a delivery whose fate was once unknown can stand there twice: only that one is looked for again.
            can_stand_twice = Delivery.was_uncertain & Delivery.integration_id.is_not(None)  # nobody sweeps mailboxes
            sweep_at = case((can_stand_twice, now + times.sweep), else_=None)
            said = {"state": DeliveryState.SENT, "ts": ts, "sent_at": now, "sealed": None}
            return {**said, "reason": None, "sweep_at": sweep_at}
        case Uncertain(reason):
            return {
                "state": DeliveryState.UNCERTAIN,
                "reason": reason[:200],
                "was_uncertain": True,
                "not_before": now + times.settle,
            }
        case TryAgain(not_before, reason, counts):
            tries = {} if counts else {"attempts": Delivery.attempts - 1}
            return {"state": DeliveryState.PENDING, "reason": reason[:200], "not_before": not_before, **tries}
        case Parked(reason):
            return {"state": DeliveryState.PARKED, "reason": reason[:200]}
        case Dead(reason):
            return {"state": DeliveryState.DEAD, "reason": reason[:200], "sealed": None}
