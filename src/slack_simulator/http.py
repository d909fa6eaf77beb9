"""The HTTP side: /api/<method> and /response/<id>, in every way that Slack accepts arguments."""

from __future__ import annotations

import asyncio
import base64
import time
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from slack_simulator.control import control_route
from slack_simulator.delivery.responses import respond
from slack_simulator.engine import Engine
from slack_simulator.errors import SlackError
from slack_simulator.faults import Fault
from slack_simulator.json_text import json_response, read_json
from slack_simulator.misbehaviour import Mishap, honestly, misbehave
from slack_simulator.oauth_page import oauth_route
from slack_simulator.tokens import redact
from slack_simulator.web_api import Answer, channel_of, hide_for_a_while, perform, perform_later


class AbortableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with its connection in `scope["state"]` so that a fault can reset it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyrefly: ignore[bad-override]
        self.app_state = {**self.app_state, "connection": transport}
        super().connection_made(transport)


def build_app(engine: Engine, extra_routes: list[BaseRoute]) -> Starlette:
    """The ASGI application of one engine; `extra_routes` are the page's."""

    async def api(request: Request) -> Response:
        return await call_method(engine, request)

    async def response_url(request: Request) -> Response:
        return await take_response(engine, request)

    routes: list[BaseRoute] = [
        Route("/api/{method}", api, methods=["GET", "POST"]),
        Route("/response/{url_id}", response_url, methods=["POST"]),
        oauth_route(engine),
        control_route(engine),
        *extra_routes,
    ]
    return Starlette(routes=routes)


async def call_method(engine: Engine, request: Request) -> Response:
    """Answer one Web API call, as itself or as the fault that befalls it."""
    method = request.path_params["method"]
    started = time.perf_counter()
    try:
        values, token = await read_call(request)
    except SlackError as refused:
        return json_response(refused.body())
    channel = channel_of(engine, values)
    entry = engine.wire_log.add("in", method, redact(values), at=engine.clock.now(), channel=channel)
    fault = engine.faults.next(method, channel)
    if fault is None:
        answer = perform(engine, method, values, token)
        response = honestly(answer)
    else:
        entry.fault = fault.name
        answer = _commit(engine, fault, method, values, token)
        response = await misbehave(Mishap(request, fault, answer))
    entry.status, entry.answer = response.status_code, answer.body
    entry.milliseconds = (time.perf_counter() - started) * 1000
    engine.changes.notify()
    return response


async def read_call(request: Request) -> tuple[dict[str, Any], str | None]:
    """The arguments of a call and its token: query, form and JSON; a token in a JSON body does not count.

    Raises:
        SlackError: `invalid_post_type`, `invalid_json`, `json_not_object` or `invalid_form_data`.
    """
    values: dict[str, Any] = dict(request.query_params)
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    token = credentials.strip() or None if scheme.lower() == "bearer" else None
    if scheme.lower() == "basic":
        values |= _read_basic(credentials)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if content_type == "application/json" and body:
        return values | _read_json(body), token or values.get("token")
    if body:
        if content_type not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
            raise SlackError("invalid_post_type")
        form = await request.form()
        values |= {name: value for name, value in form.items() if isinstance(value, str)}
    return values, token or values.get("token")


def _read_basic(credentials: str) -> dict[str, str]:
    """The client's id and secret, as oauth.v2.access takes them."""
    try:
        client_id, _, client_secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except ValueError:
        raise SlackError("invalid_client_id") from None
    return {"client_id": client_id, "client_secret": client_secret}


async def take_response(engine: Engine, request: Request) -> Response:
    """A POST to a response_url: `ok` as text, or 404 with the reason once it is used up or too old."""
    body = await request.body()
    try:
        values = _read_json(body)
    except SlackError:
        return PlainTextResponse("invalid_payload", 400)
    entry = engine.wire_log.add("in", "response_url", redact(values), at=engine.clock.now())
    fault = engine.faults.next("response_url", None)
    answer = Answer({"ok": True})
    if fault is None or fault.kind.commit == "now":
        answer = _respond(engine, request.path_params["url_id"], values)
    response: Response = PlainTextResponse("ok") if answer.body["ok"] else honestly(answer)
    if fault is not None:
        entry.fault = fault.name
        response = await misbehave(Mishap(request, fault, answer))
    entry.status, entry.answer = response.status_code, answer.body
    engine.changes.notify()
    return response


def _respond(engine: Engine, url_id: str, values: dict[str, Any]) -> Answer:
    try:
        respond(engine, url_id, values)
    except SlackError as refused:
        return Answer(refused.body(), 404 if refused.code in {"used_url", "expired_url"} else 400)
    return Answer({"ok": True})


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        values = read_json(body)
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(values, dict):
        raise SlackError("json_not_object")
    return values


def _commit(engine: Engine, fault: Fault, method: str, values: dict[str, Any], token: str | None) -> Answer:
    """Do the work now, later or never, as the fault has it; the answer is the one that Slack would have given."""
    match fault.kind.commit:
        case "never":
            return Answer({"ok": False, "error": "not_done"})
        case "later":
            engine.start(perform_later(engine, method, values, token, fault))
            return Answer({"ok": False, "error": "not_done_yet"})
        case _:
            answer = perform(engine, method, values, token)
            if fault.kind.hidden:
                hide_for_a_while(engine, answer, fault)
            engine.changes.notify()
            return answer
