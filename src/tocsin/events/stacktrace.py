"""Which frames of an event people want to see: the application's own, the innermost first, with their source."""

from dataclasses import dataclass

from tocsin.events.file_names import without_origin
from tocsin.events.own_code import Owner, owner_of, owners_of
from tocsin.events.schema import Event, ExceptionValue, Frame, Stacktrace, Value

MAX_EXCERPT_LINE = 160
"""Characters of a source line in an excerpt; a minified file is one line of a megabyte."""


NAMELESS = frozenset({"?", "<anonymous>", "<computed>", "<lambda>", "<unknown>", "anonymous"})
"""What SDKs call a function that has no name."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of an excerpt; `number` None: the SDK did not send line numbers."""

    number: int | None
    text: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class FrameView:
    """A frame as a page draws it: where (`file`, `line`), what (`function`), and the source around it."""

    function: str
    file: str
    path: str | None
    """The whole path or address, where the SDK knows more of it than `file` says."""
    module: str | None
    package: str | None
    line: int | None
    column: int | None
    in_app: bool
    source: list[SourceLine]
    variables: dict[str, Value]


@dataclass(frozen=True, slots=True)
class ExceptionView:
    """An exception as a page draws it, its frames innermost first."""

    type: str
    value: str
    is_handled: bool | None
    frames: list[FrameView]


def main_exception(event: Event) -> ExceptionValue | None:
    """The exception that was caught: SDKs list a chain oldest first, so it is the last one."""
    return event.exception[-1] if event.exception else None


def is_handled(event: Event) -> bool | None:
    """Whether the application caught the exception; None where the SDK does not say.

    The SDK for browsers says of the first exception of a chain that nobody caught it, and of the last one that
    somebody did, so one that was not caught is enough.
    """
    said = [exception.mechanism.handled for exception in event.exception if exception.mechanism is not None]
    if False in said:
        return False
    return said[-1] if said else None


def frames_of(event: Event) -> list[Frame]:
    """The frames that led to the event, innermost last: of its exception, else of its thread, else none."""
    for stacktrace in _stacktraces(event):
        if stacktrace and stacktrace.frames:
            return stacktrace.frames
    return []


def _stacktraces(event: Event) -> list[Stacktrace | None]:
    """Where frames may be, the best place first; SDKs on phones put an exception's stack on the crashed thread."""
    crashed = [thread.stacktrace for thread in event.threads if thread.crashed]
    current = [thread.stacktrace for thread in event.threads if thread.current]
    only = [thread.stacktrace for thread in event.threads] if len(event.threads) == 1 else []
    chain = [exception.stacktrace for exception in reversed(event.exception)]
    return [*chain, event.stacktrace, *crashed, *current, *only]


def app_frames(frames: list[Frame]) -> list[Frame]:
    """Those of `frames` that are the application's own, as far as anybody knows; all if nobody knows of one."""
    owners, best = owners_of(frames)
    return [frame for frame, owner in zip(frames, owners, strict=True) if owner == best]


def innermost_in_app(event: Event, count: int = 3) -> list[Frame]:
    """The `count` frames of the application nearest to where it went wrong, the innermost first."""
    return app_frames(frames_of(event))[: -count - 1 : -1]


def culprit_of(event: Event) -> str:
    """Where to look: the transaction (a route, a job) that the SDK named, else the innermost frame; may be empty."""
    if event.transaction:
        return event.transaction
    frames = innermost_in_app(event, 1)
    return location_of(frames[0]) if frames else ""


def location_of(frame: Frame) -> str:
    """`shop.cart in total`, or the file's name where there is no module (`js/cart.js in total`); may be empty."""
    module = None if frame.module == "__main__" else frame.module  # every Python script calls itself so
    place = module or without_origin(frame.filename or frame.abs_path or "") or frame.package or ""
    if not frame.function or frame.function.rpartition(".")[2] in NAMELESS:  # `HTMLButtonElement.<anonymous>`
        return place
    return f"{place} in {frame.function}" if place else frame.function


def excerpt_of(frame: Frame, *, around: int = 2) -> list[SourceLine]:
    """The source of `frame` with `around` lines before and after; empty if the SDK sent no source."""
    if frame.context_line is None:
        return []
    before = (frame.pre_context or [])[-around:] if around else []
    lines = [*before, frame.context_line, *(frame.post_context or [])[:around]]
    first = None if frame.lineno is None else frame.lineno - len(before)
    return [
        SourceLine(
            number=None if first is None else first + index,
            text=_cut(line, frame.colno if index == len(before) else None),
            is_current=index == len(before),
        )
        for index, line in enumerate(lines)
    ]


def _cut(line: str, column: int | None) -> str:
    """At most MAX_EXCERPT_LINE characters of `line`, those around `column` if it lies beyond them."""
    if len(line) <= MAX_EXCERPT_LINE:
        return line.rstrip("\r\n")
    start = 0 if column is None else max(0, min(column - MAX_EXCERPT_LINE // 2, len(line) - MAX_EXCERPT_LINE))
    end = start + MAX_EXCERPT_LINE
    return ("…" if start else "") + line[start:end].rstrip("\r\n") + ("…" if end < len(line) else "")


def views_of(event: Event) -> list[ExceptionView]:
    """All exceptions of `event` for a page, the one that was caught first; a message has none."""
    return [
        ExceptionView(
            type=exception.type or "Error",
            value=exception.value or "",
            is_handled=exception.mechanism.handled if exception.mechanism else None,
            frames=frame_views(exception.stacktrace.frames or [] if exception.stacktrace else []),
        )
        for exception in reversed(event.exception)
    ]


def frame_views(frames: list[Frame]) -> list[FrameView]:
    """`frames` (innermost last, as SDKs send them) for a page, the innermost first, with all source there is."""
    return [
        FrameView(
            function=frame.function or "<unknown>",
            file=frame.filename or frame.abs_path or frame.module or frame.package or "<unknown>",
            path=frame.abs_path if frame.filename and frame.abs_path != frame.filename else None,
            module=frame.module,
            package=frame.package,
            line=frame.lineno,
            column=frame.colno,
            in_app=owner_of(frame) > Owner.LIBRARY,
            source=excerpt_of(frame, around=len(frame.pre_context or []) + len(frame.post_context or [])),
            variables=frame.vars or {},
        )
        for frame in reversed(frames)
    ]
