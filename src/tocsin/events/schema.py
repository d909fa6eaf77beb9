"""The shape of an event inside Tocsin, and how much of each part of it is kept.

Field names are those of the wire (https://develop.sentry.dev/sdk/data-model/event-payloads/), so that a stored event is
itself an event that an SDK might have sent, and one decoder reads both. Bounds stand in the types, where the decoder
checks them at the speed of C; an event that breaks one is repaired (`repair.py`) and says so in its `notes`.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

# How long a text may be, in characters. Nobody reads more of it, and a card shows far less. Those of messages, tags,
# releases and environments are what SDKs document: https://docs.sentry.io/concepts/data-management/size-limits/
MAX_MESSAGE = 8192
MAX_TAG = 200
MAX_RELEASE = 250
MAX_ENVIRONMENT = 64
MAX_NAME = 256
MAX_PATH = 512
MAX_URL = 2048
MAX_SOURCE_LINE = 1024
MAX_TEXT = 8192

# How many of a thing are kept. Of what SDKs list oldest first (exceptions, frames, breadcrumbs) the last ones stay.
MAX_EXCEPTIONS = 50
MAX_FRAMES_SENT = 4000
MAX_FRAMES = 250
MAX_CONTEXT_LINES = 20
MAX_BREADCRUMBS = 100
MAX_THREADS = 100
MAX_TAGS = 200
MAX_MODULES = 1000
MAX_FINGERPRINT = 20
MAX_KEYS = 200
MAX_ELEMENTS = 500
MAX_DEPTH = 6

Name: TypeAlias = Annotated[str, Meta(max_length=MAX_NAME)]
Tag: TypeAlias = Annotated[str, Meta(max_length=MAX_TAG)]
Release: TypeAlias = Annotated[str, Meta(max_length=MAX_RELEASE)]
Environment: TypeAlias = Annotated[str, Meta(max_length=MAX_ENVIRONMENT)]
Path: TypeAlias = Annotated[str, Meta(max_length=MAX_PATH)]
URL: TypeAlias = Annotated[str, Meta(max_length=MAX_URL)]
Message: TypeAlias = Annotated[str, Meta(max_length=MAX_MESSAGE)]
Text: TypeAlias = Annotated[str, Meta(max_length=MAX_TEXT)]
SourceLine: TypeAlias = Annotated[str, Meta(max_length=MAX_SOURCE_LINE)]
SourceLines: TypeAlias = Annotated[list[SourceLine], Meta(max_length=MAX_CONTEXT_LINES)]
Number: TypeAlias = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]  # what an encoder of JSON can write again
LineNumber: TypeAlias = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Scalar: TypeAlias = Text | Number | float | bool | None

if TYPE_CHECKING:
    Value: TypeAlias = "Scalar | list[Value] | dict[str, Value]"
    Fields: TypeAlias = dict[str, Value]
else:
    # A recursive type would have no bottom, and everything that walks a value later (scrubbing, pages) would need a
    # depth check of its own. So the levels are written out, and the decoder refuses what lies deeper.
    Value = Scalar
    for _ in range(MAX_DEPTH):
        Fields = Annotated[dict[Name, Value], Meta(max_length=MAX_KEYS)]
        Value = Scalar | Fields | Annotated[list[Value], Meta(max_length=MAX_ELEMENTS)]

ThreadId: TypeAlias = Name | Annotated[int, Meta(ge=0, le=10**12 - 1)]
Level: TypeAlias = Literal["fatal", "error", "warning", "info", "debug"]


class Shape(msgspec.Struct, frozen=True, omit_defaults=True):
    """What all parts of an event share: fields may be missing or null, and what is not known is not kept."""


class Frame(Shape, frozen=True):
    """One call in a stack trace. `in_app` None: the SDK does not know whether this is the application's own code."""

    filename: Path | None = None
    abs_path: URL | None = None
    function: Path | None = None
    module: Path | None = None
    package: Path | None = None
    lineno: LineNumber | None = None
    colno: LineNumber | None = None
    in_app: bool | None = None
    pre_context: SourceLines | None = None
    context_line: SourceLine | None = None
    post_context: SourceLines | None = None
    vars: Fields | None = None


class Stacktrace(Shape, frozen=True):
    """The calls that led here, the innermost last.

    An endless recursion is an everyday error of a thousand frames, so the decoder lets them pass and cuts them itself.
    """

    frames: Annotated[list[Frame], Meta(max_length=MAX_FRAMES_SENT)] | None = None


class Mechanism(Shape, frozen=True):
    """How an exception was caught. `synthetic`: its type was made up by the SDK and says nothing."""

    type: Name | None = None
    handled: bool | None = None
    synthetic: bool | None = None
    is_exception_group: bool | None = None
    exception_id: LineNumber | None = None
    parent_id: LineNumber | None = None


class ExceptionValue(Shape, frozen=True):
    """One exception of a chain; `type` is the name of its class, `value` what it says."""

    type: Name | None = None
    value: Message | None = None
    module: Path | None = None
    mechanism: Mechanism | None = None
    stacktrace: Stacktrace | None = None
    thread_id: ThreadId | None = None


class Thread(Shape, frozen=True):
    """A thread that ran when the event happened; the stack of `current` belongs to an event without an exception."""

    id: ThreadId | None = None
    name: Name | None = None
    crashed: bool | None = None
    current: bool | None = None
    main: bool | None = None
    stacktrace: Stacktrace | None = None


class LogEntry(Shape, frozen=True):
    """A message: `message` may hold placeholders, `formatted` is what a person reads."""

    message: Message | None = None
    formatted: Message | None = None
    params: Value = None


class Breadcrumb(Shape, frozen=True):
    """Something that happened before the event; `timestamp` as it was sent, seconds or ISO 8601."""

    timestamp: float | Name | None = None
    type: Name | None = None
    category: Name | None = None
    level: Name | None = None
    message: Message | None = None
    data: Fields | None = None


class Request(Shape, frozen=True):
    """The HTTP request that was being answered (or, in a browser, the page)."""

    method: Name | None = None
    url: URL | None = None
    query_string: Value = None
    headers: Fields | None = None
    cookies: Value = None
    data: Value = None
    env: Fields | None = None


class SDK(Shape, frozen=True):
    """The library that sent the event."""

    name: Name | None = None
    version: Name | None = None


class EventFields(Shape, frozen=True):
    """The fields that look on the wire as they do here."""

    type: Name | None = None
    platform: Name | None = None
    logger: Name | None = None
    transaction: Tag | None = None
    server_name: Name | None = None
    release: Release | None = None
    dist: Name | None = None
    environment: Environment | None = None
    logentry: LogEntry | None = None
    stacktrace: Stacktrace | None = None
    request: Request | None = None
    user: Fields | None = None
    contexts: Fields | None = None
    extra: Fields | None = None
    modules: Annotated[dict[Name, Name], Meta(max_length=MAX_MODULES)] | None = None
    sdk: SDK | None = None


class Event(EventFields, frozen=True):
    """One event, understood: every form that SDKs use is brought to one, and every bound above holds.

    `event_id` is 32 hexadecimal digits in lower case, None if the SDK sent none or nonsense. `timestamp` is the
    sender's clock, aware and in UTC. `notes` say what was cut, dropped or filtered, one sentence each.
    """

    event_id: str | None = None
    timestamp: datetime | None = None
    level: Level = "error"
    exception: list[ExceptionValue] = []
    threads: list[Thread] = []
    breadcrumbs: list[Breadcrumb] = []
    tags: dict[str, str] = {}
    fingerprint: list[str] = []
    notes: list[str] = []
