"""Filters, one per file: which events a rule is asked about. `Filter` is the closed set of them."""

import re
from typing import Any

import msgspec

from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.shapes import make_ready
from tocsin.rules.filters.level import LEVELS, LevelFilter
from tocsin.rules.filters.tag import TagFilter

Filter = LevelFilter | TagFilter
make_ready(list[Filter])

OPERATORS = ("is", "is not", "contains", "does not contain", "is set", "is not set", "at least")
"""What can stand between a name and a value; `at least` is for levels."""
MOST = 20
"""Filters of one rule."""
LONGEST = 450
"""Characters of one filter."""

# The longest first, so that `is not set` is not taken for `is not` and a value.
_WORDS = "|".join(sorted(OPERATORS, key=len, reverse=True))
_TYPED = re.compile(rf"(?P<name>\S+)\s+(?P<operator>{_WORDS})(?:\s+(?P<value>.*\S))?\s*")
_WITHOUT_VALUE = frozenset({"is set", "is not set"})


def parse_filter(text: str) -> Filter:
    """What `level at least error`, `environment is production` or `customer is set` means.

    Raises:
        InvalidInputError: it says none of these; the message says what can be said.
    """
    match = _TYPED.fullmatch(text.strip()) if len(text) <= LONGEST else None
    if match is None:
        raise InvalidInputError(
            f"A filter is a tag, one of {', '.join(OPERATORS)}, and a value; not {text[:LONGEST]!r}."
        )
    name, operator, value = match["name"], match["operator"], match["value"] or ""
    if (operator in _WITHOUT_VALUE) == bool(value):
        wants = "no value" if value else "a value"
        raise InvalidInputError(f"{name} {operator}: here belongs {wants}.")
    try:
        if name == LevelFilter.name:
            return msgspec.convert({"kind": "level", "operator": operator, "value": value}, LevelFilter)
        return msgspec.convert({"kind": "tag", "name": name, "operator": operator, "value": value}, TagFilter)
    except msgspec.ValidationError as error:
        raise InvalidInputError(f"{text!r} is no filter; levels are {', '.join(LEVELS)} ({error}).") from error


def decode_filters(stored: list[dict[str, Any]]) -> list[Filter]:
    """The filters of a rule as stored in its row."""
    return msgspec.convert(stored, list[Filter])


def encode_filters(filters: list[Filter]) -> list[dict[str, Any]]:
    """The inverse of `decode_filters`."""
    return msgspec.to_builtins(filters)
