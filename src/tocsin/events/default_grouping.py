"""What an event is grouped by where nobody has said it: the application's frames, else the exception, else the message.

A change of anything here, or of the names and templates that it asks for, is a new version of the grouping: see
`grouping.VERSIONS`.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from tocsin.events.chains import order_of
from tocsin.events.frame_names import FAR_RIGHT, FrameName, frame_name
from tocsin.events.function_names import stable_name
from tocsin.events.own_code import Owner, owner_of
from tocsin.events.parameterise import parameterise
from tocsin.events.schema import Event, ExceptionValue, Frame
from tocsin.events.stacktrace import frames_of, main_exception
from tocsin.events.title import is_message, message_of

MAX_CYCLE = 5
"""Functions that may call each other in a circle and still be seen as one recursion."""

MAX_FRAMES = 50
"""Frames that count, the innermost ones."""

PLACEHOLDERS = re.compile(r"%(?:\([^()]*\))?[-+ #0-9.]*[a-zA-Z]|\$?\{[^{}]*\}", re.ASCII)
NUMBER = re.compile(r"\d+")
LETTER = re.compile(r"[^\W\d_]")

LIBRARY = "not the application's code"
PLUMBING = "plumbing of the runtime"
NAMELESS = "nothing in it stays the same from build to build"
REPEATED = "a recursion counts once"
TOO_FAR = f"only the {MAX_FRAMES} innermost frames count"
LEFT_OUT = {Owner.PLUMBING: PLUMBING, Owner.LIBRARY: LIBRARY, Owner.UNKNOWN: LIBRARY, Owner.APPLICATION: ""}


class Default(NamedTuple):
    """`method` names what spoke (`in_app_frames`, `exception`, `message`, `nothing`), `components` are its words."""

    method: str
    components: list[str]


class Part(NamedTuple):
    """One exception with its frames, or the frames of a message's thread, which have no `heading`.

    `reasons` say for each of `frames` why it does not count; an empty one counts, and its name is in `names`.
    """

    heading: str
    names: list[str]
    frames: list[Frame]
    reasons: list[str]

    @property
    def lines(self) -> list[str]:
        """What it adds to the components."""
        return [*([self.heading] if self.heading else []), *(f"frame {name}" for name in self.names)]


def by_default(event: Event) -> Default:
    """What `event` is grouped by; the first rule that has something to say."""
    if not is_message(event):
        return _by_frames(event) or _by_exceptions(event)
    template = template_of(event)
    if template:
        return Default("message", [f"message {template}"])
    return _by_frames(event) or Default("nothing", [f"nothing but {_whereabouts(event)}"])


def template_of(event: Event) -> str:
    """The message without what varies. A template that is nothing but a place for a value (`%s`) says nothing."""
    entry = event.logentry
    if entry is None:
        return ""
    template = entry.message or ""
    if entry.formatted and not LETTER.search(PLACEHOLDERS.sub("", template)):
        template = message_of(event)
    return parameterise(template)


def parts_of(event: Event) -> list[Part]:
    """The exceptions of `event` in the order in which they count, each kind once; a message is one part."""
    stacks = [exception.stacktrace.frames or [] if exception.stacktrace else [] for exception in event.exception]
    if not any(stacks):
        main = main_exception(event)
        return [_part(main, frames_of(event), event.platform)]
    parts = [
        _part(exception, frames, event.platform) for exception, frames in zip(event.exception, stacks, strict=True)
    ]
    if len(parts) == 1:
        return parts
    lines = [part.lines for part in parts]
    kinds: dict[tuple[str, ...], Part] = {}
    for place in order_of(event.exception, lines):
        kinds.setdefault(tuple(lines[place]), parts[place])
    return list(kinds.values())


def _part(exception: ExceptionValue | None, frames: list[Frame], platform: str | None) -> Part:
    names, reasons = judge(frames, platform)
    if exception is None:
        heading = ""
    elif exception.value and names and all(name.is_place for name in names):
        heading = _said(exception)  # handlers without names stand side by side in a file: what went wrong tells which
    else:
        heading = _heading(exception)
    return Part(heading, [name.text for name in names], frames, reasons)


def _heading(exception: ExceptionValue) -> str:
    """The type, unless the SDK made it up."""
    return f"exception {_type(exception)}" if exception.type and not _is_synthetic(exception) else ""


def _is_synthetic(exception: ExceptionValue) -> bool:
    return exception.mechanism is not None and bool(exception.mechanism.synthetic)


def _type(exception: ExceptionValue) -> str:
    return stable_name(exception.type, "") if exception.type else ""


def judge(frames: list[Frame], platform: str | None) -> tuple[list[FrameName], list[str]]:
    """The names of those of `frames` that count, outermost first, and for each frame why it does not count."""
    codes = [_code_of(frame) for frame in frames]
    owners = [_owner_of(code) for code in codes]
    best = max(owners, default=Owner.UNKNOWN)
    reasons = ["" if owner == best else LEFT_OUT[owner] for owner in owners]
    names: list[FrameName] = []
    places: list[int] = []
    for place, code in enumerate(codes):
        if reasons[place]:
            continue
        name = _name_of(code, platform)
        if not name.is_telling:
            reasons[place] = NAMELESS
            continue
        names.append(name)
        places.append(place)
        if again := _length_of_repetition(names):
            for each in places[-again:]:
                reasons[each] = REPEATED
            del names[-again:], places[-again:]
    for each in places[:-MAX_FRAMES]:
        reasons[each] = TOO_FAR
    return names[-MAX_FRAMES:], reasons


def _code_of(frame: Frame) -> Frame:
    """What is the same of a frame whenever its code runs; its names and its owner are told by nothing else."""
    return Frame(
        filename=frame.filename,
        abs_path=frame.abs_path,
        function=frame.function,
        module=frame.module,
        package=frame.package,
        colno=FAR_RIGHT if (frame.colno or 0) >= FAR_RIGHT else None,
        in_app=frame.in_app,
        context_line=frame.context_line,
    )


# Errors happen again and again in the same code.
_owner_of = lru_cache(maxsize=1024)(owner_of)
_name_of = lru_cache(maxsize=1024)(frame_name)


def _length_of_repetition(names: list[FrameName]) -> int:
    """How many of the last `names` say the same as those before them."""
    last = names[-1]
    for length in range(1, min(MAX_CYCLE, len(names) // 2) + 1):
        if names[-1 - length] == last and names[-length:] == names[-2 * length : -length]:
            return length
    return 0


def _by_frames(event: Event) -> Default | None:
    """By the frames of every exception of the chain; None if no frame tells anything (minified, or there are none)."""
    parts = parts_of(event)
    if not any(part.names for part in parts):
        return None
    return Default("in_app_frames", [line for part in parts for line in part.lines])


def _by_exceptions(event: Event) -> Default:
    """By what the exceptions are and say, their values parameterised; each kind once."""
    said = [_said(exception) for exception in event.exception]
    order = order_of(event.exception, [[line] for line in said])
    return Default("exception", list(dict.fromkeys(said[place] for place in order)))


def _said(exception: ExceptionValue) -> str:
    value = parameterise(exception.value or "")
    kind = "" if _is_synthetic(exception) and value else _type(exception)
    return f"exception {': '.join(filter(None, (kind, value)))}"


def _whereabouts(event: Event) -> str:
    return NUMBER.sub("<n>", event.transaction or event.logger or "an event")
