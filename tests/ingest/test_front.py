"""The short way for what SDKs send: which requests take it, and what it answers."""

import asyncio
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tocsin.ingest.front import IngestFirst


async def _envelope(request: Request) -> PlainTextResponse:
    if await request.body() == b"boom":
        raise ZeroDivisionError
    return PlainTextResponse(f"{request.path_params['project_id']} {request.query_params.get('sentry_key')}")


def _ask(method: str, path: str, content: bytes = b"") -> tuple[int, str, bool]:
    """Status, body, and whether the application's own router was asked."""
    asked: list[str] = []
    application = Starlette(routes=[Route("/api/{project_id:int}/envelope/", _envelope, methods=["POST", "OPTIONS"])])

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        await application(scope, receive, send)

    async def call() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=IngestFirst(noting, application.routes))
        async with httpx2.AsyncClient(transport=transport, base_url="http://tocsin") as client:
            return await client.request(method, path, content=content)

    answer = asyncio.run(call())
    return answer.status_code, answer.text, bool(asked)


def test_an_envelope_goes_straight_to_its_endpoint() -> None:
    assert _ask("POST", "/api/7/envelope/?sentry_key=k") == (200, "7 k", False)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/7/envelope/"),
        ("POST", "/api/7/minidump/"),
        ("POST", "/api/x/envelope/"),
        ("POST", f"/api/{'7' * 19}/envelope/"),
        ("POST", "/acme/api/7/envelope/"),
    ],
)
def test_everything_else_goes_the_usual_way(method: str, path: str) -> None:
    _, _, is_usual = _ask(method, path)

    assert is_usual


def test_what_goes_wrong_unexpectedly_is_answered_all_the_same() -> None:
    status, text, _ = _ask("POST", "/api/7/envelope/", b"boom")

    assert (status, text) == (500, '{"detail":"something went wrong on our side"}')
