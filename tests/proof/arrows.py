"""Owns what must be true of every delivery at any moment: the arrows between its states, and what each state needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.deliveries import recovery
from tocsin.deliveries.claim import UNSETTLED
from tocsin.deliveries.models import FINAL_STATES, Delivery, DeliveryState
from tocsin.kernel.ids import IntegrationId

PENDING, SENDING, SENT, UNCERTAIN, PARKED, DEAD, FOLDED = DeliveryState

ARROWS: dict[DeliveryState, tuple[DeliveryState, ...]] = {
    PENDING: (SENDING, PARKED, DEAD, FOLDED),
    SENDING: (SENT, UNCERTAIN, PENDING, PARKED, DEAD),
    UNCERTAIN: (SENT, PENDING, DEAD),
    PARKED: (PENDING, DEAD),
    SENT: (),
    DEAD: (),
    FOLDED: (),
}
"""From each state, where a delivery may go. An uncertain one is neither parked nor buried by age: it may stand."""


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery as the table has it."""

    id: int
    natural_key: str
    integration_id: IntegrationId
    channel: str
    state: DeliveryState
    reason: str | None
    fence: int
    attempts: int
    ts: str | None
    thread_ts: str | None
    follows_id: int | None
    folded_into: int | None
    was_uncertain: bool
    lease_until: datetime | None
    not_before: datetime | None
    expires_at: datetime | None

    @property
    def story(self) -> int:
        """The number of its story."""
        return int(self.natural_key.partition(".")[0])


def read_rows(session: Session) -> dict[int, Row]:
    """Every delivery, by id."""
    columns = [getattr(Delivery, name) for name in Row.__dataclass_fields__]
    return {row.id: Row(*row) for row in session.execute(select(*columns).order_by(Delivery.id))}


def check_step(before: Row | None, after: Row) -> None:
    """One thing has happened: at most one arrow was taken, and time has only gone forward."""
    if before is None:
        assert after.state == PENDING, f"a new delivery is {after.state}"
        return
    check_final(before, after)
    assert after.state in (before.state, *ARROWS[before.state]), f"{before.state} became {after.state}"
    assert after.fence >= before.fence, "a fence fell"
    assert before.thread_ts in (None, after.thread_ts), "a delivery has moved to another thread"


def check_final(before: Row, after: Row) -> None:
    """What was final stays what it was."""
    if before.state in FINAL_STATES:
        was = (before.state, before.ts, before.folded_into, before.reason)
        assert (after.state, after.ts, after.folded_into, after.reason) == was, f"what was {before.state} has changed"


def check_state(row: Row) -> None:
    """What each state needs to be left again, or to be understood."""
    needs = {
        SENDING: row.lease_until,
        UNCERTAIN: row.not_before if row.was_uncertain else None,
        SENT: row.ts,
        PARKED: row.reason,
        DEAD: row.reason,
        FOLDED: row.folded_into,
        PENDING: True,
    }
    assert needs[row.state], f"{row.natural_key} is {row.state} without what that needs"
    assert row.attempts >= 0, "more tries were taken back than were made"


def check_due(session: Session, rows: Mapping[int, Row], *, now: datetime) -> None:
    """Whatever may go on is found by the catch-up, now or at a moment that its row says; and nothing else is."""
    drained = set(recovery.find_places_to_drain(session, now=now))
    looked_at = set(recovery.find_places_to_look(session, now=now))
    mended = recovery.needs_mending(session, now=now)
    wanted = {(row.integration_id, row.channel) for row in rows.values() if _has_its_turn(row, rows, now=now)}
    assert wanted <= drained, f"something is due in {wanted - drained}, and nobody will send it"
    assert drained <= wanted, f"a run is wanted in {drained - wanted}, where it would find nothing to do"
    for row in rows.values():
        place = (row.integration_id, row.channel)
        match row.state:
            case DeliveryState.UNCERTAIN if row.not_before is not None and row.not_before <= now:
                assert place in looked_at, f"{row.natural_key} is due, and nobody will look for it"
            case DeliveryState.SENDING if row.lease_until is not None and row.lease_until < now:
                assert mended, f"the sender of {row.natural_key} fell silent, and nobody notices"
            case _:
                pass


def _has_its_turn(row: Row, rows: Mapping[int, Row], *, now: datetime) -> bool:
    """Whether a drain could do something about `row` at this moment: send it, or bury it with its card."""
    if row.state != DeliveryState.PENDING:
        return False
    card = None if row.follows_id is None else rows[row.follows_id]
    if card is not None and card.state == DeliveryState.DEAD:
        return True
    if (row.not_before is not None and row.not_before > now) or (row.expires_at is not None and row.expires_at <= now):
        return False
    if card is None:
        return True
    earlier = (each for each in rows.values() if each.follows_id == row.follows_id and each.id < row.id)
    return card.state == DeliveryState.SENT and all(each.state not in UNSETTLED for each in earlier)
