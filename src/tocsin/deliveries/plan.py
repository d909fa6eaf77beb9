"""Planning: writing down what is to be said, in the transaction that gives the reason to say it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.kernel import work
from tocsin.kernel.db import table_of
from tocsin.kernel.ids import DeliveryId, IntegrationId
from tocsin.kernel.statement import Statement

DELIVERY = "delivery"
"""The kind of work that a planned delivery asks for."""

CARD = "card"
REPLY = "reply"
COMMENT = "comment"
"""A reply that quotes a person: it keeps a message of its own, since they may change it or take it back."""
EDIT = "edit"
REMOVAL = "removal"
REVISIONS = frozenset({EDIT, REMOVAL})
"""They change or take away what another delivery said (`revise`)."""
NOTICE = "notice"
"""A direct message to one person, e.g. that their identity was linked."""
NOTICE_LIFETIME = timedelta(days=1)
"""What could not be said to a person for so long would rather confuse; what they need to know stands on pages, too."""
TEST = "test"
"""A message that tries a rule: it goes the way of a card and is about no issue."""


AT_FIRST = {"fence": 0, "attempts": 0, "was_uncertain": False, "sweeps": 0}
"""What is so of every delivery when it is planned."""

_PLAN = Statement(
    insert(table_of(Delivery)).returning(Delivery.id),
    columns=(
        *("natural_key", "kind", "platform", "integration_id", "channel", "recipient", "follows_id", "body"),
        *("state", "reason", "created_at", "expires_at", *AT_FIRST),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One thing to say. Either `channel` or `recipient` (a person, whose direct message the drain opens) is given."""

    natural_key: str
    kind: str
    integration_id: IntegrationId
    body: dict[str, Any]
    channel: str | None = None
    recipient: str | None = None
    follows_id: DeliveryId | None = None
    parked: str | None = None
    """Why its workspace takes nothing for now: it waits, parked, until that is mended."""
    expires_at: datetime | None = None
    platform: str = field(default="slack")


def plan_delivery(session: Session, plan: Plan, *, now: datetime) -> DeliveryId:
    """Write `plan` down; its natural key is unique, so a second plan of the same thing is refused by the database."""
    return plan_deliveries(session, [plan], now=now)[0]


def plan_deliveries(session: Session, plans: Sequence[Plan], *, now: datetime) -> list[DeliveryId]:
    """Write `plans` down; returns their ids in the same order."""
    if not plans:
        return []
    rows = [
        {
            "natural_key": plan.natural_key,
            "kind": plan.kind,
            "platform": plan.platform,
            "integration_id": plan.integration_id,
            "channel": plan.channel,
            "recipient": plan.recipient,
            "follows_id": plan.follows_id,
            "body": plan.body,
            "state": DeliveryState.PENDING if plan.parked is None else DeliveryState.PARKED,
            "reason": plan.parked and plan.parked[:200],
            "created_at": now,
            "expires_at": plan.expires_at,
            **AT_FIRST,
        }
        for plan in plans
    ]
    session.flush()  # what is followed, or whose card it is, may still be an object of the session
    ids = [planned for ((planned,),) in _PLAN.rows_of_each(session, rows)]
    for delivery_id, plan in zip(ids, plans, strict=True):
        if plan.parked is None:
            work.ask(session, DELIVERY, delivery_id)
    return ids
