"""The answers that a scripted fault gives in place of Slack's own."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from slack_simulator.faults import AnswerKind, Fault
from slack_simulator.json_text import json_response
from slack_simulator.web_api import Answer

ERROR_PAGE = (
    "<!DOCTYPE html><html><head><title>Server Error | Slack</title></head><body>Something went wrong.</body></html>"
)
# What the wire log says of a call whose caller never got an answer (nginx has the number).
CLIENT_GONE = 499
_DRIPS = 20


@dataclass(frozen=True, slots=True)
class Mishap:
    """A request that goes wrong: `answer` is the one that Slack would have given."""

    request: Request
    fault: Fault
    answer: Answer


async def misbehave(mishap: Mishap) -> Response:
    """Answer as the fault says, or never."""
    return await _ANSWERS[mishap.fault.kind.answer](mishap)


def honestly(answer: Answer) -> Response:
    """The answer as Slack gives it."""
    return json_response(answer.body, answer.status, answer.headers)


async def _as_usual(mishap: Mishap) -> Response:
    return honestly(mishap.answer)


async def _hang(mishap: Mishap) -> Response:
    await _until_gone(mishap.request)
    return Response(status_code=CLIENT_GONE)


async def _reset(mishap: Mishap) -> Response:
    await _abort(mishap.request)
    return Response(status_code=CLIENT_GONE)


async def _error_page(mishap: Mishap) -> Response:
    return Response(ERROR_PAGE, mishap.fault.kind.status, media_type="text/html")


async def _garbage_json(_mishap: Mishap) -> Response:
    return Response(b'{"ok":tru', media_type="application/json")


async def _truncated_json(mishap: Mishap) -> Response:
    honest = json.dumps(mishap.answer.body).encode()
    return StreamingResponse(_cut_off(mishap.request, honest), 200, _length(honest), "application/json")


async def _drip(mishap: Mishap) -> Response:
    honest = json.dumps(mishap.answer.body).encode()
    return StreamingResponse(_drops(honest, mishap.fault.seconds), 200, _length(honest), "application/json")


async def _late_answer(mishap: Mishap) -> Response:
    await asyncio.sleep(mishap.fault.seconds)
    return honestly(mishap.answer)


async def _error(mishap: Mishap) -> Response:
    return json_response({"ok": False, "error": mishap.fault.kind.error or mishap.fault.error})


async def _ratelimited(mishap: Mishap) -> Response:
    headers = {"Retry-After": mishap.fault.retry_after} if mishap.fault.retry_after else {}
    return json_response({"ok": False, "error": mishap.fault.error or "ratelimited"}, 429, headers)


_ANSWERS: dict[AnswerKind, Callable[[Mishap], Awaitable[Response]]] = {
    "normal": _as_usual,
    "hang": _hang,
    "reset": _reset,
    "error_page": _error_page,
    "garbage_json": _garbage_json,
    "truncated_json": _truncated_json,
    "drip": _drip,
    "late_answer": _late_answer,
    "error": _error,
    "ratelimited": _ratelimited,
}


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _abort(request: Request) -> None:
    """Close the connection with RST, as a crashed proxy does."""
    connection = cast("asyncio.Transport", request.scope["state"]["connection"])
    endpoint = cast("socket.socket", connection.get_extra_info("socket"))
    endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.abort()
    await _until_gone(request)


async def _cut_off(request: Request, body: bytes) -> AsyncIterator[bytes]:
    yield body[: len(body) // 2]
    await _abort(request)


async def _drops(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    """One byte at a time, and the rest at the end; `seconds` of real time in all."""
    for place in range(min(_DRIPS, len(body) - 1)):
        yield body[place : place + 1]
        await asyncio.sleep(seconds / _DRIPS)
    yield body[min(_DRIPS, len(body) - 1) :]


def _length(body: bytes) -> dict[str, str]:
    return {"Content-Length": str(len(body))}
