"""The opaque, versioned key by which what is used on a card leads back to it; everything else is in our database."""

import re
from dataclasses import dataclass

VERSION = "v1"
"""Raised when what a card shows or its keys mean something else: what an older card says is then told apart from what
somebody invented, and the card is drawn anew."""

KEY = re.compile(r"(v\d{1,3}):([0-9a-f]{1,32})(?::([0-9A-Za-z_-]{1,64}))?", re.ASCII)
BLOCK = re.compile(r"[a-z]{1,20}:(v\d{1,3}:[0-9a-f]{1,32}):[0-9a-z]{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True)
class CardKey:
    """What a value says: which card (none for what is no key of ours), made by which version, and what beside."""

    message_key: str | None = None
    is_current: bool = True
    detail: str | None = None


def card_key(message_key: str, detail: str | None = None) -> str:
    """The value of a button of one card; `detail` (letters and digits) says what the card alone does not."""
    return f"{VERSION}:{message_key}" if detail is None else f"{VERSION}:{message_key}:{detail}"


def block_key(role: str, message_key: str, drawing: object) -> str:
    """The id of a block that holds menus: they carry no value of ours. Slack wants a new one for each `drawing`."""
    return f"{role}:{card_key(message_key)}:{drawing}"


def read_card_key(value: object) -> CardKey:
    """The key in a button's value."""
    found = KEY.fullmatch(value) if isinstance(value, str) else None
    return CardKey() if found is None else CardKey(found[2], found[1] == VERSION, found[3])


def read_block_key(block_id: object) -> CardKey:
    """The key in the id of a block."""
    found = BLOCK.fullmatch(block_id) if isinstance(block_id, str) else None
    return CardKey() if found is None else read_card_key(found[1])
