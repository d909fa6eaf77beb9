"""Doors: how much may wait to be understood and stored, of all projects and of each; who floods is refused unread."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from tocsin.ingest.errors import OverloadedError
from tocsin.kernel.ids import ProjectId

WAITING_AT_MOST = 5_000
BYTES_AT_MOST = 64 * 1024 * 1024

SHUT_SECONDS, SHUT_AT_MOST = 5, 60
"""A door stays shut for 5 s, and each time it has to be shut again soon for twice as long, up to a minute."""


@dataclass(slots=True)
class _Amount:
    events: int = 0
    payload_bytes: int = 0

    def add(self, events: int, payload_bytes: int) -> None:
        self.events += events
        self.payload_bytes += payload_bytes


@dataclass(frozen=True, slots=True)
class _Shut:
    until: float
    seconds: int


class Doors:
    """What waits in this process. Only the event loop's thread may ask."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._all = _Amount()
        self._of: dict[ProjectId, _Amount] = {}
        self._shut: dict[ProjectId, _Shut] = {}

    @property
    def waiting(self) -> int:
        """How many events wait, of all projects."""
        return self._all.events

    def require_open(self, project_id: ProjectId) -> None:
        """Ask before a request is read.

        Raises:
            OverloadedError: this project filled its share lately, and was told to hold off until then.
        """
        shut = self._shut.get(project_id) if self._shut else None
        if shut is None:
            return
        rest = shut.until - self._monotonic()
        if rest > 0:
            raise _flooded(math.ceil(rest))

    def enter(self, project_id: ProjectId, events: int, payload_bytes: int) -> None:
        """Let these events wait.

        A project may fill as much as it leaves free to all others: alone it may have half, and no number of floods
        leaves nothing for one more project.

        Raises:
            OverloadedError: it has its share already; nothing was taken in, and its door is shut for a while.
        """
        own = self._of.get(project_id) or _Amount()
        fits = (
            own.events + events <= WAITING_AT_MOST - self._all.events
            and own.payload_bytes + payload_bytes <= BYTES_AT_MOST - self._all.payload_bytes
        )
        if not fits:
            raise _flooded(self._shut_door(project_id))
        self._of[project_id] = own
        own.add(events, payload_bytes)
        self._all.add(events, payload_bytes)

    def leave(self, project_id: ProjectId, events: int, payload_bytes: int) -> None:
        """These events wait no more."""
        own = self._of[project_id]
        own.add(-events, -payload_bytes)
        self._all.add(-events, -payload_bytes)
        if not own.events:
            del self._of[project_id]

    def _shut_door(self, project_id: ProjectId) -> int:
        """Shut it, unless another request has just done so; gives for how many seconds from now."""
        now = self._monotonic()
        last = self._shut.get(project_id)
        if last is not None and now < last.until:
            return math.ceil(last.until - now)
        is_soon_again = last is not None and now < last.until + SHUT_AT_MOST
        seconds = min(SHUT_AT_MOST, 2 * last.seconds) if last is not None and is_soon_again else SHUT_SECONDS
        self._shut[project_id] = _Shut(now + seconds, seconds)
        return seconds


def _flooded(seconds: int) -> OverloadedError:
    return OverloadedError(
        "more events of this project wait than this server can store", seconds=seconds, scope="project"
    )
