"""Owns how load is sent: over kept connections, in a closed loop or at a rate that no server can slow down.

In the closed loop a connection sends its next request when the last is answered, so a server that is slow is asked
less. At a rate each request has its moment, whatever became of those before it, and its time runs from that moment:
what waited here for a free connection counts, too.
"""

import asyncio
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import cast

import msgspec

END_OF_HEAD = b"\r\n\r\n"
PATIENCE_SECONDS = 20.0
"""How long the last answers may take once nothing more is sent."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One request and its answer: `sent` is its moment by `time.perf_counter()`."""

    number: int
    """Which of the requests, counted from nought."""
    sent: float
    milliseconds: float
    status: int


@dataclass(slots=True)
class Tally:
    """What was answered of that which was sent between `began` and `ends`."""

    began: float
    ends: float
    answered: list[Answered] = field(default_factory=list)
    left: int = 0
    """How many requests were made ready and never sent."""

    @property
    def taken(self) -> list[Answered]:
        """Those that the server took."""
        return [each for each in self.answered if each.status == 200]

    def summary(self) -> dict[str, float]:
        """What a bench prints of it; p50 and p99 are in milliseconds, of what was taken."""
        taken = sorted(each.milliseconds for each in self.taken)
        return {
            "answered": len(taken),
            "refused": len(self.answered) - len(taken),
            "left": self.left,
            "p50": percentile(taken, 0.5),
            "p99": percentile(taken, 0.99),
            "slowest": taken[-1] if taken else float("inf"),
        }


def percentile(ordered: list[float], share: float) -> float:
    """The value that `share` of them (0 to 1) do not exceed; infinite where there is none."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")


class Connection(asyncio.Protocol):
    """A kept connection with at most one request under way."""

    def __init__(self, on_answer: Callable[["Connection", int], None]) -> None:
        self._on_answer = on_answer
        self._received = b""
        self.number, self.sent = -1, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self, number: int, request: bytes, sent: float) -> None:
        """Send request `number`, whose time runs from `sent`."""
        self.number, self.sent = number, sent
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, parting, body = self._received.partition(END_OF_HEAD)
        if not parting or len(body) < _length(head):
            return
        self._received = b""
        self._on_answer(self, int(head.split(b" ", 2)[1]))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio's signature
        if self.number >= 0:
            self._on_answer(self, 0)

    def close(self) -> None:
        """Hang up."""
        self.number = -1
        self._transport.close()


class Target(msgspec.Struct, frozen=True):
    """To which server, how, and for how long."""

    host: str
    port: int
    connections: int
    warm_up_seconds: float
    """What is sent in these is not counted."""
    seconds: float
    rate: float | None = None
    """Requests a second; `None` is the closed loop."""


async def send_all(target: Target, requests: list[bytes], on_began: Callable[[], None]) -> Tally:
    """Send until the time is over; `on_began` is called when what is sent begins to count."""
    began = time.perf_counter() + target.warm_up_seconds
    tally = Tally(began, began + target.seconds)
    senders = Senders(tally)
    await senders.connect(target.host, target.port, target.connections)
    asyncio.get_running_loop().call_later(target.warm_up_seconds, on_began)
    if target.rate is None:
        await senders.send_in_turn(requests)
    else:
        await senders.send_at(target.rate, requests)
    senders.close()
    return tally


class Senders:
    """Some connections to one server, and what comes back on them while the tally is open."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._free: deque[Connection] = deque()
        self._busy: set[Connection] = set()
        self._due: deque[tuple[int, bytes, float]] = deque()
        self._next: Callable[[], tuple[int, bytes, float] | None] = self._take_due
        self._idle = asyncio.Event()

    async def connect(self, host: str, port: int, connections: int) -> None:
        """Open so many connections."""
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            _, connection = await loop.create_connection(lambda: Connection(self._answer), host, port)
            self._free.append(connection)

    async def send_in_turn(self, requests: Iterable[bytes]) -> None:
        """The closed loop, until the tally ends or nothing is left."""
        numbered = enumerate(requests)

        def follow() -> tuple[int, bytes, float] | None:
            now = time.perf_counter()
            found = next(numbered, None) if now < self._tally.ends else None
            return None if found is None else (*found, now)

        self._next = follow
        self._use_free()
        await self._wait(self._tally.ends - time.perf_counter() + PATIENCE_SECONDS)
        self._tally.left = sum(1 for _ in numbered)

    async def send_at(self, rate: float, requests: Iterable[bytes]) -> None:
        """The open loop: `rate` requests a second, each at its moment, until the tally ends or nothing is left."""
        began, numbered = time.perf_counter(), enumerate(requests)
        for number, request in numbered:
            due = began + number / rate
            if due >= self._tally.ends:
                self._tally.left = 1 + sum(1 for _ in numbered)
                break
            if (ahead := due - time.perf_counter()) > 0:
                await asyncio.sleep(ahead)
            self._due.append((number, request, due))
            self._use_free()
        await self._wait(PATIENCE_SECONDS)

    def close(self) -> None:
        """Hang up everywhere; what is not answered by now never was, and counts as refused."""
        for connection in self._busy:
            self._note(connection, 0)
        for connection in (*self._free, *self._busy):
            connection.close()

    def _take_due(self) -> tuple[int, bytes, float] | None:
        return self._due.popleft() if self._due else None

    def _use_free(self) -> None:
        while self._free and (following := self._next()) is not None:
            connection = self._free.popleft()
            self._busy.add(connection)
            connection.send(*following)

    def _answer(self, connection: Connection, status: int) -> None:
        self._note(connection, status)
        if status and (following := self._next()) is not None:
            connection.send(*following)
            return
        connection.number = -1
        self._busy.discard(connection)
        if status:
            self._free.append(connection)
        if not self._busy:
            self._idle.set()

    def _note(self, connection: Connection, status: int) -> None:
        if self._tally.began <= connection.sent < self._tally.ends:
            spent = 1000 * (time.perf_counter() - connection.sent)
            self._tally.answered.append(Answered(connection.number, connection.sent, spent, status))

    async def _wait(self, seconds: float) -> None:
        """Until every request that was sent is answered, or `seconds` have passed."""
        self._idle.clear()
        if self._busy:
            try:
                await asyncio.wait_for(self._idle.wait(), max(0.0, seconds))
            except TimeoutError:
                print(f"{len(self._busy)} requests were never answered", file=sys.stderr)


def _length(head: bytes) -> int:
    name = b"content-length:"
    at = head.lower().find(name)
    return int(head[at + len(name) :].partition(b"\r\n")[0])
