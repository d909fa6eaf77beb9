"""Owns the processes that send load: each is given an order, makes its requests ready, and sends them when it is told.

So a server never shares an interpreter with those who load it, and several loads begin together.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
import uvloop

from bench.sending import Tally, Target, send_all
from demo.processes import ROOT

READY, GO, MEASURING = b"ready\n", b"go\n", b"measuring\n"

OrderType = TypeVar("OrderType", bound=msgspec.Struct)


class Load:
    """A process that sends what it was ordered to."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def order(self, order: msgspec.Struct) -> None:
        """Tell it what to send; it makes that ready meanwhile."""
        self._say(msgspec.json.encode(order) + b"\n")

    def go(self) -> None:
        """Let it begin once it is ready."""
        self._wait_for(READY)
        self._say(GO)

    def wait_until_it_counts(self) -> None:
        """Wait until its warm-up is over."""
        self._wait_for(MEASURING)

    def summary(self) -> dict[str, Any]:
        """What came back: `Tally.summary`, and `answers` with number, milliseconds and status of each request."""
        assert self._process.stdout is not None
        while (said := self._process.stdout.readline()) == MEASURING:
            continue
        return json.loads(said)

    def _say(self, line: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def _wait_for(self, line: bytes) -> None:
        assert self._process.stdout is not None
        while (said := self._process.stdout.readline()) != line:
            assert said, "the sending process ended before it began"


@contextmanager
def load(module: str) -> Iterator[Load]:
    """A process of the module of that name, which calls `carry_out`; it is ended with the block."""
    command = [sys.executable, "-m", module]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Load(process)
        finally:
            process.kill()


def carry_out(order_type: type[OrderType], prepare: Callable[[OrderType], tuple[Target, list[bytes]]]) -> None:
    """In the sending process: read an order, prepare, wait for the word, send, and say what came back."""
    target, requests = prepare(msgspec.json.decode(sys.stdin.buffer.readline(), type=order_type))
    _say(READY)
    assert sys.stdin.buffer.readline() == GO, "the bench ended"
    tally = uvloop.run(send_all(target, requests, lambda: _say(MEASURING)))
    _say(msgspec.json.encode(_summary(tally)) + b"\n")


def _summary(tally: Tally) -> dict[str, Any]:
    answers = [(each.number, each.milliseconds, each.status) for each in tally.answered]
    return tally.summary() | {"answers": answers}


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
