"""One signed request to an app and what became of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from slack_simulator.clock import Clock
from slack_simulator.delivery.signing import signature_headers
from slack_simulator.errors import NotPossibleError
from slack_simulator.faults import FaultPlan
from slack_simulator.ledger import WireLog
from slack_simulator.tokens import redact
from slack_simulator.workspace import App

# Slack follows two redirects; `max_redirects` of aiohttp is the number that is too many.
TOO_MANY_REDIRECTS = 3
# A reordered request that nothing overtakes goes out after all.
HELD_SECONDS = 10.0
_USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


@dataclass(slots=True)
class DeliveryResult:
    """What an app answered to one request, and what the person in Slack sees of it.

    `status` is 0 without an answer, and `failure` says why in Slack's words (`http_timeout`, `connection_failed`,
    `too_many_redirects`, `ssl_error`, `http_error`), None when the app acknowledged. `milliseconds` is real time.
    `shown` is a sentence that Slack itself shows when something went wrong; `errors` are those of a form, by block_id.
    """

    kind: str
    status: int = 0
    body: str = ""
    milliseconds: float = 0.0
    failure: str | None = None
    no_retry: bool = False
    shown: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    options: list[dict[str, Any]] = field(default_factory=list)
    view_id: str | None = None
    payload: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.failure is None

    def parsed(self) -> Any:  # noqa: ANN401 - any JSON the app answered
        """The body as JSON, None when it is empty or no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Courier:
    """Sends requests over one aiohttp session; scripted delivery faults happen here."""

    def __init__(self, *, wire_log: WireLog, faults: FaultPlan, clock: Clock, deadline: float) -> None:
        self._wire_log = wire_log
        self._faults = faults
        self._clock = clock
        self._held: dict[str, list[asyncio.Event]] = {}
        self._session: aiohttp.ClientSession | None = None
        self.deadline = deadline
        self.timestamp_offset = 0.0

    async def post_json(
        self, app: App, url: str, kind: str, body: dict[str, Any], *, headers: dict[str, str] | None = None
    ) -> DeliveryResult:
        """Send an Events API body."""
        raw = json.dumps(body).encode()
        return await self._post(app, url, kind, raw, "application/json", logged=body, headers=headers or {})

    async def post_payload(self, app: App, url: str, kind: str, payload: dict[str, Any]) -> DeliveryResult:
        """Send an interactivity payload: a form with one field, `payload`."""
        raw = urlencode({"payload": json.dumps(payload)}).encode()
        return await self._post(app, url, kind, raw, "application/x-www-form-urlencoded", logged=payload, headers={})

    async def post_form(self, app: App, url: str, kind: str, form: dict[str, str]) -> DeliveryResult:
        """Send a slash command."""
        raw = urlencode(form).encode()
        return await self._post(app, url, kind, raw, "application/x-www-form-urlencoded", logged=form, headers={})

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _post(
        self,
        app: App,
        url: str,
        kind: str,
        raw: bytes,
        content_type: str,
        *,
        logged: dict[str, Any],
        headers: dict[str, str],
    ) -> DeliveryResult:
        if not url:
            raise NotPossibleError(f"{app.id} has no request URL for {kind}")
        fault = self._faults.next(f"delivery.{kind}", None)
        if fault is not None and fault.name == "reordered":
            await self._be_overtaken(kind)
        entry = self._wire_log.add("out", kind, redact(logged), at=self._clock.now())
        entry.app, entry.headers = app.id, headers
        if fault is not None:
            entry.fault = fault.name
        if fault is not None and fault.name == "lost":
            return DeliveryResult(kind, failure="connection_failed", payload=logged)
        headers = headers | {"Content-Type": content_type, "User-Agent": _USER_AGENT}
        result = await self._send_once(app, url, kind, raw, headers)
        if fault is not None and fault.name == "duplicated":
            await self._send_once(app, url, kind, raw, headers)
        entry.status, entry.answer, entry.milliseconds = result.status, result.body, result.milliseconds
        result.payload = logged
        self._let_overtaken_go(kind)
        return result

    async def _send_once(self, app: App, url: str, kind: str, raw: bytes, headers: dict[str, str]) -> DeliveryResult:
        signed = signature_headers(app.config.signing_secret, raw, timestamp=int(time.time() + self.timestamp_offset))
        result = DeliveryResult(kind)
        started = time.perf_counter()
        try:
            async with (
                asyncio.timeout(self.deadline),
                self._client().post(
                    url, data=raw, headers=headers | signed, max_redirects=TOO_MANY_REDIRECTS
                ) as response,
            ):
                result.body = (await response.read()).decode(errors="replace")
                result.status = response.status
                result.no_retry = response.headers.get("x-slack-no-retry") == "1"
                result.failure = None if response.ok else "http_error"
        except TimeoutError:
            result.failure = "http_timeout"
        except aiohttp.TooManyRedirects:
            result.failure = "too_many_redirects"
        except aiohttp.ClientSSLError:
            result.failure = "ssl_error"
        except aiohttp.ClientError:
            result.failure = "connection_failed"
        result.milliseconds = (time.perf_counter() - started) * 1000
        return result

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            # One deadline of our own; a stale kept-alive connection must not look like an app that is down.
            connector = aiohttp.TCPConnector(force_close=True, limit=0)
            self._session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None))
        return self._session

    async def _be_overtaken(self, kind: str) -> None:
        overtaken = asyncio.Event()
        self._held.setdefault(kind, []).append(overtaken)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(overtaken.wait(), HELD_SECONDS)

    def _let_overtaken_go(self, kind: str) -> None:
        for overtaken in self._held.pop(kind, []):
            overtaken.set()
