"""Knows one user from another by what an event says of them, without keeping who they are."""

from hashlib import blake2b

from tocsin.events.schema import Fields
from tocsin.events.sensitive import FILTERED

NAMED_BY = ("id", "email", "username", "ip_address")
"""What an event may know its user by (https://develop.sentry.dev/sdk/data-model/event-payloads/user/), surest first."""

NOBODY = frozenset(["", FILTERED, "{{auto}}"])
"""Values that name nobody; with `{{auto}}` browsers ask for the address to be filled in, which Tocsin does not do."""


def user_key_of(user: Fields | None) -> int | None:
    """64 bits (signed) that are the same for the same user; `None` when the event names nobody.

    Two users of one issue share a key once in some 10¹⁹ pairs: a million users are counted right.
    """
    for name in NAMED_BY if user else ():
        value = user.get(name) if user else None
        if isinstance(value, bool) or not isinstance(value, int | str):
            continue
        if (text := str(value).strip()) not in NOBODY:
            return int.from_bytes(blake2b(f"{name}:{text}".encode(), digest_size=8).digest(), signed=True)
    return None
