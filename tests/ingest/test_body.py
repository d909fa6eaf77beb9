"""Bodies while they come in."""

import asyncio
from collections.abc import Iterator

import pytest
from isal import isal_zlib
from starlette.types import Message

from tocsin.http.whole_messages import WHOLE
from tocsin.ingest import body
from tocsin.ingest.body import LARGE, Body, Room
from tocsin.ingest.errors import TooLargeError, TooSlowError
from tocsin.ingest.request import SDKRequest


def a_bomb() -> bytes:
    packer = isal_zlib.compressobj(wbits=31)
    return b"".join([packer.compress(bytes(1 << 20)) for _ in range(1024)]) + packer.flush()


def received(parts: Iterator[bytes]) -> Body:
    """A gzipped body of these parts, each of which is handed over when it is asked for."""

    async def receive() -> Message:
        return {"type": "http.request", "body": next(parts), "more_body": True}

    return Body(SDKRequest({"type": "http", "headers": [(b"content-encoding", b"gzip")]}, receive), Room())


def test_a_bomb_is_refused_before_the_rest_of_it_has_come() -> None:
    bomb = a_bomb()
    begin = LARGE + 1
    parts = iter([bomb[:begin], bomb[begin:]])

    with pytest.raises(TooLargeError):
        asyncio.run(received(parts).read())

    assert next(parts) == bomb[begin:]


def test_a_body_that_is_here_already_is_not_waited_for_and_one_that_is_not_has_its_time() -> None:
    """The server marks what has come whole, and spends no timer on it."""
    timers = []

    async def read(scope: dict[str, object]) -> bytes:
        loop = asyncio.get_running_loop()
        set_timer = loop.call_at
        loop.call_at = lambda when, *rest, **more: timers.append(when) or set_timer(when, *rest, **more)  # type: ignore[method-assign]

        async def receive() -> Message:
            return {"type": "http.request", "body": b"whole", "more_body": False}

        return await Body(SDKRequest({"type": "http", "headers": [], **scope}, receive), Room()).read()

    assert (asyncio.run(read({WHOLE: True})), len(timers)) == (b"whole", 0)
    assert (asyncio.run(read({})), len(timers)) == (b"whole", 1)


def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "BODY_SECONDS", 0.01)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(TooSlowError):
        asyncio.run(Body(SDKRequest({"type": "http", "headers": []}, receive), Room()).read())
