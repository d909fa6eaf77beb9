"""The queue for SQLite's one writer inside this process: presses go ahead of everything, ingest goes last."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from itertools import count
from typing import TypeAlias

from tocsin.kernel.errors import WriterBusyError

Meanwhile: TypeAlias = Callable[[], bool]
"""Does a little of what can be done without the writer, and tells whether there was something to do."""


class Priority(IntEnum):
    """Who goes first when several wait for the writer; lower goes first."""

    PRESS = 0
    NORMAL = 1
    INGEST = 2


PASSED_OVER_AT_MOST = 4
"""How many others may go ahead of the first who waits with the lowest precedence. Where there is always somebody else,
as while an issue is told in hundreds of channels, the last in line would otherwise wait until all is done."""

LOOK_AGAIN_SECONDS = 0.002
"""How often somebody with nothing to do while waiting asks whether there is something."""

PRESSES_IN_A_ROW = 8
"""After so many of them one of the others who wait has its turn: while people press without end, their cards are still
redrawn and the threads told."""

PRESSES_AS_ONE = 8
"""So many presses count as one other who goes ahead of the last in line. A batch holds the writer as long as several
presses: if one came after every fourth press, presses would be answered more slowly than fifty people press."""


class WriterQueue:
    """A lock with an order of precedence, whose waiters can provably withdraw."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._held = False
        self._lines: dict[Priority, deque[tuple[int, threading.Event]]] = {each: deque() for each in Priority}
        """Who waits with each precedence, in the order in which they came."""
        self._passed_over = 0
        """How many went ahead of the last in line, counted in presses."""
        self._presses_in_a_row = 0
        """Since one of the others had a turn, of those who go ahead of the last in line."""
        self._withdrawn: set[int] = set()
        self._tickets = count()
        self._calm = threading.Event()
        """Set while no holder of the turn computes: the turn is free, or what was done is on its way to the disk."""
        self._calm.set()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        with self._mutex:
            return sum(map(len, self._lines.values())) - len(self._withdrawn)

    @contextmanager
    def turn(self, priority: Priority, timeout: float | None, *, meanwhile: Meanwhile | None = None) -> Iterator[None]:
        """Hold the writer for the block.

        `timeout` is in seconds, `None` waits for ever. `meanwhile` is called again and again while others have the
        turn, and `timeout` is looked at only after it.

        Raises:
            WriterBusyError: the turn did not come in time; the place in the queue is given up and nothing was done.
            Exception: what `meanwhile` raised; the place, or the turn if that had come, is given up as well.
        """
        self._acquire(priority, timeout, meanwhile)
        self._calm.clear()
        try:
            yield
        finally:
            self._calm.set()
            self._release()

    def only_commits_now(self) -> None:
        """Say, with the turn, that nothing is left to do but to wait for the disk."""
        self._calm.set()

    def step_aside(self, seconds: float) -> None:
        """Wait, `seconds` at most, until no holder of the turn computes.

        A transaction gives Python's lock away at each of its statements. Beside a long computation it gets it back
        only after `sys.getswitchinterval()`, so that fifty statements take as many milliseconds.
        """
        self._calm.wait(seconds)

    def _acquire(self, priority: Priority, timeout: float | None, meanwhile: Meanwhile | None) -> None:
        with self._mutex:
            if not self._held:
                self._held = True
                return
            ticket, granted = next(self._tickets), threading.Event()
            self._lines[priority].append((ticket, granted))
        try:
            while meanwhile is not None and not granted.is_set():
                if not meanwhile():
                    granted.wait(LOOK_AGAIN_SECONDS)
            if granted.wait(timeout):
                return
        except BaseException:
            if not self._withdraw(ticket, granted):
                self._release()
            raise
        if self._withdraw(ticket, granted):
            raise WriterBusyError("The database was busy for too long; nothing was done. Please try again.")

    def _withdraw(self, ticket: int, granted: threading.Event) -> bool:
        """Give up a place in the line; false when its turn had come."""
        with self._mutex:
            # The grant is made under the same mutex: from here it either already happened (our turn) or never will.
            if granted.is_set():
                return False
            self._withdrawn.add(ticket)
            return True

    def _release(self) -> None:
        with self._mutex:
            while any(self._lines.values()):
                ticket, granted = self._take_next()
                if ticket in self._withdrawn:
                    self._withdrawn.discard(ticket)
                    continue
                granted.set()
                return
            self._held = False

    def _take_next(self) -> tuple[int, threading.Event]:
        """Whose turn it is; whoever has a lower precedence is passed over so and so often, and no more."""
        presses, others, last = (self._lines[each] for each in Priority)
        if last and (not (presses or others) or self._passed_over >= PASSED_OVER_AT_MOST * PRESSES_AS_ONE):
            self._passed_over = 0
            return last.popleft()
        is_press = bool(presses) and not (others and self._presses_in_a_row >= PRESSES_IN_A_ROW)
        self._presses_in_a_row = self._presses_in_a_row + 1 if is_press else 0
        if last:
            self._passed_over += 1 if is_press else PRESSES_AS_ONE
        return (presses if is_press else others).popleft()
