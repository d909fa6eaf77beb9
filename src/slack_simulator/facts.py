"""What Slack documents about each method (tier, scopes, errors), read from `methods.json`."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal

import msgspec


class MethodFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One method. `per_minute` is its tier's published minimum, None for the special tier; one of `scopes` opens it.

    `verified` is False where the facts are the simulator's own knowledge and not taken from Slack's reference;
    `caller` is "anyone" for the methods that need no token.
    """

    name: str
    per_minute: int | None
    scopes: tuple[str, ...]
    required: tuple[str, ...]
    errors: tuple[str, ...]
    verified: bool
    caller: Literal["bot", "anyone"] = "bot"


@cache
def method_facts() -> dict[str, MethodFacts]:
    """Every method that the simulator knows, by name."""
    text = resources.files("slack_simulator").joinpath("methods.json").read_bytes()
    return {facts.name: facts for facts in msgspec.json.decode(text, type=list[MethodFacts])}
