"""Values that an SDK sent, as the rows of a table on a page."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.events.schema import Value
from tocsin.http.visible import visible

Rows = tuple[tuple[str, str], ...]
"""Names and texts, in their order."""


@dataclass(frozen=True, slots=True)
class Section:
    """A titled table of what the SDK sent; `summary` says the gist of it, `CPython 3.11.9`."""

    title: str
    rows: Rows
    summary: str = ""


def rows_of(fields: Mapping[str, Value] | None) -> Rows:
    """Fields as a table's rows; those without a value are left out."""
    return tuple((visible(key), readable(value)) for key, value in (fields or {}).items() if value is not None)


def readable(value: Value) -> str:
    """Any value as text: a text as it is, the rest as JSON."""
    if isinstance(value, str):
        return visible(value)
    return visible(
        json.dumps(value, ensure_ascii=False, indent=2 if isinstance(value, dict | list) and value else None)
    )
