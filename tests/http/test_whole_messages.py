"""Messages: answers go out in one piece and in order, uncut by the end of a connection; whole requests are known."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from uvicorn.server import ServerState

from tests.web.serving import served
from tocsin.http.whole_messages import WHOLE, WholeMessages

ANSWER = b"x" * 300_000


class Wire(asyncio.Transport):
    """The system's end of a connection: what it is given to send, piece by piece."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.sent: list[bytes] = []
        self.has_sent = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))
        self.has_sent.set()

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing is left to be done."""


async def _whole(request: Request) -> Response:
    return PlainTextResponse("whole" if WHOLE in request.scope else "in parts")


async def _hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


async def _long(_request: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(ANSWER), 100_000):
            yield ANSWER[start : start + 100_000]
            await asyncio.sleep(0)

    return StreamingResponse(pieces(), headers={"content-length": str(len(ANSWER))})


APPLICATION = Starlette(
    routes=[Route("/hello", _hello), Route("/long", _long), Route("/whole", _whole, methods=["POST"])]
)


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    with served(lambda _address: APPLICATION) as url:
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        yield parts.hostname, parts.port


def ask(address: tuple[str, int], *requests: str) -> bytes:
    """What is answered to these, sent at once, until the server closes the connection as the last one asks."""
    *first, last = requests
    with socket.create_connection(address, timeout=20) as connection:
        head = "".join(f"GET {path} HTTP/1.1\r\nhost: a\r\n\r\n" for path in first)
        connection.sendall(f"{head}GET {last} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65_536), b""))


async def pieces_sent_for(request: bytes) -> list[bytes]:
    wire = Wire()
    config = uvicorn.Config(APPLICATION, http=WholeMessages, log_config=None)
    config.load()
    protocol = WholeMessages(config=config, server_state=ServerState(), app_state={})
    protocol.connection_made(wire)
    protocol.data_received(request)
    async with asyncio.timeout(20):
        await wire.has_sent.wait()
        protocol.connection_lost(None)
        await asyncio.gather(*protocol.tasks)
    return wire.sent


def test_the_head_and_the_body_of_an_answer_are_one_piece() -> None:
    [whole] = asyncio.run(pieces_sent_for(b"GET /hello HTTP/1.1\r\nhost: a\r\n\r\n"))

    assert whole.startswith(b"HTTP/1.1 200 OK\r\n")
    assert whole.endswith(b"\r\n\r\nhello")


@pytest.mark.parametrize(("came", "said"), [(b"12345", b"whole"), (b"123", b"in parts")])
def test_a_request_that_came_whole_is_known_as_such(came: bytes, said: bytes) -> None:
    [answer] = asyncio.run(pieces_sent_for(b"POST /whole HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n" + came))

    assert answer.endswith(b"\r\n\r\n" + said)


def test_an_answer_after_which_the_connection_ends_is_whole(address: tuple[str, int]) -> None:
    head, _, body = ask(address, "/hello").partition(b"\r\n\r\n")

    assert (head.splitlines()[0], body) == (b"HTTP/1.1 200 OK", b"hello")


def test_answers_of_one_connection_come_in_the_order_of_their_requests(address: tuple[str, int]) -> None:
    said = ask(address, "/hello", "/long", "/hello")

    assert said.count(b"HTTP/1.1 200 OK") == 3
    assert said.index(b"hello") < said.index(ANSWER) < said.rindex(b"hello")
