"""The figures of deliveries: what tries came to, how long people waited, and what waits now."""

from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tocsin.deliveries.claim import UNSETTLED, Taken
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.outcome import Dead, Outcome, Parked, Sent, TryAgain, Uncertain
from tocsin.kernel.metrics import REGISTRY

OUTCOMES: dict[type[Outcome], str] = {
    Sent: "sent",
    Uncertain: "uncertain",
    TryAgain: "try_again",
    Parked: "parked",
    Dead: "dead",
}
WAITING_STATES = (*UNSETTLED, DeliveryState.PARKED)

TRIES = Counter("tocsin_delivery_tries", "Tries to send a delivery.", ["kind", "outcome"], registry=REGISTRY)
SECONDS = Histogram(
    "tocsin_delivery_seconds",
    "From planned to known to be sent.",
    ["kind"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 600, 3600, 86400),
    registry=REGISTRY,
)
LOOKS = Counter("tocsin_delivery_looks", "Looks for uncertain deliveries in Slack.", ["outcome"], registry=REGISTRY)
DUPLICATES_DELETED = Counter(
    "tocsin_delivery_duplicates_deleted", "Messages taken back since they stood there twice.", registry=REGISTRY
)
EXPIRED = Counter("tocsin_deliveries_expired", "Deliveries that died of age.", registry=REGISTRY)
WAITING = Gauge("tocsin_deliveries_waiting", "Deliveries that are not settled.", ["state"], registry=REGISTRY)
OLDEST = Gauge("tocsin_deliveries_oldest_seconds", "Age of the oldest unsettled one.", ["state"], registry=REGISTRY)


def count_try(claimed: Taken, outcome: Outcome, *, now: datetime) -> None:
    """Count one call and, when it was said, how long it took since it was planned; after the COMMIT that records it."""
    TRIES.labels(claimed.kind, OUTCOMES[type(outcome)]).inc()
    if isinstance(outcome, Sent):
        observe_sent(claimed.kind, claimed.planned_at, now=now)


def observe_sent(kind: str, planned_at: datetime, *, now: datetime) -> None:
    """A delivery that was planned at `planned_at` is now known to stand where it should."""
    SECONDS.labels(kind).observe(max(0.0, (now - planned_at).total_seconds()))


def measure_waiting(session: Session, *, now: datetime) -> None:
    """Set what waits now, state by state, from the table itself: every process tells the same figures."""
    rows = session.execute(
        select(Delivery.state, func.count(), func.min(Delivery.created_at))
        .where(Delivery.state.in_(WAITING_STATES))
        .group_by(Delivery.state)
    )
    found = {DeliveryState(state): (count, (now - oldest).total_seconds()) for state, count, oldest in rows}
    for state in WAITING_STATES:
        count, age = found.get(state, (0, 0.0))
        WAITING.labels(state).set(count)
        OLDEST.labels(state).set(max(0.0, age))


def forget_waiting() -> None:
    """The table could not be read: what waits is unknown, which is not the same as nothing."""
    for state in WAITING_STATES:
        WAITING.labels(state).set(float("nan"))
        OLDEST.labels(state).set(float("nan"))
