"""Events generated from the JSON schema of the protocol, with or without faults, as no capture could show them all."""

import json
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import strategies as st

JSON: TypeAlias = Any
SCHEMA: dict[str, JSON] = json.loads(Path(__file__).with_name("schema").joinpath("event.schema.json").read_text())

MAX_PROPERTIES = 5
"""Fields of one object: all at once would say less, and take long."""

TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "",
            "shop.cart",
            "total",
            "<lambda>",
            "order 17 failed",
            "2026-01-02T03:04:05Z",
            "17",
            "a\x00b",
            "\U0001d11e\u202e",
        ]
    ),
)
NUMBERS = st.one_of(st.integers(-(2**70), 2**70), st.floats(allow_nan=True, allow_infinity=True))
JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)


@st.composite
def events(draw: st.DrawFn, *, faults: bool) -> dict[str, JSON]:
    """An event by the schema; with `faults`, about every tenth value in it is something else."""
    return _value(draw, SCHEMA["anyOf"][0], faults=faults, is_root=True)


def _value(draw: st.DrawFn, schema: JSON, *, faults: bool, is_root: bool = False) -> JSON:
    if faults and not is_root and draw(st.integers(0, 9)) == 0:
        return draw(JUNK)
    if schema is True:
        return draw(JUNK)
    if "$ref" in schema:
        return _value(draw, SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]], faults=faults)
    if "anyOf" in schema:
        return _value(draw, draw(st.sampled_from(schema["anyOf"])), faults=faults)
    if "enum" in schema:
        return draw(st.sampled_from(schema["enum"]))
    types = schema.get("type", ["object", "array", "string"])
    return _of_type(draw, types if isinstance(types, str) else draw(st.sampled_from(types)), schema, faults=faults)


def _of_type(draw: st.DrawFn, kind: str, schema: JSON, *, faults: bool) -> JSON:
    if kind == "object":
        return _object(draw, schema, faults=faults)
    if kind == "array":
        return _array(draw, schema, faults=faults)
    if kind == "string":
        return draw(st.uuids().map(str) if schema.get("format") == "uuid" else TEXTS)
    if kind == "integer":
        return draw(st.integers(schema.get("minimum", -(2**63)).__int__(), 2**64))
    if kind == "number":
        return draw(st.floats(0, 2e9))
    return draw(st.booleans()) if kind == "boolean" else None


def _object(draw: st.DrawFn, schema: JSON, *, faults: bool) -> dict[str, JSON]:
    properties = schema.get("properties", {})
    names = set(schema.get("required", ()))
    if properties:
        names |= draw(st.sets(st.sampled_from(sorted(properties)), max_size=MAX_PROPERTIES))
    made = {name: _value(draw, properties[name], faults=faults) for name in sorted(names)}
    if more := schema.get("additionalProperties"):
        made |= {name: _value(draw, more, faults=faults) for name in draw(st.lists(TEXTS, max_size=2))}
    return made


def _array(draw: st.DrawFn, schema: JSON, *, faults: bool) -> list[JSON]:
    items = schema.get("items", True)
    if isinstance(items, list):
        return [_value(draw, item, faults=faults) for item in items]
    return [_value(draw, items, faults=faults) for _ in range(draw(st.integers(0, 3)))]
