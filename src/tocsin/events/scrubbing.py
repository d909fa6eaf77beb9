"""Takes secrets out of an event before it reaches the disk, a page or Slack.

Two looks: at names (a header, a variable, a parameter of a query string) in the parts where names are free, and at
shapes (cards, keys, tokens) everywhere. Most events hold no secret of a known shape; a search of the finished JSON
tells so in a fraction of the time that visiting every text would take.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import replace

from tocsin.events.decode import encode_event
from tocsin.events.schema import (
    Breadcrumb,
    Event,
    ExceptionValue,
    Frame,
    LogEntry,
    Request,
    Stacktrace,
    Thread,
)
from tocsin.events.sensitive import (
    ASSIGNMENT,
    EMAIL,
    FILTERED,
    SHAPES,
    Shape,
    folded_name,
    is_card,
    is_sensitive_name,
    shapes_in,
)

Node: TypeAlias = Any  # a part of an event: a struct of the schema, a dict, a list, or a scalar

MAX_PAIR_NAME = 64
"""Characters of the first of a pair that may be a name."""

QUOTES = "'\"\\"

SMALLEST_CARD = 10**12

NOTHING = frozenset(["", FILTERED, "None", "null"])
"""What may stand under a sensitive name, since it is none."""

FREE_PARTS: Mapping[type[msgspec.Struct], tuple[str, ...]] = MappingProxyType(
    {
        Event: (
            "request",
            "user",
            "contexts",
            "extra",
            "tags",
            "transaction",
            "logentry",
            "exception",
            "stacktrace",
            "threads",
            "breadcrumbs",
        ),
        ExceptionValue: ("value", "stacktrace"),
        Thread: ("stacktrace",),
        Stacktrace: ("frames",),
        Frame: ("vars",),
        LogEntry: ("message", "formatted", "params"),
        Breadcrumb: ("message", "data"),
        Request: ("url", "query_string", "headers", "cookies", "data", "env"),
    }
)
"""Where names are free. Source code is not among them: `password = ask()` in a line of it is no password."""


@dataclass(frozen=True, slots=True)
class ScrubRules:
    """What a project wants taken out beyond the secrets that always are, and which names it knows to be harmless.

    Names count as wholes, whatever their case and separators: `card-holder` is also `cardHolder`.
    """

    more_names: frozenset[str] = frozenset()
    harmless_names: frozenset[str] = frozenset()
    emails: bool = False


DEFAULT_RULES = ScrubRules()


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """An event that may be kept, and the same as JSON, since scrubbing had to write it anyway."""

    event: Event
    payload: bytes


def scrub(event: Event, rules: ScrubRules = DEFAULT_RULES) -> Scrubbed:
    """Replace the secrets in `event` by `[Filtered]` and note how many there were; `event` itself stays as it is.

    The cost is linear in the size of the event.
    """
    names = _NameFilter(rules)
    event = names.node(event)
    payload = encode_event(event)
    shapes = _ShapeFilter(shapes_in(payload.decode(), (*SHAPES, EMAIL) if rules.emails else SHAPES))
    if shapes.shapes:
        event = shapes.node(event)
    count = names.count + shapes.count
    if not count:
        return Scrubbed(event, payload)
    event = replace(event, notes=[*event.notes, f"{count} secret values were filtered"])
    return Scrubbed(event, encode_event(event))


class _NameFilter:
    """Filters what stands under a sensitive name. What holds nothing of the kind is handed back as it is, uncopied."""

    def __init__(self, rules: ScrubRules) -> None:
        self._more = frozenset(folded_name(name) for name in rules.more_names)
        self._harmless = frozenset(folded_name(name) for name in rules.harmless_names)
        self._is_sensitive = self._is_sensitive_here if self._more or self._harmless else is_sensitive_name
        self.count = 0

    def _is_sensitive_here(self, name: str) -> bool:
        folded = folded_name(name)
        return folded in self._more or (folded not in self._harmless and is_sensitive_name(name))

    def node(self, node: Node) -> Node:
        kind = type(node)
        if kind is str:
            return self._text(node) if "=" in node or ":" in node else node
        if kind is dict:
            return self._fields(node)
        if kind is list:
            return self._elements(node)
        return self._struct(node)

    def _struct(self, node: Node) -> Node:
        changes: dict[str, Node] = {}
        for name in FREE_PARTS.get(type(node), ()):
            old = getattr(node, name)
            if old:
                new = self._filtered(old) if self._is_sensitive(name) else self.node(old)
                if new is not old:
                    changes[name] = new
        return replace(node, **changes) if changes else node

    def _fields(self, fields: dict[str, Node]) -> dict[str, Node]:
        """The hottest loop of scrubbing, so the common cases are decided in it."""
        changes: dict[str, Node] = {}
        for name, old in fields.items():
            if self._is_sensitive(name):
                new = self._filtered(old)
            elif type(old) is str and "=" not in old and ":" not in old:
                continue
            else:
                new = self.node(old)
            if new is not old:
                changes[name] = new
        return {**fields, **changes} if changes else fields

    def _elements(self, elements: list[Node]) -> list[Node]:
        """A pair of a name and a value is how SDKs send what may come twice, and how ASGI keeps headers."""
        if len(elements) == 2 and type(elements[0]) is str and self._is_sensitive(elements[0][:MAX_PAIR_NAME]):
            filtered = self._filtered(elements[1])
            return elements if filtered is elements[1] else [elements[0], filtered]
        rebuilt: list[Node] | None = None
        for place, old in enumerate(elements):
            if type(old) is str and "=" not in old and ":" not in old:
                continue
            new = self.node(old)
            if new is not old:
                rebuilt = rebuilt or elements.copy()
                rebuilt[place] = new
        return rebuilt or elements

    def _filtered(self, node: Node) -> Node:
        # A flag (`is_authorized`) or nothing at all gives no secret away, and may be what explains the error.
        if node is None or type(node) is bool or (type(node) is str and node in NOTHING):
            return node
        self.count += 1
        return FILTERED

    def _text(self, text: str) -> str:
        return ASSIGNMENT.sub(self._assigned, text)

    def _assigned(self, match: re.Match[str]) -> str:
        if not self._is_sensitive(match["name"]) or match["value"].strip(QUOTES) in NOTHING:
            return match[0]
        self.count += 1
        return f"{match['name']}{match['sign']}{FILTERED}"


class _ShapeFilter:
    """Filters what looks like one of `shapes`, in every text and number of an event."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.shapes = shapes
        self.count = 0

    def node(self, node: Node) -> Node:
        kind = type(node)
        if kind is str:
            return self._text(node)
        if kind is int:
            return self._number(node)
        if kind is dict:
            return _with(node, [(name, new) for name, old in node.items() if (new := self.node(old)) is not old])
        if kind is list:
            return _with(node, [(at, new) for at, old in enumerate(node) if (new := self.node(old)) is not old])
        if isinstance(node, msgspec.Struct):
            parts = [(name, getattr(node, name)) for name in node.__struct_fields__]
            return _with(node, [(name, new) for name, old in parts if (new := self.node(old)) is not old])
        return node

    def _text(self, text: str) -> str:
        for shape in self.shapes:
            filtered = shape.filter(text)
            if filtered != text:
                self.count += 1
                text = filtered
        return text

    def _number(self, number: int) -> Node:
        if number < SMALLEST_CARD or not any(shape.name == "card" for shape in self.shapes) or not is_card(str(number)):
            return number
        self.count += 1
        return FILTERED


def _with(node: Node, changes: list[tuple[Any, Node]]) -> Node:
    """`node` with `changes` by name or place; itself if there are none."""
    if not changes:
        return node
    if isinstance(node, msgspec.Struct):
        return replace(node, **dict(changes))
    copy = node.copy()
    for key, new in changes:
        copy[key] = new
    return copy
