"""The batcher: requests hand in events and wait; one thread understands and stores them, batch by batch.

All that computes long for SDKs happens in that thread, and not beside a transaction of its own: threads that compute
take Python's lock from each other at every statement, and two of them get less done than one.
"""

import asyncio
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

import structlog
from prometheus_client import Counter, Gauge, Histogram

from tocsin.ingest.doors import Doors
from tocsin.ingest.errors import EventFailedError, StorageFailedError
from tocsin.ingest.gathering import Gathering, answer
from tocsin.ingest.lanes import Lanes
from tocsin.ingest.storage_health import StorageHealth
from tocsin.ingest.submission import Submission
from tocsin.intake.batch import GoneMeanwhileError, store_batch
from tocsin.intake.names import NameCache
from tocsin.kernel.clock import Clock
from tocsin.kernel.crash_points import crash_point
from tocsin.kernel.db import Database, step_aside, write
from tocsin.kernel.errors import CrossedError
from tocsin.kernel.ids import ProjectId
from tocsin.kernel.metrics import REGISTRY
from tocsin.kernel.writer_queue import Meanwhile, Priority

EVENTS_PER_BATCH = 500
SECONDS_PER_BATCH = 0.030
"""The writer is held for about this long at most, so that a press never waits long behind ingest."""
EVENTS_AT_LEAST = 50
"""A batch may always have so many: most of what a small one costs (queries, COMMIT) is no more for fifty than for one,
and batches that shrink because each was costly for its size would never grow again."""

TRIES = 3
"""For a batch that another process crossed: nothing is wrong with its events, and the next try mostly goes through."""

STOP_SECONDS = 5.0
"""How long a stop waits for the batch under way. While another program holds the database it may take half a minute,
after which systemd kills the process, with what is to be ended in order after this."""

STORED = Counter("tocsin_events_stored", "Events stored and grouped.", registry=REGISTRY)
DUPLICATES = Counter("tocsin_events_duplicate", "Events whose id was stored already.", registry=REGISTRY)
WAITING = Gauge("tocsin_events_waiting", "Events that wait to be understood and stored.", registry=REGISTRY)
BATCH_SECONDS = Histogram("tocsin_batch_seconds", "From the begin of a batch to its COMMIT.", registry=REGISTRY)

log = structlog.get_logger()


class Batcher:
    """Takes events from any number of requests and stores them with as few commits as the disk asks for."""

    def __init__(self, database: Database, clock: Clock, health: StorageHealth) -> None:
        self.health = health
        self._database = database
        self._clock = clock
        self._names = NameCache()
        self._lanes: Lanes[Submission] = Lanes()
        self._doors = Doors()
        WAITING.set_function(lambda: self._doors.waiting)
        self._seconds_per_event = 0.0005
        self._thread = threading.Thread(target=self._run, name="ingest-writer", daemon=True)

    def start(self) -> None:
        """Begin to store."""
        self._thread.start()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Store what requests still wait for, then end; what takes longer than `seconds` is not waited for."""
        self._lanes.end()
        self._thread.join(seconds)

    def require_open(self, project_id: ProjectId) -> None:
        """Ask before a request is read.

        Raises:
            OverloadedError: this project sent more than can be stored, and shall hold off.
            StorageFailedError: the disk is full.
        """
        self.health.require_room()
        self._doors.require_open(project_id)

    async def store(self, submission: Submission, *, is_large: bool = False) -> None:
        """Wait until the events of `submission` are understood, durable, grouped, and their alerts planned.

        What `is_large` is understood in a thread of its own; its batch would have to wait for it.

        Raises:
            OverloadedError: too much waits already.
            EventError: one of them is no event; none was stored.
            EventFailedError: they fail for a reason of their own, and would fail again.
            StorageFailedError: the database refuses to store (disk full, read-only).
        """
        project_id, events, payload_bytes = submission.project_id, submission.size, submission.payload_bytes
        self._doors.enter(project_id, events, payload_bytes)
        try:
            if is_large:
                await asyncio.to_thread(submission.understand)
            self._lanes.put(submission)
            await submission.done
        finally:
            self._doors.leave(project_id, events, payload_bytes)

    def _run(self) -> None:
        last = 1
        while (first := self._lanes.take()) is not None:
            fitting = int(SECONDS_PER_BATCH / self._seconds_per_event)
            batch = Gathering(self._lanes, self._step_aside, most=min(EVENTS_PER_BATCH, max(EVENTS_AT_LEAST, fitting)))
            try:
                batch.add(first)
                batch.gather(like_last_time=last)
                last = batch.size
                if batch.submissions:
                    errors = self._store(batch.submissions, batch.add_one)
                    answer(batch.submissions, errors)
            except Exception:  # the outermost loop of the one thread that stores
                log.exception("ingest.batch.abandoned", requests=len(batch.submissions))
                _abandon(batch.submissions)

    def _step_aside(self, seconds: float) -> None:
        step_aside(self._database, seconds=seconds)

    def _store(self, submissions: Sequence[Submission], meanwhile: Meanwhile | None = None) -> list[Exception | None]:
        """Store `submissions`, to which `meanwhile` adds while others have the writer, in one transaction.

        If that fails, each is tried in one of its own.
        """
        try:
            self._commit_uncrossed(submissions, meanwhile)
        except Exception as error:  # one request's events must not take the others with them
            if self.health.failed(error):
                return [StorageFailedError("the database cannot store events now") for _ in submissions]
            log.exception("ingest.batch.failed", requests=len(submissions))
            if len(submissions) == 1:
                # An answer that makes SDKs hold off would cost the next ten seconds of everybody's events.
                failed = StorageFailedError if isinstance(error, GoneMeanwhileError) else EventFailedError
                return [failed(f"this event cannot be stored ({type(error).__name__})")]
            return [self._store([submission])[0] for submission in submissions]
        return [None] * len(submissions)

    def _commit_uncrossed(self, submissions: Sequence[Submission], meanwhile: Meanwhile | None) -> None:
        for _ in range(TRIES - 1):
            try:
                return self._commit(submissions, meanwhile)
            except (CrossedError, GoneMeanwhileError) as error:
                log.info("ingest.batch.again", reason=error.code, requests=len(submissions))
        return self._commit(submissions, meanwhile)

    def _commit(self, submissions: Sequence[Submission], meanwhile: Meanwhile | None) -> None:
        began = time.perf_counter()
        with write(self._database, priority=Priority.INGEST, meanwhile=meanwhile) as session:
            begun = time.perf_counter()
            events = [event for submission in submissions for event in submission.events]
            stored = store_batch(session, events, self._names, now=self._clock())
            crash_point("intake.before_commit")
        crash_point("intake.after_commit")
        self._names.committed()
        self.health.worked()
        for submission in submissions if stored.overflow else ():
            submission.note_overflow(stored.overflow)
        seconds = time.perf_counter() - begun
        self._seconds_per_event += 0.1 * (seconds / len(events) - self._seconds_per_event)
        BATCH_SECONDS.observe(time.perf_counter() - began)
        STORED.inc(stored.new)
        DUPLICATES.inc(len(events) - stored.new)


def _abandon(submissions: Sequence[Submission]) -> None:
    """Tell each by itself that it failed; nobody waits any more where the event loop is closed."""
    for submission in submissions:
        with suppress(RuntimeError):
            answer([submission], [StorageFailedError("these events cannot be stored")])
