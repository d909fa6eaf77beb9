"""What may stand between braces in a fingerprint, and be filled in from the event: `{{ transaction }}`.

https://docs.sentry.io/concepts/data-management/event-grouping/fingerprint-rules/#variables
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from tocsin.events.schema import Event
from tocsin.events.stacktrace import innermost_in_app, main_exception
from tocsin.events.title import message_of

DEFAULT = re.compile(r"\{\{\s*default\s*\}\}", re.IGNORECASE)
"""Stands for what the event would have been grouped by otherwise."""

VARIABLE = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")
TAGS = ("tags.", "tag.")


MAX_FILLED = 1000
"""Characters of a text that was filled in, and of each value that is.

Nine characters (`{{value}}`) may stand for 8 KB, and a fingerprint has room for them eighteen thousand times. So what
lies beyond is never put together: its hash keeps apart what differs there.
"""


class Values(dict[str, str | None]):
    """What one event says for each variable, looked up when the first text asks for it; None for an unknown name.

    `usual` gives the words that `{{ default }}` stands for; without it that is an unknown name.
    """

    def __init__(self, event: Event, usual: Callable[[], str] | None = None) -> None:
        super().__init__()
        self._event = event
        self._usual = usual

    def __missing__(self, name: str) -> str | None:
        value = self._look_up(name)
        self[name] = None if value is None else _cut([value], value)
        return self[name]

    def _look_up(self, name: str) -> str | None:
        if name.startswith(TAGS):
            return self._event.tags.get(name.partition(".")[2], "")
        if name in VARIABLES:
            return VARIABLES[name](self._event)
        return self._usual() if self._usual and name.lower() == "default" else None


def fill_in(values: Values, text: str) -> str:
    """`text` with its variables replaced by `values`; an unknown one stays as it is.

    A result of more than MAX_FILLED characters is cut, and ends with a hash of what it would have been made of.
    """
    pieces: list[str] = []
    used: dict[str, str] = {}
    end = 0
    for match in VARIABLE.finditer(text):
        value = values[match[1]]
        if value is not None:
            pieces += text[end : match.start()], value
            used[match[1]] = value
            end = match.end()
    pieces.append(text[end:])
    return _cut(pieces, [text, used])


def is_known(name: str) -> bool:
    """Whether `name` can stand between braces."""
    return name in VARIABLES or name.startswith(TAGS)


def _cut(pieces: list[str], made_of: object) -> str:
    """`pieces` as one text, or its beginning and a hash of what it is `made_of`."""
    if sum(map(len, pieces)) <= MAX_FILLED:
        return "".join(pieces)
    beginning: list[str] = []
    room = MAX_FILLED
    for piece in pieces:
        beginning.append(piece[:room])
        room -= len(beginning[-1])
        if not room:
            break
    rest = hashlib.blake2b(msgspec.json.encode(made_of), digest_size=8).hexdigest()
    return f"{''.join(beginning)}… {rest}"


def _type(event: Event) -> str:
    main = main_exception(event)
    return (main.type if main else None) or ""


def _said(event: Event) -> str:
    main = main_exception(event)
    return (main.value if main else None) or message_of(event)


def _of_frame(field: str) -> Callable[[Event], str]:
    def value(event: Event) -> str:
        frames = innermost_in_app(event, 1)
        return (getattr(frames[0], field) if frames else None) or ""

    return value


def _of_event(field: str) -> Callable[[Event], str]:
    return lambda event: getattr(event, field) or ""


VARIABLES: Mapping[str, Callable[[Event], str]] = MappingProxyType(
    {
        **dict.fromkeys(("type", "error.type"), _type),
        **dict.fromkeys(("value", "error.value"), _said),
        "message": lambda event: message_of(event) or _said(event),
        **dict.fromkeys(("function", "stack.function"), _of_frame("function")),
        **dict.fromkeys(("module", "stack.module"), _of_frame("module")),
        **dict.fromkeys(("path", "stack.abs_path"), _of_frame("filename")),
        **dict.fromkeys(("package", "stack.package"), _of_frame("package")),
        **{name: _of_event(name) for name in ("level", "logger", "transaction", "environment", "release", "platform")},
    }
)
"""Every variable besides `default` and `tags.NAME`."""
