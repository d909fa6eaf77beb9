"""The queue for SQLite's one writer inside this process: presses go ahead of everything, ingest goes last."""

import heapq
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from itertools import count

from tocsin.kernel.errors import WriterBusyError


class Priority(IntEnum):
    """Who goes first when several wait for the writer; lower goes first."""

    PRESS = 0
    NORMAL = 1
    INGEST = 2


PASSED_OVER_AT_MOST = 4
"""How many others may go ahead of the first who waits with the lowest precedence. Where there is always somebody else,
as while an issue is told in hundreds of channels, the last in line would otherwise wait until all is done."""

PRESSES_AS_ONE = 8
"""So many presses count as one other. A batch holds the writer as long as several presses: if one came after every
fourth press, presses would be answered more slowly than fifty people press."""


class WriterQueue:
    """A lock with an order of precedence, whose waiters can provably withdraw."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._held = False
        self._waiting: list[tuple[int, int, threading.Event]] = []
        self._last: deque[tuple[int, threading.Event]] = deque()
        """Those who wait with the lowest precedence, in the order in which they came."""
        self._passed_over = 0
        """Counted in presses."""
        self._withdrawn: set[int] = set()
        self._tickets = count()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        with self._mutex:
            return len(self._waiting) + len(self._last) - len(self._withdrawn)

    @contextmanager
    def turn(self, priority: Priority, timeout: float | None) -> Iterator[None]:
        """Hold the writer for the block.

        `timeout` is in seconds, `None` waits for ever.

        Raises:
            WriterBusyError: the turn did not come in time; the place in the queue is given up and nothing was done.
        """
        self._acquire(priority, timeout)
        try:
            yield
        finally:
            self._release()

    def _acquire(self, priority: Priority, timeout: float | None) -> None:
        with self._mutex:
            if not self._held:
                self._held = True
                return
            ticket, granted = next(self._tickets), threading.Event()
            if priority is Priority.INGEST:
                self._last.append((ticket, granted))
            else:
                heapq.heappush(self._waiting, (priority, ticket, granted))
        if granted.wait(timeout):
            return
        with self._mutex:
            # The grant is made under the same mutex: from here it either already happened (our turn) or never will.
            if granted.is_set():
                return
            self._withdrawn.add(ticket)
        raise WriterBusyError("The database was busy for too long; nothing was done. Please try again.")

    def _release(self) -> None:
        with self._mutex:
            while self._waiting or self._last:
                ticket, granted = self._take_next()
                if ticket in self._withdrawn:
                    self._withdrawn.discard(ticket)
                    continue
                granted.set()
                return
            self._held = False

    def _take_next(self) -> tuple[int, threading.Event]:
        """Whose turn it is; the last in line, once enough others went ahead."""
        if self._last and (not self._waiting or self._passed_over >= PASSED_OVER_AT_MOST * PRESSES_AS_ONE):
            self._passed_over = 0
            return self._last.popleft()
        priority, ticket, granted = heapq.heappop(self._waiting)
        if self._last:
            self._passed_over += 1 if priority == Priority.PRESS else PRESSES_AS_ONE
        return ticket, granted
