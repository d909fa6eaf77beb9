"""Repeats: what a rule's action does when it fires for an issue whose card stands in its channel already."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from tocsin.kernel.errors import InvalidInputError

LONGEST_DAYS = 365

NewCardAfter = Literal["resolve", "never"] | Annotated[int, msgspec.Meta(ge=1, le=LONGEST_DAYS)]
"""When an action opens a new card beside one that stands: after a resolve, never, or once that is so many days old."""


class Repeat(StrEnum):
    """How loud a repeat is, quietest first."""

    UPDATE_ONLY = "update_only"
    THREAD = "thread"
    THREAD_AND_BROADCAST = "thread_and_broadcast"
    NEW_CARD = "new_card"


REPEAT_WORDS: dict[Repeat, str] = {
    Repeat.UPDATE_ONLY: "only redraw the card",
    Repeat.THREAD: "reply in its thread, and show in the channel what came back or escalates",
    Repeat.THREAD_AND_BROADCAST: "reply in its thread, and always show that in the channel",
    Repeat.NEW_CARD: "post a new card",
}
"""What a form says of each."""


def loudest(repeats: Sequence[Repeat]) -> Repeat:
    """Of several actions that mean one channel, the one that most surely is heard wins."""
    return max(repeats, key=list(Repeat).index)


def opens_new_card(
    new_card_after: NewCardAfter, *, is_of_this_period: bool, opened_at: datetime, now: datetime
) -> bool:
    """Whether a card opened at `opened_at`, in this or an earlier period of the issue, is to be followed by another."""
    match new_card_after:
        case "resolve":
            return not is_of_this_period
        case "never":
            return False
        case days:
            return opened_at <= now - timedelta(days=days)


def parse_new_card_after(text: str) -> NewCardAfter:
    """What `resolve`, `never` or a number of days means.

    Raises:
        InvalidInputError: it is none of these; the message says what can be said.
    """
    if text == "resolve" or text == "never":  # noqa: PLR1714 -- a checker narrows a comparison, not a membership
        return text
    if text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= LONGEST_DAYS:
        return int(text)
    raise InvalidInputError(f"A new card comes after `resolve`, `never`, or 1 to {LONGEST_DAYS} days; not {text!r}.")
