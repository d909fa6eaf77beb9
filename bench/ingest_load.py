"""Owns the senders of the ingest bench: one process, some connections, each with one envelope under way at any time."""

import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass, field
from typing import cast
from uuid import uuid4

import msgspec
import uvloop
from isal import igzip

from bench.event_cost import SIZE, of_size
from tests.events import real

KNOWN_TYPES = 20
NEW_TYPES = 0.02
EVENT_ID = "e0" * 16
TYPE = "TheTypeOfTheException"
END_OF_HEAD = b"\r\n\r\n"


class Order(msgspec.Struct, frozen=True):
    """What is to be sent: from which SDK to which project, how often at most, and for how long."""

    host: str
    port: int
    targets: list[tuple[int, str]]
    """Project id and key."""
    envelopes: int
    connections: int
    warm_up_seconds: float
    seconds: float


@dataclass(slots=True)
class Tally:
    """What came back within the measured time."""

    began: float = 0.0
    ends: float = 0.0
    milliseconds: list[float] = field(default_factory=list)
    refused: int = 0

    def note(self, sent: float, head: bytes) -> None:
        now = time.perf_counter()
        if not self.began <= now < self.ends:
            return
        if head.startswith(b"HTTP/1.1 200"):
            self.milliseconds.append(1000 * (now - sent))
        else:
            self.refused += 1


class Sender(asyncio.Protocol):
    """One connection in a closed loop: the next envelope leaves when the last is answered."""

    def __init__(self, requests: list[bytes], tally: Tally, finished: asyncio.Future[None]) -> None:
        self._requests = requests
        self._tally = tally
        self._finished = finished
        self._received = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, parting, body = self._received.partition(END_OF_HEAD)
        if not parting or len(body) < _length(head):
            return
        self._received = b""
        self._tally.note(self._sent, head)
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._finished.done():
            self._finished.set_exception(exc or ConnectionError("the server hung up"))

    def _send(self) -> None:
        if time.perf_counter() >= self._tally.ends or not self._requests:
            if not self._finished.done():
                self._finished.set_result(None)
            return
        self._sent = time.perf_counter()
        self._transport.write(self._requests.pop())


def main() -> None:
    """Read an order as JSON, say `sending`, `measuring` and at last what came back, a line each."""
    order = msgspec.json.decode(sys.stdin.readline(), type=Order)
    requests = build_requests(order)
    tally = uvloop.run(send(order, requests))
    taken = sorted(tally.milliseconds)
    answer = {
        "answered": len(taken),
        "refused": tally.refused,
        "left": len(requests),
        "p50": taken[len(taken) // 2],
        "p99": taken[int(len(taken) * 0.99)],
    }
    print(json.dumps(answer), flush=True)


async def send(order: Order, requests: list[bytes]) -> Tally:
    """Send until the time is over; what is answered during the warm-up is not counted."""
    loop = asyncio.get_running_loop()
    tally = Tally()
    tally.began = time.perf_counter() + order.warm_up_seconds
    tally.ends = tally.began + order.seconds
    print("sending", flush=True)
    loop.call_later(order.warm_up_seconds, lambda: print("measuring", flush=True))
    ends = [loop.create_future() for _ in range(order.connections)]
    for end in ends:
        await loop.create_connection(lambda end=end: Sender(requests, tally, end), order.host, order.port)
    await asyncio.gather(*ends)
    return tally


def build_requests(order: Order) -> list[bytes]:
    """Whole HTTP requests: a captured web request's error, cut to its size, each with its own id and some new type."""
    chance = random.Random(1)
    event = json.loads(of_size(json.loads(real.payload("python-web-1001")), SIZE))
    event["event_id"], event["exception"]["values"][-1]["type"] = EVENT_ID, TYPE
    payload = json.dumps(event, separators=(",", ":"))
    envelope = f'{{"event_id":"{EVENT_ID}"}}\n{{"type":"event","length":{len(payload)}}}\n{payload}\n'
    return [_request(order, envelope, number, chance) for number in range(order.envelopes)]


def _request(order: Order, envelope: str, number: int, chance: random.Random) -> bytes:
    project_id, key = order.targets[number % len(order.targets)]
    is_new = chance.random() < NEW_TYPES
    name = f"New{number:06}" if is_new else f"Known{chance.randrange(KNOWN_TYPES):02}"
    text = envelope.replace(EVENT_ID, uuid4().hex).replace(TYPE, name.ljust(len(TYPE), "x"))
    body = igzip.compress(text.encode(), 2)
    head = (
        f"POST /api/{project_id}/envelope/ HTTP/1.1\r\nHost: {order.host}:{order.port}\r\n"
        f"X-Sentry-Auth: Sentry sentry_version=7, sentry_key={key}\r\nContent-Type: application/x-sentry-envelope\r\n"
        f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _length(head: bytes) -> int:
    name = b"content-length:"
    at = head.lower().find(name)
    return int(head[at + len(name) :].partition(b"\r\n")[0])


if __name__ == "__main__":
    main()
