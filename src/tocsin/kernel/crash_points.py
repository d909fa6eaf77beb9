"""Crash points: moments at which a process can be told to die, so that tests prove that none of them loses anything."""

import os
import signal
import threading
from collections.abc import Mapping
from types import MappingProxyType

from tocsin.kernel.errors import InvalidInputError

CRASH_POINTS: Mapping[str, str] = MappingProxyType(
    {
        "ingest.body_begun": "a part of an SDK's request has come in",
        "ingest.body_read": "the request was read, and nothing of it is stored",
        "intake.before_commit": "a batch of events is written, and not committed",
        "intake.after_commit": "the batch is committed, and no SDK has its answer",
        "press.proved": "a press was proved to come from Slack, and nothing is done",
        "press.before_commit": "what the press asks for is written, and not committed",
        "press.before_answer": "it is committed, and Slack has no answer",
        "press.after_answer": "Slack has its answer, and the presser was told nothing more",
        "dispatch.leased": "the lease of a run is taken, and its workflow is not started",
        "announce.before_commit": "the replies to activities are planned, and not committed",
        "announce.between_activities": "some activities are announced, and the next is not",
        "drain.claimed": "a message is claimed and frozen, and Slack has not heard of it",
        "drain.answered": "Slack has answered, and nothing is recorded",
        "redraw.claimed": "the redraw of a card is claimed, and Slack has not heard of it",
        "redraw.answered": "Slack has drawn the card anew, and nothing is recorded",
        "reconcile.looked": "a look into Slack was taken, and nothing is settled",
        "reconcile.taken_back": "what stood there twice is deleted, and nothing is settled",
    }
)
"""Name → what has happened by then, and what has not."""


class _Fuse:
    """Which point is armed in this process, and how often it is still passed unharmed."""

    def __init__(self) -> None:
        self.name = ""
        self._lives = 0
        self._lock = threading.Lock()

    def lay(self, name: str, nth: int) -> None:
        self.name, self._lives = name, nth

    def burn(self) -> None:
        with self._lock:
            self._lives -= 1
            if self._lives == 0:
                os.kill(os.getpid(), signal.SIGKILL)


_fuse = _Fuse()


def arm(where: str | None) -> None:
    """Have this process die at `where`: the name of a point, or `name:3` for the third time that it is reached.

    Raises:
        InvalidInputError: there is no such point, or no such number.
    """
    name, _, nth = (where or "").partition(":")
    if name and (name not in CRASH_POINTS or not (nth or "1").isdecimal() or int(nth or "1") < 1):
        raise InvalidInputError(f"TOCSIN_CRASH_AT is `name` or `name:nth`, with one of {', '.join(CRASH_POINTS)}")
    _fuse.lay(name, int(nth or "1"))


def crash_point(name: str) -> None:
    """Die here by SIGKILL if this point is armed; costs a comparison otherwise."""
    if name == _fuse.name:
        _fuse.burn()
