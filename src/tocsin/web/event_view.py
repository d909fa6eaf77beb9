"""One event as a page shows it: everything that the SDK sent, sorted into what people look for. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from tocsin.events.schema import Breadcrumb, Event, Value
from tocsin.events.stacktrace import ExceptionView, FrameView, frame_views, frames_of, views_of
from tocsin.events.title import message_of

OPEN_FRAMES = 4
"""Frames of the application that are shown with their source at once; the others open at a click."""

CONTEXT_TITLES = {"os": "Operating system", "device": "Device", "runtime": "Runtime", "trace": "Trace", "app": "App"}

Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Stack:
    """An exception of a chain, or a thread's frames when there is none; innermost frame first."""

    type: str
    value: str
    is_handled: bool | None
    frames: tuple[tuple[FrameView, bool], ...]
    """Each with whether it is open at first."""
    hidden: int
    """How many frames do not belong to the application."""


@dataclass(frozen=True, slots=True)
class Crumb:
    """A breadcrumb; `time` is `14:02:07`, empty when the SDK sent none that can be read."""

    time: str
    category: str
    level: str
    text: str
    rows: Rows


@dataclass(frozen=True, slots=True)
class Section:
    """A titled table of what the SDK sent."""

    title: str
    rows: Rows


@dataclass(frozen=True, slots=True)
class EventView:
    """What the page of an event shows, all of it raw text that the template escapes."""

    message: str
    stacks: tuple[Stack, ...]
    crumbs: tuple[Crumb, ...]
    tags: Rows
    sections: tuple[Section, ...]
    notes: tuple[str, ...]


def view_event(event: Event) -> EventView:
    """Sort `event` for its page."""
    return EventView(
        message="" if event.exception else message_of(event),
        stacks=_stacks(event),
        crumbs=tuple(_crumb(each) for each in event.breadcrumbs),
        tags=_tags(event),
        sections=tuple(section for section in _sections(event) if section.rows),
        notes=tuple(event.notes),
    )


def rows_of(fields: Mapping[str, Value] | None) -> Rows:
    """Fields as a table's rows; those without a value are left out."""
    return tuple((key, readable(value)) for key, value in (fields or {}).items() if value is not None)


def readable(value: Value) -> str:
    """Any value as text: a text as it is, the rest as JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, indent=2 if isinstance(value, dict | list) and value else None)


def _stacks(event: Event) -> tuple[Stack, ...]:
    exceptions = views_of(event)
    if not any(exception.frames for exception in exceptions):
        frames = frame_views(frames_of(event))
        if frames and not exceptions:
            exceptions = [ExceptionView("", "", None, frames)]
        elif frames:
            first = exceptions[0]
            exceptions[0] = ExceptionView(first.type, first.value, first.is_handled, frames)
    return tuple(_stack(exception, is_first=index == 0) for index, exception in enumerate(exceptions))


def _stack(exception: ExceptionView, *, is_first: bool) -> Stack:
    to_open = [frame for frame in exception.frames if frame.in_app] or exception.frames
    opened = to_open[: OPEN_FRAMES if is_first else 1]
    return Stack(
        exception.type,
        exception.value,
        exception.is_handled,
        tuple((frame, any(frame is each for each in opened)) for frame in exception.frames),
        sum(not frame.in_app for frame in exception.frames),
    )


def _crumb(crumb: Breadcrumb) -> Crumb:
    return Crumb(
        _time_of_day(crumb.timestamp),
        crumb.category or crumb.type or "",
        crumb.level or "info",
        crumb.message or "",
        rows_of(crumb.data),
    )


def _time_of_day(sent: float | str | None) -> str:
    try:
        if isinstance(sent, str):
            return f"{datetime.fromisoformat(sent):%H:%M:%S}"
        return "" if sent is None else f"{datetime.fromtimestamp(sent, UTC):%H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return ""


def _tags(event: Event) -> Rows:
    known = {
        "environment": event.environment,
        "release": event.release,
        "level": event.level,
        "transaction": event.transaction,
        "logger": event.logger,
        "server_name": event.server_name,
    }
    own = {key: value for key, value in event.tags.items() if key not in known}
    return tuple((key, value) for key, value in {**known, **own}.items() if value)


def _sections(event: Event) -> list[Section]:
    request = event.request
    sections = [Section("User", rows_of(event.user))]
    if request is not None:
        what = {"Method": request.method, "Address": request.url, "Query": request.query_string, "Body": request.data}
        sections += [
            Section("Request", rows_of({key: value for key, value in what.items() if value not in (None, "")})),
            Section("Request headers", rows_of(request.headers)),
            Section("Cookies", rows_of(request.cookies if isinstance(request.cookies, dict) else None)),
        ]
    for name, context in (event.contexts or {}).items():
        rows = rows_of(context if isinstance(context, dict) else {"value": context})
        sections.append(Section(CONTEXT_TITLES.get(name, name), rows))
    sections.append(Section("Extra", rows_of(event.extra)))
    if event.sdk is not None:
        sections.append(Section("SDK", rows_of({"name": event.sdk.name, "version": event.sdk.version})))
    sections.append(Section("Modules", tuple(sorted((event.modules or {}).items()))))
    return sections
