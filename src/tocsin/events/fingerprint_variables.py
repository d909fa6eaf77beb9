"""What may stand between braces in a fingerprint, and be filled in from the event: `{{ transaction }}`.

https://docs.sentry.io/concepts/data-management/event-grouping/fingerprint-rules/#variables
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from tocsin.events.schema import Event
from tocsin.events.stacktrace import innermost_in_app, main_exception
from tocsin.events.title import message_of

DEFAULT = re.compile(r"\{\{\s*default\s*\}\}", re.IGNORECASE)
"""Stands for what the event would have been grouped by otherwise."""

VARIABLE = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")
TAGS = ("tags.", "tag.")


def fill_in(event: Event, text: str) -> str:
    """`text` with its variables replaced by what `event` says; one that nobody knows stays as it is."""
    return VARIABLE.sub(lambda match: _value(event, match), text) if "{{" in text else text


def is_known(name: str) -> bool:
    """Whether `name` can stand between braces."""
    return name in VARIABLES or name.startswith(TAGS)


def _value(event: Event, match: re.Match[str]) -> str:
    name = match[1]
    if name.startswith(TAGS):
        return event.tags.get(name.partition(".")[2], "")
    return VARIABLES[name](event) if name in VARIABLES else match[0]


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
