"""How a place in Slack (a workspace and a channel or person) is written where only text fits: `3:C042`."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tocsin.deliveries.models import Delivery
from tocsin.deliveries.recovery import Place
from tocsin.kernel.ids import IntegrationId
from tocsin.kernel.statement import Statement, is_one_of, names_of, padded


def write_place(place: Place) -> str:
    """`(3, "C042")` as `3:C042`."""
    integration_id, where = place
    return f"{integration_id}:{where}"


def read_place(text: str) -> Place:
    """The inverse of `write_place`."""
    integration_id, _, where = text.partition(":")
    return IntegrationId(int(integration_id)), where


def is_person(where: str) -> bool:
    """Whether this is a person, whose direct message must be opened first; Slack's users begin with U or W."""
    return where.startswith(("U", "W"))


def is_direct_message(where: str) -> bool:
    """Whether this is the conversation of one person with the app; their ids begin with D."""
    return where.startswith("D")


def places_of_deliveries(session: Session, delivery_ids: Sequence[int]) -> list[Place]:
    """Where these deliveries go."""
    if not delivery_ids:
        return []
    some = padded(list(delivery_ids))
    rows = _places(len(some)).rows(session, dict(zip(names_of("delivery", len(some)), some, strict=True)))
    return [(integration_id, where) for integration_id, where in rows if integration_id is not None]


@lru_cache
def _places(deliveries: int) -> Statement:
    where = func.coalesce(Delivery.channel, Delivery.recipient)
    return Statement(
        select(Delivery.integration_id, where).where(is_one_of(Delivery.id, "delivery", deliveries)).distinct()
    )
