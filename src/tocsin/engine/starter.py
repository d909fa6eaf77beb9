"""The line in which asks wait until one thread hands them to the engine's database; asking never waits for it."""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from tocsin.engine.runs import Payload

LINE = 10_000
"""Asks that may wait. One that finds the line full is dropped: its row stays due and the catch-up asks again."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ask:
    """One workflow to start, once for each `workflow_id`."""

    workflow: str
    workflow_id: str
    payload: Payload


class Starter:
    """A thread that starts what was asked for, in the order of asking."""

    def __init__(self, start: Callable[[Ask], None]) -> None:
        self._start = start
        self._line: queue.Queue[Ask | None] = queue.Queue(LINE)
        self._closed = threading.Event()
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._work, name="engine-starter", daemon=True)
        self._thread.start()

    def put(self, ask: Ask) -> None:
        """Take `ask` down and return at once; after `close` it is ignored."""
        if self._closed.is_set():
            return
        try:
            self._line.put_nowait(ask)
        except queue.Full:
            log.warning("engine.ask.dropped", workflow=ask.workflow, workflow_id=ask.workflow_id)

    def close(self, deadline: float) -> None:
        """Take nothing more; start what waits until `deadline` (monotonic seconds) and forget the rest."""
        self._closed.set()
        with suppress(queue.Full):
            self._line.put(None, timeout=max(0.0, deadline - time.monotonic()))
        self._thread.join(max(0.0, deadline - time.monotonic()))
        self._given_up.set()

    def _work(self) -> None:
        while (ask := self._line.get()) is not None and not self._given_up.is_set():
            try:
                self._start(ask)
            except Exception:
                log.exception("engine.start.failed", workflow=ask.workflow, workflow_id=ask.workflow_id)
