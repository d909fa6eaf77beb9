"""Decides which events are the same problem: a fingerprint, and the parts it was made of, so that a page can say why.

The rules, the first that has something to say wins: what the SDK was told; the application's frames; the exception; the
message. A change of any rule is a new GROUPING_VERSION, so that old and new fingerprints never meet.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from tocsin.events.frame_names import FrameName, frame_name
from tocsin.events.parameterise import parameterise
from tocsin.events.schema import Event, ExceptionValue, Frame
from tocsin.events.stacktrace import app_frames, frames_of, innermost_in_app, main_exception
from tocsin.events.title import is_message, message_of

GROUPING_VERSION = 1

MAX_CYCLE = 5
"""Functions that may call each other in a circle and still be seen as one recursion."""

MAX_FRAMES = 50
"""Frames that count, the innermost ones."""

DEFAULT = frozenset({"{{ default }}", "{{default}}"})
PLACEHOLDER = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What an event is grouped by. The version, `method` and `components` give the hash, and nothing else does.

    `hash` is 32 hexadecimal digits. `method` names the rule that spoke: `sdk`, `in_app_frames`, `exception`, `message`
    or `nothing`. `components` are lines for people: `exception KeyError`, `frame shop.cart in total`.
    """

    hash: str
    method: str
    components: list[str]


def fingerprint_of(event: Event) -> Fingerprint:
    """The fingerprint of `event`; the same for the same event in every process and on every day."""
    if not event.fingerprint or all(part.strip() in DEFAULT for part in event.fingerprint):
        method, components = _default(event)
    else:
        method, components = "sdk", _as_the_sdk_says(event)
    hashed = msgspec.json.encode([GROUPING_VERSION, method, components])
    return Fingerprint(hashlib.blake2b(hashed, digest_size=16).hexdigest(), method, components)


def _as_the_sdk_says(event: Event) -> list[str]:
    """The parts that the application gave, placeholders filled in (`{{ default }}` by what we would have said)."""
    components: list[str] = []
    for part in event.fingerprint:
        if part.strip() in DEFAULT:
            components.extend(_default(event)[1])
        else:
            components.append("given " + PLACEHOLDER.sub(lambda match: _variable(event, match), part))
    return components


def _variable(event: Event, match: re.Match[str]) -> str:
    name = match[1]
    if name.startswith("tags."):
        return event.tags.get(name.removeprefix("tags."), "")
    return VARIABLES[name](event) if name in VARIABLES else match[0]


def _default(event: Event) -> tuple[str, list[str]]:
    if not is_message(event):
        return _by_frames(event) or _by_exceptions(event)
    template = event.logentry.message if event.logentry and event.logentry.message else message_of(event)
    if template.strip():
        return "message", [f"message {parameterise(template)}"]
    return _by_frames(event) or ("nothing", [f"nothing but {event.transaction or event.logger or 'an event'}"])


def _by_frames(event: Event) -> tuple[str, list[str]] | None:
    """By the frames of every exception of the chain; None if no frame tells anything (minified, or there are none)."""
    components: list[str] = []
    is_telling = False
    seen: set[tuple[str, ...]] = set()
    for part in _parts(event):
        # The members of an exception group differ in number from time to time, not in kind.
        if (key := (part.heading, *(name.text for name in part.names))) in seen:
            continue
        seen.add(key)
        components.extend([part.heading] if part.heading else [])
        components.extend(f"frame {name.text}" for name in part.names)
        is_telling = is_telling or any(name.is_telling for name in part.names)
    return ("in_app_frames", components) if is_telling else None


@dataclass(frozen=True, slots=True)
class _Part:
    heading: str
    names: list[FrameName]


def _parts(event: Event) -> list[_Part]:
    """Each exception with its frames, the cause first; an event without an exception is one part without a heading."""
    stacks = [exception.stacktrace.frames or [] if exception.stacktrace else [] for exception in event.exception]
    if any(stacks):
        return [
            _Part(_heading(exception), _names(frames))
            for exception, frames in zip(event.exception, stacks, strict=True)
        ]
    main = main_exception(event)
    return [_Part(_heading(main) if main else "", _names(frames_of(event)))]


def _heading(exception: ExceptionValue) -> str:
    """The type, unless the SDK made it up."""
    is_synthetic = exception.mechanism is not None and exception.mechanism.synthetic
    return f"exception {exception.type}" if exception.type and not is_synthetic else ""


def _names(frames: list[Frame]) -> list[FrameName]:
    """The names of the application's `frames`, each recursion told once."""
    names: list[FrameName] = []
    for frame in app_frames(frames):
        name = frame_name(frame)
        if not name.text:
            continue
        names.append(name)
        for length in range(1, MAX_CYCLE + 1):
            if len(names) >= 2 * length and names[-length:] == names[-2 * length : -length]:
                del names[-length:]
                break
    return names[-MAX_FRAMES:]


def _by_exceptions(event: Event) -> tuple[str, list[str]]:
    """By what the exceptions are and say, their values parameterised; each kind once."""
    said = [f"exception {exception.type or ''}: {parameterise(exception.value or '')}" for exception in event.exception]
    return "exception", list(dict.fromkeys(said))


def _type(event: Event) -> str:
    main = main_exception(event)
    return (main.type if main else None) or ""


def _value(event: Event) -> str:
    main = main_exception(event)
    return (main.value if main else None) or message_of(event)


def _function(event: Event) -> str:
    frames = innermost_in_app(event, 1)
    return (frames[0].function if frames else None) or ""


def _module(event: Event) -> str:
    frames = innermost_in_app(event, 1)
    return (frames[0].module if frames else None) or ""


VARIABLES: Mapping[str, Callable[[Event], str]] = MappingProxyType(
    {
        "type": _type,
        "error.type": _type,
        "value": _value,
        "error.value": _value,
        "message": lambda event: message_of(event) or _value(event),
        "level": lambda event: event.level,
        "logger": lambda event: event.logger or "",
        "transaction": lambda event: event.transaction or "",
        "function": _function,
        "stack.function": _function,
        "module": _module,
        "stack.module": _module,
    }
)
"""What may stand in an SDK's fingerprint between braces, besides `default` and `tags.NAME`:
https://docs.sentry.io/concepts/data-management/event-grouping/fingerprint-rules/"""
