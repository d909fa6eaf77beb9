"""The endpoints that SDKs report to: `/api/{project_id}/envelope/` and `/store/`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from prometheus_client import Counter
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tocsin.events.decode import parse_event_id
from tocsin.events.envelope import Envelope, parse_envelope
from tocsin.events.errors import EnvelopeError, EventError
from tocsin.ingest.answers import CORS, OUTCOME, accept, refuse
from tocsin.ingest.batcher import Batcher
from tocsin.ingest.body import LARGE, Body, Room
from tocsin.ingest.client_reports import read_client_report
from tocsin.ingest.errors import HoldOffError, IngestError, TooLargeError
from tocsin.ingest.keys import KeyRing, KnownKey, key_of_dsn, key_of_request
from tocsin.ingest.request import SDKRequest
from tocsin.ingest.submission import Submission
from tocsin.ingest.tally import Tally
from tocsin.intake.prepare import prepare_event
from tocsin.intake.received import IntakeOutcome
from tocsin.kernel.clock import Clock
from tocsin.kernel.metrics import REGISTRY

MAX_EVENT = 1024 * 1024
"""docs.sentry.io/concepts/data-management/size-limits: an event has 1 MB once decompressed; attachments have more."""

REPORT_AT_MOST = 1024
"""Bytes of a request that is looked into although no event can be taken: it may hold a report of what was dropped."""

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
_ITEMS_OF = {kind: ITEMS.labels(kind) for kind in KNOWN_ITEMS}
_OTHER_ITEMS = ITEMS.labels("other")


@dataclass(slots=True)
class Sent:
    """What is known of one request so far."""

    body: Body
    project_id: int
    key: KnownKey | None = None
    events: int = 1
    """How many events it holds; one, while nobody has looked."""
    taken: int = 0
    """How many of them its quotas have counted."""
    hold_off: HoldOffError | None = None
    """Why no event of it can be taken, whatever else it may hold."""


class _Endpoint:
    """One endpoint as ASGI has it: of a request's many layers, what SDKs send needs none."""

    def __init__(self, answer: Callable[[SDKRequest], Awaitable[Response]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            answer = Response(status_code=200, headers=CORS)
        else:
            answer = await self._answer(SDKRequest(scope, receive))
        await answer(scope, receive, send)


class Ingest:
    """The endpoints with what they need."""

    def __init__(self, batcher: Batcher, keys: KeyRing, tally: Tally, clock: Clock) -> None:
        self._batcher = batcher
        self._keys = keys
        self._tally = tally
        self._clock = clock
        self._room = Room()

    def routes(self) -> list[Route]:
        """The routes of this edge; SDKs may leave the last slash out."""
        return [
            Route(path, _Endpoint(partial(self._answer, handler)), methods=["POST", "OPTIONS"])
            for handler, name in ((self._envelope, "envelope"), (self._store, "store"))
            for path in (f"/api/{{project_id:int}}/{name}/", f"/api/{{project_id:int}}/{name}")
        ]

    async def _answer(
        self, handle: Callable[[SDKRequest, Sent], Awaitable[str | None]], request: SDKRequest
    ) -> Response:
        sent = Sent(Body(request, self._room), request.project_id)
        try:
            event_id = await handle(request, sent)
        except ClientDisconnect:
            return Response(status_code=400)
        except (IngestError, EnvelopeError, EventError) as error:
            self._count_refused(sent, error)
            return refuse(error)
        finally:
            sent.body.release()
        return accept(event_id, to_page=request.header(b"origin") is not None)

    async def _envelope(self, request: SDKRequest, sent: Sent) -> str | None:
        key = key_of_request(request)
        if key is not None:
            await self._admit(request, sent, key)
        envelope = parse_envelope(await _read(sent))
        if key is None:
            await self._admit(request, sent, key_of_dsn(envelope.header.dsn))
        payloads = self._sort(envelope, sent)
        if not payloads:
            return parse_event_id(envelope.header.event_id or "")
        return await self._keep(payloads, sent, envelope_event_id=envelope.header.event_id)

    async def _store(self, request: SDKRequest, sent: Sent) -> str | None:
        await self._admit(request, sent, key_of_request(request))
        body = await _read(sent)
        _ITEMS_OF["event"].inc()
        return await self._keep([body], sent, envelope_event_id=None)

    async def _admit(self, request: SDKRequest, sent: Sent, key: str | None) -> None:
        """Find out who sends, and refuse at the door what cannot be taken, before its body is read."""
        sent.key = await self._keys.get(key, sent.project_id)
        try:
            self._batcher.require_open(sent.key.project_id)
            self._keys.quotas.take(sent.key.limits)
        except HoldOffError as error:
            if not _may_be_a_report(request):
                raise
            sent.hold_off = error
        else:
            sent.taken = 1

    def _sort(self, envelope: Envelope, sent: Sent) -> list[bytes]:
        """The payloads of the events; reports are read, and items of other types are counted and let go."""
        assert sent.key is not None
        payloads: list[bytes] = []
        for item in envelope.items:
            kind = item.header.type
            _ITEMS_OF.get(kind, _OTHER_ITEMS).inc()
            if kind == "event":
                payloads.append(item.payload)
            elif kind == "client_report":
                for outcome, events in read_client_report(item.payload).items():
                    self._tally.count(sent.key, outcome, events)
            else:
                self._tally.count(sent.key, IntakeOutcome.NOT_KEPT)
        sent.events = len(payloads)
        if sent.taken and sent.taken != sent.events:
            self._keys.quotas.add(sent.key.limits, sent.events - sent.taken)
            sent.taken = sent.events
        return payloads

    async def _keep(self, payloads: list[bytes], sent: Sent, *, envelope_event_id: str | None) -> str:
        assert sent.key is not None
        if sent.hold_off is not None:
            raise sent.hold_off
        longest = max(map(len, payloads))
        if longest > MAX_EVENT:
            raise TooLargeError(f"an event may have {MAX_EVENT} bytes, this one has {longest}")
        prepare = partial(
            prepare_event,
            project_id=sent.key.project_id,
            envelope_event_id=envelope_event_id,
            now=self._clock(),
            rules=sent.key.fingerprint_rules,
            scrub_rules=sent.key.scrub_rules,
        )
        submission = Submission(sent.key.project_id, payloads, prepare)
        await self._batcher.store(submission, is_large=longest > LARGE)
        self._tally.count_stored(sent.key, submission.size, overflow=submission.overflow)
        return submission.events[0].event_id.hex()

    def _count_refused(self, sent: Sent, error: IngestError | EnvelopeError | EventError) -> None:
        """Nothing is dropped unseen; and what the server could not store uses up nobody's quota."""
        REFUSED.labels(error.code).inc()
        if sent.key is None:
            return
        self._tally.count(sent.key, OUTCOME[type(error)], sent.events)
        if isinstance(error, HoldOffError):
            self._keys.quotas.add(sent.key.limits, -sent.taken)


def _may_be_a_report(request: SDKRequest) -> bool:
    """Whether it is short as far as it says; the SDK for Node.js says nothing."""
    length = request.header(b"content-length") or "0"
    return len(length) <= 4 and length.isdecimal() and int(length) <= REPORT_AT_MOST


async def _read(sent: Sent) -> bytes:
    """The body of the request; of one that may hold no event no more than a report has."""
    if sent.hold_off is None:
        return await sent.body.read()
    try:
        return await sent.body.read(at_most=REPORT_AT_MOST)
    except TooLargeError:
        raise sent.hold_off from None
