"""Lanes: what waits for the writer, a lane for each project, served in turn so that a flood delays only itself."""

import threading
from collections import deque
from typing import Generic, Protocol, TypeVar

from tocsin.kernel.ids import ProjectId


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

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._lanes: dict[ProjectId, deque[T]] = {}
        """In the order of their turns; an empty lane is not kept."""
        self._ended = False

    def put(self, piece: T) -> None:
        """Let `piece` wait; a lane that was empty gets the last turn."""
        with self._changed:
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
            return self._next() if self._lanes else None

    def take_fitting(self, room: int) -> T | None:
        """The next piece, if there is one now and it is no larger than `room`; no smaller one passes it."""
        with self._changed:
            if not self._lanes or next(iter(self._lanes.values()))[0].size > room:
                return None
            return self._next()

    def _next(self) -> T:
        project_id, lane = next(iter(self._lanes.items()))
        del self._lanes[project_id]
        piece = lane.popleft()
        if lane:
            self._lanes[project_id] = lane
        return piece
