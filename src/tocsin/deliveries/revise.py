"""Revising: what was planned, or said, is said otherwise or taken back; planned as deliveries like everything else.

A revision waits in the thread behind what it revises, so it never comes before it, and two never overtake each other.
Doing it twice is doing it once, so nothing is lost by trying again.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select, update
from sqlalchemy.orm import Session

from tocsin.deliveries.in_threads import change_each, find_in_threads
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.plan import CARD, COMMENT, EDIT, REMOVAL, REPLY, Plan, plan_delivery
from tocsin.kernel.db import changed_rows
from tocsin.kernel.ids import DeliveryId
from tocsin.kernel.statement import is_among

OF = "of"
"""In the body of a revision: the delivery that it revises."""

WAITING = (DeliveryState.PENDING, DeliveryState.PARKED)
WITHDRAWN = "it was taken back before it was said"


def revise(session: Session, original: Delivery, body: dict[str, Any], *, expires_at: datetime, now: datetime) -> None:
    """Let `original` say `body` from now on: in what is about to be said where it was not said yet, else by an edit."""
    if _rewrite(session, Delivery.id == original.id, body) or original.state == DeliveryState.DEAD:
        return
    # Of edits that wait, only the last matters.
    if _rewrite(session, _edits_of(original), body | {OF: original.id}):
        return
    key = f"{original.id}:{_last_edit(session, original) + 1}"
    _plan(session, original, EDIT, key, body | {OF: original.id}, expires_at, now=now)


def withdraw(session: Session, original: Delivery, tombstone: dict[str, Any], *, now: datetime) -> None:
    """Take back what `original` says, or will say. `tombstone` is put there where the platform lets nothing be deleted.

    It has no age limit: what somebody took back is taken back, however late.
    """
    given_up = {"state": DeliveryState.DEAD, "reason": WITHDRAWN}
    session.execute(update(Delivery).where(_edits_of(original), _is_unsaid()).values(**given_up))
    withdrawn = changed_rows(
        session, update(Delivery).where(Delivery.id == original.id, _is_unsaid()).values(**given_up)
    )
    if withdrawn or original.state == DeliveryState.DEAD:
        return
    _plan(session, original, REMOVAL, str(original.id), tombstone | {OF: original.id}, None, now=now)


def call_off(session: Session, cards: Select[DeliveryId], *, but: str, reason: str) -> None:
    """Give up what is planned for the threads of `cards`, and cards that do not stand yet, unless they may stand.

    What changes a comment or takes it back goes on, and so do the replies whose natural key begins with `but`.
    """
    waiting = find_in_threads(session, cards, WAITING)
    is_told = and_(is_among(Delivery.kind, (CARD, REPLY, COMMENT)), ~Delivery.natural_key.startswith(but))
    change_each(session, waiting, is_told, _is_unsaid(), state=DeliveryState.DEAD, reason=reason)


def find_revised_ts(session: Session, body: dict[str, Any]) -> str | None:
    """The message that a revision is about; `None` when what it revises was never said."""
    original = session.get(Delivery, body[OF])
    return None if original is None else original.ts


def _rewrite(session: Session, which: ColumnElement[bool], body: dict[str, Any]) -> int:
    return changed_rows(session, update(Delivery).where(which, _is_unsaid()).values(body=body, frozen=None))


def _is_unsaid() -> ColumnElement[bool]:
    """SQL: whether it certainly does not stand in the channel, and nobody is saying it."""
    return and_(is_among(Delivery.state, WAITING), Delivery.was_uncertain.is_(False))


def _edits_of(original: Delivery) -> ColumnElement[bool]:
    """SQL: the edits of `original`. Its thread is named too, for that is what an index finds."""
    return and_(Delivery.follows_id == original.follows_id, Delivery.natural_key.startswith(f"{EDIT}:{original.id}:"))


def _last_edit(session: Session, original: Delivery) -> int:
    """The number of the newest edit; older ones are forgotten after a while, so counting them would not do."""
    keys = session.scalars(select(Delivery.natural_key).where(_edits_of(original)))
    return max((int(key.rpartition(":")[2]) for key in keys), default=0)


def _plan(
    session: Session,
    original: Delivery,
    kind: str,
    key: str,
    body: dict[str, Any],
    expires_at: datetime | None,
    *,
    now: datetime,
) -> None:
    assert original.integration_id is not None, "only what a chat was told is revised"
    plan = Plan(
        natural_key=f"{kind}:{key}",
        kind=kind,
        integration_id=original.integration_id,
        channel=original.channel,
        follows_id=original.follows_id,
        body=body,
        expires_at=expires_at,
    )
    plan_delivery(session, plan, now=now)
