"""Gathering: what goes into one batch, understood on the way; it grows while others have the writer."""

import time
from collections import Counter
from collections.abc import Callable, Sequence

from tocsin.ingest.lanes import Lanes
from tocsin.ingest.submission import Submission
from tocsin.kernel.ids import ProjectId

WAITING_SECONDS = 0.002
"""How long a batch may wait for what is about to come."""

UNDERSTANDING_SECONDS = 0.015
"""After so long a batch asks for the writer; what it understands while others have it costs nobody any time."""

ASIDE_SECONDS = 0.010
"""How long an event may wait to be understood while somebody's transaction computes; a press takes less than that."""


class Gathering:
    """The submissions of one batch, in the order in which they were taken; all of them are understood."""

    def __init__(self, lanes: Lanes[Submission], step_aside: Callable[[float], None], *, most: int) -> None:
        """At most `most` events. `step_aside` waits until nobody's transaction computes, or for so many seconds."""
        self._lanes = lanes
        self._step_aside = step_aside
        self._most = most
        self._taken: Counter[ProjectId] = Counter()
        self.submissions: list[Submission] = []

    @property
    def size(self) -> int:
        """How many events were taken."""
        return self._taken.total()

    def gather(self, *, like_last_time: int) -> None:
        """Add what waits, and wait a little for as many events as there were in the last batch.

        Whoever was answered goes on sending, and a batch of sixteen costs little more than one of eight.
        """
        began = time.perf_counter()
        while (seconds := time.perf_counter() - began) < UNDERSTANDING_SECONDS:
            patience = WAITING_SECONDS - seconds if self.size < like_last_time else 0.0
            if not self._add_next(patience):
                return

    def add_one(self) -> bool:
        """Add a submission that waits now, if it fits; tells whether there was one."""
        return self._add_next(0.0)

    def _add_next(self, patience: float) -> bool:
        submission = self._lanes.take_along(self._taken, self._most, seconds=patience)
        if submission is not None:
            self.add(submission)
        return submission is not None

    def add(self, submission: Submission) -> None:
        """Add it if its events can be understood; if not, whoever waits for it is told at once.

        Nobody waits for what was cancelled, as the server does with requests that outlast its stopping; it was not
        acknowledged, and while nothing can be stored it would only keep the process from ending.
        """
        if submission.done.cancelled():
            return
        self._taken[submission.project_id] += submission.size
        self._step_aside(ASIDE_SECONDS)
        try:
            submission.understand()
        except Exception as error:  # noqa: BLE001 - it is raised where the submission is waited for
            answer([submission], [error])
        else:
            self.submissions.append(submission)


def answer(submissions: Sequence[Submission], errors: Sequence[Exception | None]) -> None:
    """Wake whoever waits for these, with what went wrong with each: one call into the loop for all of them."""

    def wake() -> None:
        for submission, error in zip(submissions, errors, strict=True):
            if submission.done.done():
                continue
            if error is None:
                submission.done.set_result(None)
            else:
                submission.done.set_exception(error)

    submissions[0].loop.call_soon_threadsafe(wake)
