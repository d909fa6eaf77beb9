"""Conditions, one per file; `Condition` is the closed set of them, told apart in JSON by `kind`."""

from typing import Any

import msgspec

from tocsin.kernel.shapes import make_ready
from tocsin.rules.conditions.escalating import Escalating
from tocsin.rules.conditions.first_seen import FirstSeen
from tocsin.rules.conditions.regressed import Regressed

Condition = FirstSeen | Regressed | Escalating
make_ready(list[Condition])

CONDITIONS: dict[str, type[Condition]] = {"first_seen": FirstSeen, "regressed": Regressed, "escalating": Escalating}
"""Every condition by its name in `--when` and in JSON."""


def decode_conditions(stored: list[dict[str, Any]]) -> list[Condition]:
    """The conditions of a rule as stored in its row."""
    return msgspec.convert(stored, list[Condition])


def encode_conditions(conditions: list[Condition]) -> list[dict[str, Any]]:
    """The inverse of `decode_conditions`."""
    return msgspec.to_builtins(conditions)
