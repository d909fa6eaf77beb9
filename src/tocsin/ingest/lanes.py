"""Lanes: what waits to be understood and stored, one for each project, in turn so that a flood delays only itself."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from tocsin.kernel.ids import ProjectId

SHARE = 8
"""How much of a batch one project may have while another one reports, too: who reports seldom waits for the batch that
is being stored and then for the one it goes along with, and both are as long as a flood makes them."""

TOGETHER_SECONDS = 1.0
"""So long after something of another project came both report at the same time."""


class Waiting(Protocol):
    """Something in a lane."""

    @property
    def project_id(self) -> ProjectId: ...

    @property
    def size(self) -> int:
        """How much of a batch it fills."""
        ...


T = TypeVar("T", bound=Waiting)


class Lanes(Generic[T]):
    """A queue between threads. Within a lane the first goes first; lanes take turns, one piece each."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._lanes: dict[ProjectId, deque[T]] = {}
        """In the order of their turns; an empty lane is not kept."""
        self._ended = False
        self._newest: ProjectId | None = None
        self._together_until = -float("inf")

    def put(self, piece: T) -> None:
        """Let `piece` wait; a lane that was empty gets the last turn."""
        with self._changed:
            if piece.project_id != self._newest:
                if self._newest is not None:
                    self._together_until = self._monotonic() + TOGETHER_SECONDS
                self._newest = piece.project_id
            self._lanes.setdefault(piece.project_id, deque()).append(piece)
            self._changed.notify()

    def end(self) -> None:
        """Nothing more will come: `take` gives what waits, and then `None`."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def take(self) -> T | None:
        """The next piece, as soon as there is one; `None` after the last."""
        with self._changed:
            self._changed.wait_for(lambda: self._lanes or self._ended)
            return self._next(next(iter(self._lanes))) if self._lanes else None

    def take_along(self, has: Counter[ProjectId], most: int, *, seconds: float = 0.0) -> T | None:
        """The next piece that goes along with a batch that `has` so much of each project, if one is there in `seconds`.

        The batch is to be no larger than `most`. Lanes take turns as ever, but a lane that has its `SHARE` of the batch
        is passed over while others report, too. If the next piece does not fit, no smaller one passes it.
        """
        with self._changed:
            if seconds > 0:
                self._changed.wait_for(lambda: self._lanes or self._ended, seconds)
            share = SHARE if self._monotonic() < self._together_until else most
            lane = next((lane for lane in self._lanes if has[lane] < share), None)
            if lane is None or self._lanes[lane][0].size > most - has.total():
                return None
            return self._next(lane)

    def _next(self, project_id: ProjectId) -> T:
        lane = self._lanes.pop(project_id)
        piece = lane.popleft()
        if lane:
            self._lanes[project_id] = lane
        return piece
