"""The page's routes: its files, its state, a stream of change, and the few deeds that no control does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from slack_simulator.engine import Engine
from slack_simulator.errors import NotPossibleError
from slack_simulator.page.deeds import do_deed
from slack_simulator.page.state import page_state, wire_entries

# No script but our own files, no address but our own; pictures may come from where a message says, as in Slack.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_QUIET_SECONDS = 15.0
_WIRE_ENTRIES = 200


def page_routes(engine: Engine) -> list[BaseRoute]:
    """The page at / and what it needs under /_page/."""

    async def state(request: Request) -> Response:
        asked = request.query_params
        shown = page_state(engine, me=asked.get("me", ""), channel=asked.get("channel"), thread=asked.get("thread"))
        return JSONResponse(shown, headers=_HEADERS)

    async def wire(request: Request) -> Response:
        asked = request.query_params.get("after", "")
        after = int(asked) if asked.isdecimal() else 0
        return JSONResponse(wire_entries(engine.wire_log.entries, after=after, most=_WIRE_ENTRIES), headers=_HEADERS)

    async def changes(_request: Request) -> Response:
        return StreamingResponse(_changes(engine), headers=_HEADERS, media_type="text/event-stream")

    return [
        Route("/", _page, methods=["GET"]),
        Route("/_page/static/{name}", _file, methods=["GET"]),
        Route("/_page/state", state, methods=["GET"]),
        Route("/_page/wire", wire, methods=["GET"]),
        Route("/_page/changes", changes, methods=["GET"]),
        Route("/_page/do/{name}", _doing(engine), methods=["POST"]),
    ]


async def _page(_request: Request) -> Response:
    return _static("index.html")


async def _file(request: Request) -> Response:
    return _static(request.path_params["name"])


def _static(name: str) -> Response:
    media_type = _TYPES.get(PurePosixPath(name).suffix)
    file = files("slack_simulator.page") / "static" / name
    if media_type is None or not file.is_file():
        return Response("Not found", 404, _HEADERS, "text/plain")
    return Response(file.read_bytes(), 200, _HEADERS, media_type)


async def _changes(engine: Engine) -> AsyncIterator[str]:
    """Server-sent events: the version after each change, and now and then a comment so that a dead page is noticed."""
    version = -1
    while True:
        seen = await engine.changes.wait(after=version, seconds=_QUIET_SECONDS)
        yield f"data: {seen}\n\n" if seen != version else ": still here\n\n"
        version = seen


def _doing(engine: Engine) -> Callable[[Request], Awaitable[Response]]:
    """POST a JSON object of arguments to a deed of the page or to a control; answers like /_control/<name>.

    Only `application/json` is taken: a page of another site cannot send that here without being asked first.
    """

    async def do(request: Request) -> Response:
        if request.headers.get("content-type") != "application/json":
            return JSONResponse({"error": "send application/json"}, 415, _HEADERS)
        try:
            arguments = json.loads(await request.body())
        except ValueError:
            arguments = None
        if not isinstance(arguments, dict):
            return JSONResponse({"error": "send a JSON object"}, 400, _HEADERS)
        try:
            result = await do_deed(engine, request.path_params["name"], arguments)
        except NotPossibleError as refused:
            return JSONResponse({"error": str(refused)}, 409, _HEADERS)
        return JSONResponse({"result": result}, 200, _HEADERS)

    return do
