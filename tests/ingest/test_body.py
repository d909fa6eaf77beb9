"""Bodies while they come in."""

import asyncio
from collections.abc import Iterator

import pytest
from isal import isal_zlib
from starlette.requests import Request
from starlette.types import Message

from tocsin.ingest.body import LARGE, Body, Room
from tocsin.ingest.errors import TooLargeError


def a_bomb() -> bytes:
    packer = isal_zlib.compressobj(wbits=31)
    return b"".join([packer.compress(bytes(1 << 20)) for _ in range(1024)]) + packer.flush()


def received(parts: Iterator[bytes]) -> Body:
    """A gzipped body of these parts, each of which is handed over when it is asked for."""

    async def receive() -> Message:
        return {"type": "http.request", "body": next(parts), "more_body": True}

    return Body(Request({"type": "http", "headers": [(b"content-encoding", b"gzip")]}, receive), Room())


def test_a_bomb_is_refused_before_the_rest_of_it_has_come() -> None:
    bomb = a_bomb()
    begin = LARGE + 1
    parts = iter([bomb[:begin], bomb[begin:]])

    with pytest.raises(TooLargeError):
        asyncio.run(received(parts).read())

    assert next(parts) == bomb[begin:]
