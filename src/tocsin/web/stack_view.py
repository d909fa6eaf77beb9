"""The exceptions and threads of an event as a page shows them: the chain, its frames, and the plain text of both."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tocsin.events.schema import Event, ExceptionValue, Frame, Thread
from tocsin.events.stacktrace import FrameView, SourceLine, frame_views, frames_of
from tocsin.http.visible import visible
from tocsin.web.value_view import Rows, rows_of

OPEN_FRAMES = 4
"""Frames of the application that are shown with their source at once; the others open at a click."""
OPEN_EXCEPTIONS = 3
"""Of a longer chain only the exception that was caught and the one that began it are open at first."""


@dataclass(frozen=True, slots=True)
class ShownFrame:
    """One call of a stack; all texts are as they are shown, and still to be escaped."""

    function: str
    file: str
    line: int | None
    column: int | None
    path: str
    """The whole path or address, where the SDK knows more of it than `file` says."""
    facts: Rows
    """Module and package, where they say more than `file`; the path, where it does not end with `file`."""
    in_app: bool
    source: tuple[SourceLine, ...]
    variables: Rows
    is_open: bool
    is_first: bool
    """Whether it is the innermost one that people look at: its variables are shown at once."""
    run: int = 0
    """Of how many frames of libraries in a row this is the first; 0 for all others."""

    @property
    def is_bare(self) -> bool:
        """Whether there is no more to it than its place: no source, no variables, no facts."""
        return not (self.source or self.variables or self.facts)


@dataclass(frozen=True, slots=True)
class Stack:
    """An exception of a chain, or the frames of an event that has none; innermost frame first."""

    type: str
    value: str
    module: str
    relation: str
    """What it is to the exceptions above it: `Caused by`, `Part of the group`, or nothing for the first."""
    depth: int
    """How many groups it lies in."""
    is_handled: bool | None
    mechanism: str
    frames: tuple[ShownFrame, ...]
    raw: str
    """The frames as a log would show them."""
    is_open: bool


@dataclass(frozen=True, slots=True)
class ShownThread:
    """A thread that ran beside; `frames` say where each call was."""

    name: str
    marks: tuple[str, ...]
    frames: tuple[tuple[str, bool], ...]
    """Each with whether it is the application's own."""


def stacks_of(event: Event) -> tuple[Stack, ...]:
    """The chain of exceptions, the one that was caught first; the frames alone where there is no exception."""
    if not event.exception:
        frames = frames_of(event)
        return (_stack(ExceptionValue(), frames, event.platform, "", 0, is_open=True),) if frames else ()

    caught_first = list(reversed(event.exception))
    depths = _depths(caught_first)
    # SDKs on phones put an exception's stack on the crashed thread.
    spare = [] if any(_frames(each) for each in caught_first) else frames_of(event)
    last = len(caught_first) - 1
    return tuple(
        _stack(
            exception,
            _frames(exception) or (spare if index == 0 else []),
            event.platform,
            _relation(exception, caught_first, index),
            depths[index],
            is_open=last < OPEN_EXCEPTIONS or index in {0, last},
        )
        for index, exception in enumerate(caught_first)
    )


def threads_of(event: Event) -> tuple[ShownThread, ...]:
    """The other threads of `event`, those that crashed or ran first; whose stack is shown anyway is left out."""
    shown = frames_of(event)
    others = [
        thread
        for thread in event.threads
        if thread.stacktrace is not None and thread.stacktrace.frames and thread.stacktrace.frames is not shown
    ]
    others.sort(key=lambda thread: (not thread.crashed, not thread.current))
    return tuple(_thread(thread) for thread in others)


def raw_stack(kind: str, value: str, frames: Sequence[Frame], platform: str | None) -> str:
    """An exception with its frames (innermost last) as the platform's own log would print it."""
    heading = f"{kind}: {value}" if kind and value else kind or value
    if platform == "python":
        calls = [_python_line(frame) for frame in frames]
        return "\n".join(["Traceback (most recent call last):", *calls, *([heading] if heading else [])])
    calls = [f"    at {_place(frame)}" for frame in reversed(frames)]
    return "\n".join([*([heading] if heading else []), *calls])


def _frames(exception: ExceptionValue) -> list[Frame]:
    return (exception.stacktrace.frames or []) if exception.stacktrace else []


def _stack(
    exception: ExceptionValue, frames: list[Frame], platform: str | None, relation: str, depth: int, *, is_open: bool
) -> Stack:
    mechanism = exception.mechanism
    kind = (exception.type or "Error") if exception.type or exception.value else ""
    return Stack(
        type=visible(kind),
        value=visible(exception.value or ""),
        module=visible(exception.module or ""),
        relation=relation,
        depth=depth,
        is_handled=mechanism.handled if mechanism else None,
        mechanism=visible((mechanism.type or "") if mechanism else ""),
        frames=_shown_frames(frame_views(frames), to_open=OPEN_FRAMES if depth == 0 and not relation else 1),
        raw=visible(raw_stack(kind, exception.value or "", frames, platform)) if frames else "",
        is_open=is_open,
    )


def _depths(caught_first: Sequence[ExceptionValue]) -> list[int]:
    """How deep each lies in groups, by the ids that SDKs number them with; 0 wherever those make no sense."""
    depth_of: dict[int, int] = {}
    groups: set[int] = set()
    depths = []
    for exception in caught_first:
        mechanism = exception.mechanism
        parent = mechanism.parent_id if mechanism else None
        depth = depth_of.get(parent, 0) + (parent in groups) if parent is not None else 0
        if mechanism is not None and mechanism.exception_id is not None:
            depth_of[mechanism.exception_id] = depth
            if mechanism.is_exception_group:
                groups.add(mechanism.exception_id)
        depths.append(depth)
    return depths


def _relation(exception: ExceptionValue, caught_first: Sequence[ExceptionValue], index: int) -> str:
    if index == 0:
        return ""
    parent_id = exception.mechanism.parent_id if exception.mechanism else None
    parents = [each.mechanism for each in caught_first if each.mechanism and each.mechanism.exception_id == parent_id]
    is_member = parent_id is not None and any(each.is_exception_group for each in parents)
    return "Part of the group" if is_member else "Caused by"


def _shown_frames(frames: Sequence[FrameView], *, to_open: int) -> tuple[ShownFrame, ...]:
    own = [index for index, frame in enumerate(frames) if frame.in_app] or list(range(len(frames)))
    opened = set(own[:to_open])
    runs = _runs([frame.in_app for frame in frames])
    return tuple(
        ShownFrame(
            function=visible(frame.function),
            file=visible(frame.file),
            line=frame.line,
            column=frame.column,
            path=visible(frame.path or ""),
            facts=_facts(frame),
            in_app=frame.in_app,
            source=tuple(SourceLine(line.number, visible(line.text), line.is_current) for line in frame.source),
            variables=rows_of(frame.variables),
            is_open=index in opened,
            is_first=index == own[0],
            run=runs[index],
        )
        for index, frame in enumerate(frames)
    )


def _facts(frame: FrameView) -> Rows:
    stem = frame.file.rsplit(".", 1)[0].replace("/", ".").replace("\\", ".")
    path = None if frame.path and frame.path.endswith(frame.file) else frame.path
    is_said = frame.module is None or stem.endswith(frame.module)
    return rows_of({"module": None if is_said else frame.module, "package": frame.package, "path": path})


def _runs(in_app: Sequence[bool]) -> list[int]:
    """For each frame the length of the run of foreign frames that it begins, else 0."""
    starts = [index for index, (before, own) in enumerate(pairwise([True, *in_app])) if before and not own]
    runs = [0] * len(in_app)
    for start in starts:
        end = next((index for index in range(start, len(in_app)) if in_app[index]), len(in_app))
        runs[start] = end - start
    return runs


def _thread(thread: Thread) -> ShownThread:
    name = thread.name or (f"Thread {thread.id}" if thread.id is not None else "A thread without a name")
    marks = {"crashed": thread.crashed, "current": thread.current, "main": thread.main}
    frames = (thread.stacktrace.frames or []) if thread.stacktrace else []
    return ShownThread(
        visible(name),
        tuple(word for word, holds in marks.items() if holds),
        tuple((visible(_place(frame)), frame.in_app is not False) for frame in reversed(frames)),
    )


def _python_line(frame: Frame) -> str:
    where = f'  File "{_file(frame)}", line {frame.lineno or "?"}, in {frame.function or "?"}'
    source = (frame.context_line or "").strip()
    return f"{where}\n    {source}" if source else where


def _place(frame: Frame) -> str:
    """`price (static/basket.js:31:7)`."""
    numbers = "".join(f":{number}" for number in (frame.lineno, frame.colno) if number is not None)
    where = f"{_file(frame)}{numbers}"
    return f"{frame.function} ({where})" if frame.function else where


def _file(frame: Frame) -> str:
    return frame.abs_path or frame.filename or frame.module or frame.package or "?"
