"""Turns the payload of an event, as any SDK sends it, into an `Event`.

Almost every event passes the strict decoder, which checks types and bounds in C. What does not is repaired and noted:
an SDK reports an error once and never again, so a wrong field must not cost the event.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from tocsin.events.repair import load_json, repair
from tocsin.events.schema import (
    MAX_BREADCRUMBS,
    MAX_EXCEPTIONS,
    MAX_FINGERPRINT,
    MAX_FRAMES,
    MAX_TAGS,
    MAX_THREADS,
    Breadcrumb,
    Event,
    EventFields,
    ExceptionValue,
    Level,
    LogEntry,
    Message,
    Name,
    Shape,
    Stacktrace,
    Tag,
    Text,
    Thread,
)

LEVELS: Mapping[str, Level] = MappingProxyType(
    {
        "fatal": "fatal",
        "error": "error",
        "warning": "warning",
        "info": "info",
        "debug": "debug",
        # The names that loggers of other languages use, as SDKs pass them on.
        "critical": "fatal",
        "emergency": "fatal",
        "alert": "fatal",
        "warn": "warning",
        "notice": "info",
        "log": "info",
        "trace": "debug",
    }
)

EVENT_ID = re.compile(r"[0-9a-f]{32}")

MILLISECONDS_FROM = 1e11
"""A timestamp above this (the year 5138) is in milliseconds, which SDKs written in JavaScript send by mistake."""

FRAMES_AT_START = 50
"""Outermost frames that are kept of a stack that is too deep; the rest of MAX_FRAMES are the innermost ones."""

Owner = TypeVar("Owner", ExceptionValue, Thread)

ExceptionList = Annotated[list[ExceptionValue], Meta(max_length=MAX_EXCEPTIONS)]
ThreadList = Annotated[list[Thread], Meta(max_length=MAX_THREADS)]
BreadcrumbList = Annotated[list[Breadcrumb], Meta(max_length=MAX_BREADCRUMBS)]


class ExceptionValues(Shape, frozen=True):
    """The wrapped form of exceptions. `values` is required: without it the object is itself an exception."""

    values: ExceptionList


class ThreadValues(Shape, frozen=True):
    """The wrapped form of threads."""

    values: ThreadList


class BreadcrumbValues(Shape, frozen=True):
    """The wrapped form of breadcrumbs."""

    values: BreadcrumbList


class WireEvent(EventFields, frozen=True):
    """An event in the forms that SDKs send without fault; all others are first repaired into these."""

    event_id: Name | None = None
    timestamp: float | Name | None = None
    level: Name | None = None
    message: Message | None = None
    exception: ExceptionValues | ExceptionList | None = None
    threads: ThreadValues | ThreadList | None = None
    breadcrumbs: BreadcrumbValues | BreadcrumbList | None = None
    tags: Annotated[dict[Tag, Tag | int | float | bool | None], Meta(max_length=MAX_TAGS)] | None = None
    fingerprint: Annotated[list[Text], Meta(max_length=MAX_FINGERPRINT)] | None = None
    notes: Annotated[list[Text], Meta(max_length=MAX_TAGS)] | None = None


_DECODER = msgspec.json.Decoder(WireEvent)
_ENCODER = msgspec.json.Encoder()


def decode_event(payload: bytes) -> Event:
    """Understand `payload`, one event as JSON: fresh from an SDK, or as `encode_event` wrote it.

    What is wrong in it is dropped or mended, what is too long is cut, and `Event.notes` says so.

    Raises:
        EventError: not JSON, not an object, or nested deeper than a decoder can follow.
    """
    # A NUL is legal JSON, but PostgreSQL refuses it in texts; as raw bytes JSON has no NUL.
    if b"\\u0000" not in payload:
        try:
            return _normalise(_DECODER.decode(payload), [])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass  # Not strict: the repair below either mends it or says why it cannot.
    repaired, notes = repair(_usual_forms(load_json(payload)), WireEvent)
    return _normalise(repaired, notes)


def encode_event(event: Event) -> bytes:
    """The JSON in which an event is stored and handed out; `decode_event` reads it."""
    return _ENCODER.encode(event)


def parse_event_id(text: str) -> str | None:
    """The id as 32 hexadecimal digits in lower case; None if `text` is none (SDKs may send dashes and capitals)."""
    event_id = text.replace("-", "").lower()
    return event_id if EVENT_ID.fullmatch(event_id) else None


def _usual_forms(loaded: dict[str, Any]) -> dict[str, Any]:
    """Old SDKs send `message` as an object, or `logentry` as a text: each belongs under the other's name."""
    message, entry = loaded.get("message"), loaded.get("logentry")
    if isinstance(message, dict):
        loaded = {**loaded, "message": None, "logentry": entry or message}
    if isinstance(entry, str):
        loaded = {**loaded, "message": entry, "logentry": None}
    return loaded


def _normalise(wire: WireEvent, notes: list[str]) -> Event:
    notes = [*(wire.notes or ()), *notes]
    exception = wire.exception.values if isinstance(wire.exception, ExceptionValues) else wire.exception or []
    threads = wire.threads.values if isinstance(wire.threads, ThreadValues) else wire.threads or []
    return Event(
        type=wire.type,
        platform=wire.platform,
        logger=wire.logger,
        transaction=wire.transaction,
        server_name=wire.server_name,
        release=wire.release,
        dist=wire.dist,
        environment=wire.environment,
        logentry=_log_entry(wire),
        stacktrace=_shortened(wire.stacktrace, notes),
        request=wire.request,
        user=wire.user,
        contexts=wire.contexts,
        extra=wire.extra,
        modules=wire.modules,
        sdk=wire.sdk,
        event_id=_event_id(wire.event_id, notes),
        timestamp=_timestamp(wire.timestamp, notes),
        level=_level(wire.level, notes),
        exception=[_with_short_stack(value, notes) for value in exception],
        threads=[_with_short_stack(thread, notes) for thread in threads],
        breadcrumbs=(
            wire.breadcrumbs.values if isinstance(wire.breadcrumbs, BreadcrumbValues) else wire.breadcrumbs or []
        ),
        tags=_tags(wire.tags) if wire.tags else {},
        fingerprint=wire.fingerprint or [],
        notes=notes,
    )


def _with_short_stack(owner: Owner, notes: list[str]) -> Owner:
    stacktrace = _shortened(owner.stacktrace, notes)
    return owner if stacktrace is owner.stacktrace else replace(owner, stacktrace=stacktrace)


def _shortened(stacktrace: Stacktrace | None, notes: list[str]) -> Stacktrace | None:
    """At most MAX_FRAMES frames: how a recursion began, and where it ended."""
    frames = stacktrace.frames if stacktrace else None
    if frames is None or len(frames) <= MAX_FRAMES:
        return stacktrace
    notes.append(f"stacktrace: cut from {len(frames)} to {MAX_FRAMES} frames")
    return Stacktrace(frames=frames[:FRAMES_AT_START] + frames[FRAMES_AT_START - MAX_FRAMES :])


def _log_entry(wire: WireEvent) -> LogEntry | None:
    if wire.logentry is None and wire.message:
        return LogEntry(message=wire.message)
    return wire.logentry


def _event_id(sent: str | None, notes: list[str]) -> str | None:
    event_id = parse_event_id(sent) if sent else None
    if sent and event_id is None:
        notes.append("event_id: dropped, it is not 32 hexadecimal digits")
    return event_id


def _timestamp(sent: float | str | None, notes: list[str]) -> datetime | None:
    if sent is None:
        return None
    try:
        if not isinstance(sent, str):
            return datetime.fromtimestamp(sent / 1000 if sent > MILLISECONDS_FROM else sent, UTC)
        moment = datetime.fromisoformat(sent)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        notes.append("timestamp: dropped, it is neither seconds nor ISO 8601")
        return None


def _level(sent: str | None, notes: list[str]) -> Level:
    level = LEVELS.get(sent.lower()) if sent else "error"
    if level is None:
        notes.append("level: unknown, so it became error")
        return "error"
    return level


def _tags(sent: dict[str, str | int | float | bool | None]) -> dict[str, str]:
    """Tags as texts, as they look in JSON: an SDK in JavaScript sends `true` where one in Python sends `"True"`."""
    return {key: _tag(tag) for key, tag in sent.items() if tag is not None and tag != ""}


def _tag(tag: str | float | bool) -> str:
    if isinstance(tag, str):
        return tag
    return str(tag).lower() if isinstance(tag, bool) else str(tag)
