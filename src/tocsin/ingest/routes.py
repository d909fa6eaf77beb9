"""The endpoints that SDKs report to: `/api/{project_id}/envelope/` and `/store/`."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from prometheus_client import Counter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tocsin.events.decode import parse_event_id
from tocsin.events.envelope import Envelope, Item, parse_envelope
from tocsin.events.errors import EnvelopeError, EventError
from tocsin.ingest.batcher import Batcher
from tocsin.ingest.decompress import decompress
from tocsin.ingest.errors import (
    BadCompressionError,
    BadKeyError,
    IngestError,
    OverloadedError,
    StorageFailedError,
    TooLargeError,
)
from tocsin.ingest.keys import KeyRing, key_of_dsn, key_of_request
from tocsin.intake.prepare import prepare_event
from tocsin.intake.prepared import PreparedEvent
from tocsin.kernel.clock import Clock
from tocsin.kernel.crash_points import crash_point
from tocsin.kernel.errors import TocsinError
from tocsin.kernel.ids import ProjectId
from tocsin.kernel.metrics import REGISTRY

MAX_BODY = 20 * 1024 * 1024
MAX_DECOMPRESSED = 100 * 1024 * 1024
MAX_EVENT = 1024 * 1024
"""docs.sentry.io/concepts/data-management/size-limits: an event has 1 MB once decompressed; attachments have more."""

LARGE = 64 * 1024
"""From this size on an event is worked out in a thread, so that other requests and presses need not wait for it."""

QUICK = 1024 * 1024
"""Up to this size a body is unpacked where it came in; beyond, it would keep everybody else waiting."""

BACK_OFF_SECONDS = 60

CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-allow-headers": "authorization, baggage, content-encoding, content-type, sentry-trace, "
    "traceparent, x-requested-with, x-sentry-auth",
    "access-control-expose-headers": "retry-after, x-sentry-error, x-sentry-rate-limits",
    "access-control-max-age": "3600",
}
"""Browsers report from any page; no credentials are involved, so any origin may (developer.mozilla.org, CORS)."""

STATUS: dict[type[TocsinError], int] = {
    TooLargeError: 413,
    BadCompressionError: 400,
    EnvelopeError: 400,
    EventError: 400,
    BadKeyError: 403,
    OverloadedError: 429,
    StorageFailedError: 429,
}
"""429 rather than 5xx when nothing can be stored: SDKs then hold off, and count what they drop."""

ITEMS = Counter("tocsin_envelope_items", "Items received, by type.", ["type"], registry=REGISTRY)
REFUSED = Counter("tocsin_ingest_refused", "Requests refused, by reason.", ["reason"], registry=REGISTRY)
KNOWN_ITEMS = frozenset(
    {
        "attachment",
        "check_in",
        "client_report",
        "event",
        "feedback",
        "log",
        "profile",
        "profile_chunk",
        "replay_event",
        "replay_recording",
        "session",
        "sessions",
        "span",
        "statsd",
        "transaction",
        "user_report",
    }
)

log = structlog.get_logger()


class Ingest:
    """The endpoints with what they need."""

    def __init__(self, batcher: Batcher, keys: KeyRing, clock: Clock) -> None:
        self._batcher = batcher
        self._keys = keys
        self._clock = clock

    def routes(self) -> list[Route]:
        """The routes of this edge; SDKs may leave the last slash out."""
        return [
            Route(path, self._answering(handler), methods=["POST", "OPTIONS"])
            for handler, name in ((self._envelope, "envelope"), (self._store, "store"))
            for path in (f"/api/{{project_id:int}}/{name}/", f"/api/{{project_id:int}}/{name}")
        ]

    def _answering(
        self, handle: Callable[[Request], Awaitable[str | None]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if request.method == "OPTIONS":
                return Response(status_code=200, headers=CORS)
            try:
                event_id = await handle(request)
            except ClientDisconnect:
                return Response(status_code=400)
            except (IngestError, EnvelopeError, EventError) as error:
                return _refuse(error)
            return JSONResponse({"id": event_id} if event_id else {}, headers=CORS)

        return endpoint

    async def _envelope(self, request: Request) -> str | None:
        key = key_of_request(request)
        if key is not None:
            await self._check(key, request)
        envelope = parse_envelope(await _body(request))
        if key is None:
            await self._check(key_of_dsn(envelope.header.dsn), request)
        events = await self._events_of(envelope, request.path_params["project_id"])
        if events:
            await self._batcher.store(events)
            return events[0].event_id.hex()
        return parse_event_id(envelope.header.event_id or "")

    async def _store(self, request: Request) -> str | None:
        await self._check(key_of_request(request), request)
        body = await _body(request)
        ITEMS.labels("event").inc()
        event = await self._prepare(body, request.path_params["project_id"], None)
        await self._batcher.store([event])
        return event.event_id.hex()

    async def _check(self, key: str | None, request: Request) -> None:
        project_id = request.path_params["project_id"]
        if not self._keys.remembers(key, project_id):
            await asyncio.to_thread(self._keys.check, key, project_id)

    async def _events_of(self, envelope: Envelope, project_id: int) -> list[PreparedEvent]:
        """The events of `envelope`, ready to be stored; items of other types are counted and let go."""
        for item in envelope.items:
            ITEMS.labels(item.header.type if item.header.type in KNOWN_ITEMS else "other").inc()
        return [
            await self._prepare(item.payload, project_id, envelope.header.event_id)
            for item in envelope.items
            if _is_event(item)
        ]

    async def _prepare(self, payload: bytes, project_id: int, envelope_event_id: str | None) -> PreparedEvent:
        if len(payload) > MAX_EVENT:
            raise TooLargeError(f"an event may have {MAX_EVENT} bytes, this one has {len(payload)}")
        wanted = {"project_id": ProjectId(project_id), "envelope_event_id": envelope_event_id, "now": self._clock()}
        if len(payload) > LARGE:
            return await asyncio.to_thread(prepare_event, payload, **wanted)
        return prepare_event(payload, **wanted)


def _is_event(item: Item) -> bool:
    return item.header.type == "event"


async def _body(request: Request) -> bytes:
    """The body, unpacked. What is too large is refused while it comes in, not after."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise TooLargeError(f"a request may have {MAX_BODY} bytes")
        parts.append(part)
        crash_point("ingest.body_begun")
    body = b"".join(parts)
    crash_point("ingest.body_read")
    encoding = request.headers.get("content-encoding")
    if encoding is None:
        return body
    if len(body) <= LARGE:
        try:
            return decompress(body, encoding, limit=QUICK)
        except TooLargeError:
            pass  # a few bytes may unfold into very many: that is for a thread, too
    return await asyncio.to_thread(decompress, body, encoding, limit=MAX_DECOMPRESSED)


def _refuse(error: TocsinError) -> Response:
    """The protocol's answer: https://develop.sentry.dev/sdk/foundations/transport/ (errors, rate limiting)."""
    REFUSED.labels(error.code).inc()
    status = STATUS[type(error)]
    headers = dict(CORS)
    if status == 429:
        headers["retry-after"] = str(BACK_OFF_SECONDS)
        headers["x-sentry-rate-limits"] = f"{BACK_OFF_SECONDS}::organization"
    # The reason may quote what was sent; JSON's escapes keep it on one line, and headers hold only our own words.
    headers["x-sentry-error"] = error.code
    return JSONResponse({"detail": str(error)[:300]}, status_code=status, headers=headers)
