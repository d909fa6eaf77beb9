"""The line in which asks wait until one thread hands them to the engine's database; asking never waits for it."""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from tocsin.engine.runs import Payload, Refuse, leave

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

    def __init__(self, start: Callable[[Ask], None], refuse: Refuse = leave) -> None:
        self._start = start
        self._refuse = refuse
        self._line: queue.Queue[Ask | None] = queue.Queue(LINE)
        self._closing = threading.Lock()
        self._is_closed = False
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._work, name="engine-starter", daemon=True)
        self._thread.start()

    def put(self, ask: Ask) -> None:
        """Take `ask` down and return at once; after `close` it is refused."""
        with self._closing:
            is_refused = self._is_closed
            if not is_refused:
                self._put(ask)
        if is_refused:
            self._refuse(ask.payload)

    def _put(self, ask: Ask) -> None:
        try:
            self._line.put_nowait(ask)
        except queue.Full:
            log.warning("engine.ask.dropped", workflow=ask.workflow, workflow_id=ask.workflow_id)

    def close(self, deadline: float) -> None:
        """Take nothing more; start what waits until `deadline` (monotonic seconds) and forget the rest."""
        with self._closing:
            self._is_closed = True
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
