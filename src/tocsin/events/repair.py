"""Mends events that the strict decoder refuses: what can be read is kept, the rest is dropped, and notes say which.

The mending is driven by the types themselves, so no bound and no field is written down a second time.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

import msgspec
from msgspec import inspect

from tocsin.events.errors import EventError

MAX_NOTES = 50
"""Notes of one event; a hostile event could need one for each of its fields."""

MAX_VALUES = 30_000
"""Values mended in one event, about 0.2 s of work. A real event of 30 KB has a thousand of them."""

MAX_DIGITS = 18
"""Digits that are sure to fit an encoder's 64 bits; a longer number is kept as text."""

Wire = TypeVar("Wire", bound=msgspec.Struct)
JSON: TypeAlias = Any  # what json.loads gives


def load_json(payload: bytes) -> dict[str, JSON]:
    """Read `payload` more tolerantly than JSON allows; broken UTF-8 becomes U+FFFD, NaN becomes null.

    Raises:
        EventError: not JSON, not an object, or nested deeper than the interpreter's stack.
    """
    text = payload.decode("utf-8-sig", "replace")
    try:
        loaded = json.loads(
            text, strict=False, parse_int=_parse_int, parse_float=_parse_float, parse_constant=lambda _: None
        )
    except RecursionError as error:
        raise EventError("nested too deep") from error
    except ValueError as error:
        raise EventError(f"not JSON: {error}") from error
    if not isinstance(loaded, dict):
        raise EventError("not a JSON object")
    return loaded


def _parse_int(digits: str) -> int | str:
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def _parse_float(digits: str) -> float | str:
    return number if math.isfinite(number := float(digits)) else digits


def repair(loaded: dict[str, JSON], wire: type[Wire]) -> tuple[Wire, list[str]]:
    """Make a `wire` of `loaded`, whatever it holds; also one note for each thing that was cut, mended or dropped."""
    mending = _Mending()
    mended = mending.mend(loaded, _type_of(wire), "")
    return msgspec.convert(mended, wire), mending.listed_notes()


@cache
def _type_of(wire: type[msgspec.Struct]) -> inspect.Type:
    return inspect.type_info(wire)  # takes 50 ms, so only a process that meets an odd event pays for it


class _Dropped(Exception):  # noqa: N818 - control flow of this module, an error to nobody
    """A value that cannot become what its place needs."""


class _Mending:
    """The repair of one event: its notes, and how much work is left to it."""

    def __init__(self) -> None:
        self._notes: list[str] = []
        self._more_notes = 0
        self._values_left = MAX_VALUES

    def mend(self, value: JSON, wanted: inspect.Type, path: str) -> JSON:
        """`value` as `wanted` has it; `path` is for the notes."""
        self._values_left -= 1
        if self._values_left < 0:
            raise _Dropped
        return MENDERS[type(wanted)](self, value, wanted, path)

    def mend_or_note(self, value: JSON, wanted: inspect.Type, path: str, kept: Callable[[JSON], None]) -> None:
        """Hand what `value` becomes to `kept`; if it cannot become anything, note that instead."""
        try:
            kept(self.mend(value, wanted, path))
        except _Dropped:
            if value is not None:
                self.note(path, "dropped, it is not what belongs here")

    def note(self, path: str, what: str) -> None:
        if len(self._notes) < MAX_NOTES:
            self._notes.append(f"{clean(path[:200])}: {what}")
        else:
            self._more_notes += 1

    def listed_notes(self) -> list[str]:
        return [*self._notes, f"and {self._more_notes} more"] if self._more_notes else self._notes


def clean(text: str) -> str:
    """`text` without NUL, which PostgreSQL refuses, and lone surrogates, which UTF-8 has no bytes for."""
    if "\0" in text:
        text = text.replace("\0", "")
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _mend_struct(mending: _Mending, value: JSON, wanted: inspect.StructType, path: str) -> JSON:
    if not isinstance(value, dict):
        raise _Dropped
    mended: dict[str, JSON] = {}
    for field in wanted.fields:
        name = field.encode_name
        if value.get(name) is not None:
            place = f"{path}.{name}" if path else name
            mending.mend_or_note(value[name], field.type, place, lambda kept, name=name: mended.update({name: kept}))
        if field.required and name not in mended:
            raise _Dropped
    return mended


def _mend_union(mending: _Mending, value: JSON, wanted: inspect.UnionType, path: str) -> JSON:
    for member in _candidates(value, wanted):
        try:
            return mending.mend(value, member, path)
        except _Dropped:
            continue
    raise _Dropped


def _candidates(value: JSON, wanted: inspect.UnionType) -> Iterator[inspect.Type]:
    """First the members of the same JSON type, then whatever `value` might be made into."""
    same = SAME_JSON_TYPE[type(value)]
    yield from (member for member in wanted.types if isinstance(member, same))
    others = [member for member in wanted.types if not isinstance(member, same)]
    yield from sorted(others, key=lambda member: MENDING_ORDER[type(member)])


def _mend_list(mending: _Mending, value: JSON, wanted: inspect.ListType, path: str) -> JSON:
    elements = value if isinstance(value, list) else [value]
    limit = wanted.max_length or len(elements)
    if len(elements) > limit:
        mending.note(path, f"cut from {len(elements)} to {limit} elements")
        # Exceptions, frames and breadcrumbs come oldest first: the last ones tell what happened.
        elements = elements[-limit:] if isinstance(wanted.item_type, inspect.StructType) else elements[:limit]
    mended: list[JSON] = []
    for index, element in enumerate(elements):
        mending.mend_or_note(element, wanted.item_type, f"{path}[{index}]", mended.append)
    return mended


def _mend_dict(mending: _Mending, value: JSON, wanted: inspect.DictType, path: str) -> JSON:
    pairs = list(value.items()) if isinstance(value, dict) else _pairs(value)
    limit = wanted.max_length or len(pairs)
    if len(pairs) > limit:
        mending.note(path, f"cut from {len(pairs)} to {limit} keys")
    mended: dict[str, JSON] = {}
    for name, element in pairs[:limit]:
        key = mending.mend(name, wanted.key_type, path)
        place = f"{path}.{key}"
        mending.mend_or_note(element, wanted.value_type, place, lambda kept, key=key: mended.update({key: kept}))
    return mended


def _pairs(value: JSON) -> list[tuple[JSON, JSON]]:
    """Tags and headers may be sent as a list of pairs, so that a name can come twice; the last one stays."""
    if not isinstance(value, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        raise _Dropped
    return [(name, element) for name, element in value if name is not None]


def _mend_str(mending: _Mending, value: JSON, wanted: inspect.StrType, path: str) -> JSON:
    if value is None:
        raise _Dropped
    text = clean(value) if isinstance(value, str) else _as_text(value)
    limit = wanted.max_length or len(text)
    if len(text) > limit:
        mending.note(path, f"cut from {len(text)} to {limit} characters")
        text = text[: limit - 1] + "…"
    return text


def _as_text(value: JSON) -> str:
    try:
        return clean(json.dumps(value, ensure_ascii=False))
    except RecursionError as error:
        raise _Dropped from error


def _mend_int(_mending: _Mending, value: JSON, wanted: inspect.IntType, _path: str) -> JSON:
    if isinstance(value, str) and len(value) <= MAX_DIGITS and value.removeprefix("-").isdecimal():
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Dropped
    if (wanted.ge is not None and value < wanted.ge) or (wanted.le is not None and value > wanted.le):
        raise _Dropped
    return value


def _mend_float(_mending: _Mending, value: JSON, _wanted: inspect.FloatType, _path: str) -> JSON:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Dropped
    return value


def _mend_bool(_mending: _Mending, value: JSON, _wanted: inspect.BoolType, _path: str) -> JSON:
    if not isinstance(value, bool):
        raise _Dropped
    return value


def _mend_none(_mending: _Mending, value: JSON, _wanted: inspect.NoneType, _path: str) -> JSON:
    if value is not None:
        raise _Dropped


MENDERS: Mapping[type[inspect.Type], Callable[..., JSON]] = MappingProxyType(
    {
        inspect.StructType: _mend_struct,
        inspect.DictType: _mend_dict,
        inspect.IntType: _mend_int,
        inspect.FloatType: _mend_float,
        inspect.BoolType: _mend_bool,
        inspect.NoneType: _mend_none,
        inspect.ListType: _mend_list,
        inspect.StrType: _mend_str,
        inspect.UnionType: _mend_union,
    }
)
"""How a value is made into each type that the schema uses."""

MENDING_ORDER = {kind: order for order, kind in enumerate(MENDERS)}
"""In a union of other types a list of one and a text are the last resorts: everything can become either."""

SAME_JSON_TYPE: Mapping[type, tuple[type[inspect.Type], ...]] = MappingProxyType(
    {
        dict: (inspect.StructType, inspect.DictType),
        list: (inspect.ListType,),
        str: (inspect.StrType,),
        bool: (inspect.BoolType,),
        int: (inspect.IntType, inspect.FloatType),
        float: (inspect.FloatType,),
        type(None): (inspect.NoneType,),
    }
)
"""Which types take a value of a JSON type as it is."""
