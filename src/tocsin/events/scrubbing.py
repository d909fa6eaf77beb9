"""Takes secrets out of an event before it reaches the disk, a page or Slack.

Two looks: at names (a header, a variable, a parameter of a query string) in the parts where names are free, and at
shapes (cards, keys, tokens) everywhere. Most events hold no secret of a known shape; a search of the finished JSON
tells so in a fraction of the time that visiting every text would take.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import replace

from tocsin.events.assignments import MAX_INNER_NAME, NOTHING, filter_literals, filter_values
from tocsin.events.decode import decode_event, encode_event
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
from tocsin.events.sensitive import FILTERED, filter_shapes, folded_name, is_card, is_sensitive_name

Node: TypeAlias = Any  # a part of an event: a struct of the schema, a dict, a list, or a scalar
Part: TypeAlias = tuple[str, Callable[[Any, Node], Node]]  # the name of a field, and the method that filters it

ADDRESS_NAMES = frozenset(
    [
        "ip",
        "ipaddress",
        "clientip",
        "remoteip",
        "remoteaddr",
        "remotehost",
        "forwarded",
        "xforwardedfor",
        "httpxforwardedfor",
        "httpforwarded",
        "xrealip",
        "httpxrealip",
        "xclientip",
        "trueclientip",
        "cfconnectingip",
        "httpcfconnectingip",
        "fastlyclientip",
    ]
)
"""Under these names, without separators, SDKs and servers in front of them put the address of who asked."""

SMALLEST_CARD = 10**12

MEMORABLE = 1000
"""Characters of source lines whose filtering is remembered; whoever sends longer ones must not fill the memory."""

_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class ScrubRules:
    """What a project wants taken out beyond the secrets that always are, and which names it knows to be harmless.

    Names count as wholes, whatever their case and separators: `card-holder` is also `cardHolder`.
    """

    more_names: frozenset[str] = frozenset()
    harmless_names: frozenset[str] = frozenset()
    emails: bool = False
    ip_addresses: bool = False
    """Those of users, under the names that are for them; in a text nobody can tell one from a version (`1.2.3.4`)."""


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
    names = _NameFilter(_names_of(rules))
    event = _noted(names.node(event), names.count, "values with a sensitive name were filtered")
    payload = encode_event(event)
    document, count = filter_shapes(payload, emails=rules.emails)
    if not count:
        return Scrubbed(event, payload)
    event = _noted(decode_event(document), count, "values that look like secrets were filtered")
    return Scrubbed(event, encode_event(event))


def _noted(event: Event, count: int, what: str) -> Event:
    return replace(event, notes=[*event.notes, f"{count} {what}"]) if count else event


class _Names:
    """What one set of rules says of names, and of texts in which names are followed by values."""

    def __init__(self, rules: ScrubRules) -> None:
        self._more = frozenset(folded_name(name) for name in rules.more_names)
        if rules.ip_addresses:
            self._more |= ADDRESS_NAMES
        self._harmless = frozenset(folded_name(name) for name in rules.harmless_names)
        self.are_sensitive = (
            lru_cache(maxsize=2048)(self._are_sensitive) if rules != DEFAULT_RULES else is_sensitive_name
        )
        # Errors happen again and again at the same lines of source code.
        self._remembered = lru_cache(maxsize=1024)(self._filter_source)

    def _are_sensitive(self, name: str) -> bool:
        folded = folded_name(name)
        return folded in self._more or (folded not in self._harmless and is_sensitive_name(name))

    def filter_source(self, lines: list[str]) -> tuple[list[str], int]:
        """`lines` of source code without secrets, in a list that others hold, too; and how many secrets there were."""
        return (self._remembered if sum(map(len, lines)) <= MEMORABLE else self._filter_source)(*lines)

    def _filter_source(self, *lines: str) -> tuple[list[str], int]:
        """In source code `password = ask()` gives nothing away, so only what stands in quotes is taken out."""
        count = 0
        filtered = list(lines)
        for place, line in enumerate(lines):
            if ("=" in line or ":" in line) and ('"' in line or "'" in line):
                filtered[place], found = filter_literals(line, self.are_sensitive)
                count += found
        return filtered, count

    def filter_text(self, text: str) -> tuple[str, int]:
        """`text` without the values that follow sensitive names in it, and how many there were."""
        return filter_values(text, self.are_sensitive)


@lru_cache(maxsize=16)
def _names_of(rules: ScrubRules) -> _Names:
    return _Names(rules)


class _NameFilter:
    """Filters what stands under a sensitive name. What holds nothing of the kind is handed back as it is, uncopied."""

    def __init__(self, names: _Names) -> None:
        self._names = names
        self._is_sensitive = names.are_sensitive
        self._texts: dict[str, tuple[str, int]] = {}
        """What became of each text: the locals of several frames often say the same."""
        self._handed_on: dict[bytes, tuple[Node, int]] = {}
        """What became of each list and dict among the locals, by its JSON, if anything did."""
        self.count = 0

    def node(self, node: Node) -> Node:
        kind = type(node)
        if kind is str:
            return self._text(node) if "=" in node or ":" in node or "--" in node else node
        if kind is dict:
            return self._fields(node)
        if kind is list:
            return self._elements(node)
        if kind is int:
            return self._number(node)
        if parts := FREE_PARTS.get(kind):
            return self._struct(node, parts)
        return node

    def _struct(self, node: msgspec.Struct, parts: tuple[Part, ...]) -> msgspec.Struct:
        changes: dict[str, Node] = {}
        for name, method in parts:
            old = getattr(node, name)
            if old:
                new = method(self, old)
                if new is not old:
                    changes[name] = new
        return replace(node, **changes) if changes else node

    def call_locals(self, fields: dict[str, Node]) -> dict[str, Node]:
        """A request or a scope is handed on from call to call, so that many frames show the same."""
        return self._fields(fields, self._once)

    def _once(self, node: Node) -> Node:
        """`node` filtered, with the work done for the first of several that are the same."""
        shown = _ENCODER.encode(node)
        known = self._handed_on.get(shown)
        if known is None:
            before = self.count
            filtered = self.node(node)
            self._handed_on[shown] = (None if filtered is node else filtered, self.count - before)
            return filtered
        filtered, count = known
        self.count += count
        return node if filtered is None else filtered

    def _fields(self, fields: dict[str, Node], look: Callable[[Node], Node] | None = None) -> dict[str, Node]:
        """With `_elements` the hottest loop of scrubbing, so the common cases are decided in it.

        `look` filters the lists and dicts among the values, `node` does where there is none.
        """
        is_sensitive = self._is_sensitive
        rebuilt: dict[str, Node] | None = None
        for name, old in fields.items():
            if is_sensitive(name):
                new = self.filtered(old)
            elif (kind := type(old)) is str:
                if "=" not in old and ":" not in old and "--" not in old:
                    continue
                new = self._text(old)
            elif look is not None and (kind is dict or kind is list):
                new = look(old)
            else:
                new = self._elements(old) if kind is list else self.node(old)
            if new is not old:
                rebuilt = rebuilt or fields.copy()
                rebuilt[name] = new
        return rebuilt or fields

    def _elements(self, elements: list[Node]) -> list[Node]:
        """A pair of a name and a value is how SDKs send what may come twice, and how ASGI keeps headers."""
        if len(elements) == 2:
            name, value = elements
            if type(name) is str and len(name) <= MAX_INNER_NAME and self._is_sensitive(name):
                filtered = self.filtered(value)
                return elements if filtered is value else [name, filtered]
        rebuilt: list[Node] | None = None
        has_options = False
        for place, old in enumerate(elements):
            if (kind := type(old)) is str:
                if "=" not in old and ":" not in old and "--" not in old:
                    continue
                has_options = has_options or old.startswith("--")
                new = self._text(old)
            else:
                new = self._elements(old) if kind is list else self.node(old)
            if new is not old:
                rebuilt = rebuilt or elements.copy()
                rebuilt[place] = new
        rebuilt = rebuilt or elements
        return self._arguments(rebuilt) if has_options else rebuilt

    def _arguments(self, elements: list[Node]) -> list[Node]:
        """The arguments of a command: what follows a sensitive option is its value, unless it is the next option."""
        rebuilt = elements.copy()
        for place, (option, value) in enumerate(pairwise(elements), start=1):
            is_option = type(option) is str and option.startswith("--") and "=" not in option
            if is_option and not str(value).startswith("-") and self._is_sensitive(option[-MAX_INNER_NAME:]):
                rebuilt[place] = self.filtered(value)
        return elements if rebuilt == elements else rebuilt

    def texts(self, texts: list[str]) -> list[str]:
        """Two of these are no pair of a name and a value."""
        changed = [self.node(text) for text in texts]
        return texts if changed == texts else changed

    def source_lines(self, lines: list[str]) -> list[str]:
        filtered, count = self._names.filter_source(lines)
        self.count += count
        return filtered.copy() if count else lines

    def source_line(self, line: str) -> str:
        return self.source_lines([line])[0]

    def filtered(self, node: Node) -> Node:
        # A flag (`is_authorized`) or nothing at all gives no secret away, and may be what explains the error.
        if node is None or type(node) is bool or (type(node) is str and node in NOTHING):
            return node
        self.count += 1
        return FILTERED

    def _number(self, number: int) -> Node:
        if number < SMALLEST_CARD or not is_card(str(number)):
            return number
        self.count += 1
        return FILTERED

    def _text(self, text: str) -> str:
        known = self._texts.get(text)
        if known is None:
            known = self._texts[text] = self._names.filter_text(text)
        filtered, count = known
        self.count += count
        return filtered if count else text


_node = _NameFilter.node
FREE_PARTS: Mapping[type, tuple[Part, ...]] = MappingProxyType(
    {
        Event: (
            *(
                (name, _node)
                for name in (
                    "request",
                    "user",
                    "contexts",
                    "extra",
                    "tags",
                    "transaction",
                    "logger",
                    "server_name",
                    "release",
                    "logentry",
                    "exception",
                    "stacktrace",
                    "threads",
                    "breadcrumbs",
                )
            ),
            ("fingerprint", _NameFilter.texts),
        ),
        ExceptionValue: (("type", _node), ("value", _node), ("stacktrace", _node)),
        Thread: (("name", _node), ("stacktrace", _node)),
        Stacktrace: (("frames", _node),),
        Frame: (
            ("filename", _node),
            ("abs_path", _node),
            ("vars", _NameFilter.call_locals),
            ("pre_context", _NameFilter.source_lines),
            ("context_line", _NameFilter.source_line),
            ("post_context", _NameFilter.source_lines),
        ),
        LogEntry: (("message", _node), ("formatted", _node), ("params", _node)),
        Breadcrumb: (("message", _node), ("data", _node)),
        Request: (
            ("url", _node),
            ("query_string", _node),
            ("headers", _node),
            ("cookies", _NameFilter.filtered),
            ("data", _node),
            ("env", _node),
        ),
    }
)
"""The parts of each shape in which names are free, and what is done with each."""
