"""Conditions, one per file; `Condition` is the closed set of them, told apart in JSON by `kind`."""

from typing import Any

import msgspec

from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.shapes import make_ready
from tocsin.rules.conditions.escalating import Escalating
from tocsin.rules.conditions.first_seen import FirstSeen
from tocsin.rules.conditions.more_users_than import MoreUsersThan
from tocsin.rules.conditions.regressed import Regressed
from tocsin.rules.conditions.seen_more_than import SeenMoreThan
from tocsin.rules.windows import WINDOWS

Counting = SeenMoreThan | MoreUsersThan
"""What holds for as long as there are too many of something; the others hold for one moment."""
Condition = FirstSeen | Regressed | Escalating | SeenMoreThan | MoreUsersThan
make_ready(list[Condition])

CONDITIONS: dict[str, type[Condition]] = {
    "first_seen": FirstSeen,
    "regressed": Regressed,
    "escalating": Escalating,
    "seen_more_than": SeenMoreThan,
    "more_users_than": MoreUsersThan,
}
"""Every condition by its name in `--when` and in JSON."""


def decode_conditions(stored: list[dict[str, Any]]) -> list[Condition]:
    """The conditions of a rule as stored in its row."""
    return msgspec.convert(stored, list[Condition])


def encode_conditions(conditions: list[Condition]) -> list[dict[str, Any]]:
    """The inverse of `decode_conditions`."""
    return msgspec.to_builtins(conditions)


def parse_condition(word: str) -> Condition:
    """The condition that `word` names: `first_seen`, or with what it counts, `seen_more_than:100:1h`.

    Raises:
        InvalidInputError: there is none of that name, or it cannot count that; the message says what can be said.
    """
    kind, *parts = word.split(":")
    condition = CONDITIONS.get(kind)
    if condition is None:
        raise InvalidInputError(f"choose when the rule fires: {', '.join(CONDITIONS)} (not: {kind})")
    fields = condition.__struct_fields__
    if len(parts) != len(fields):
        shape = ":".join([kind, *fields])
        raise InvalidInputError(f"say it as {shape}, not {word!r}")
    try:
        return msgspec.convert(dict(zip(fields, parts, strict=True)) | {"kind": kind}, condition, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidInputError(f"{word!r} cannot be counted; windows are {', '.join(WINDOWS)} ({error})") from error


def word_of(condition: Condition) -> str:
    """The inverse of `parse_condition`."""
    stored = msgspec.to_builtins(condition)
    return ":".join([stored["kind"], *(str(stored[field]) for field in condition.__struct_fields__)])
