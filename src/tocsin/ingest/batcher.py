"""The batcher: requests hand in events and wait; one thread stores what gathered while the last batch was committed."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from prometheus_client import Counter, Gauge, Histogram

from tocsin.ingest.doors import Doors
from tocsin.ingest.errors import StorageFailedError
from tocsin.ingest.lanes import Lanes
from tocsin.ingest.storage_health import StorageHealth
from tocsin.intake.batch import MergedMeanwhileError, store_batch
from tocsin.intake.names import NameCache
from tocsin.intake.prepared import PreparedEvent
from tocsin.kernel.clock import Clock
from tocsin.kernel.crash_points import crash_point
from tocsin.kernel.db import Database, write
from tocsin.kernel.errors import CrossedError
from tocsin.kernel.ids import ProjectId
from tocsin.kernel.metrics import REGISTRY
from tocsin.kernel.writer_queue import Priority

EVENTS_PER_BATCH = 500
SECONDS_PER_BATCH = 0.030
"""The writer is held for about this long at most, so that a press never waits long behind ingest."""
EVENTS_AT_LEAST = 50
"""A batch may always have so many: most of what a small one costs (queries, COMMIT) is no more for fifty than for one,
and batches that shrink because each was costly for its size would never grow again."""

TRIES = 3
"""For a batch that another process crossed: nothing is wrong with its events, and the next try mostly goes through."""

STORED = Counter("tocsin_events_stored", "Events stored and grouped.", registry=REGISTRY)
DUPLICATES = Counter("tocsin_events_duplicate", "Events whose id was stored already.", registry=REGISTRY)
WAITING = Gauge("tocsin_events_waiting", "Events that wait to be understood and stored.", registry=REGISTRY)
BATCH_SECONDS = Histogram("tocsin_batch_seconds", "From the begin of a batch to its COMMIT.", registry=REGISTRY)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Request:
    project_id: ProjectId
    events: list[PreparedEvent]
    done: "asyncio.Future[None]"
    loop: asyncio.AbstractEventLoop

    @property
    def size(self) -> int:
        return len(self.events)


class Batcher:
    """Takes events from any number of requests and stores them with as few commits as the disk asks for."""

    def __init__(self, database: Database, clock: Clock, health: StorageHealth) -> None:
        self.health = health
        self._database = database
        self._clock = clock
        self._names = NameCache()
        self._lanes: Lanes[_Request] = Lanes()
        self._doors = Doors()
        self._seconds_per_event = 0.0005
        self._thread = threading.Thread(target=self._run, name="ingest-writer", daemon=True)

    def start(self) -> None:
        """Begin to store."""
        self._thread.start()

    def stop(self) -> None:
        """Store what was handed in, then end."""
        self._lanes.end()
        self._thread.join()

    def require_open(self, project_id: ProjectId) -> None:
        """Ask before a request is read.

        Raises:
            OverloadedError: this project sent more than can be stored, and shall hold off.
        """
        self._doors.require_open(project_id)

    @contextmanager
    def place(self, project_id: ProjectId, events: int, payload_bytes: int) -> Iterator[None]:
        """Hold a place for what is to be understood and then stored.

        Raises:
            OverloadedError: too much waits already.
        """
        self._doors.enter(project_id, events, payload_bytes)
        WAITING.set(self._doors.waiting)
        try:
            yield
        finally:
            self._doors.leave(project_id, events, payload_bytes)
            WAITING.set(self._doors.waiting)

    async def store(self, events: list[PreparedEvent]) -> None:
        """Wait until `events`, of one project, are durable, grouped, and their alerts planned.

        Raises:
            StorageFailedError: the database refuses to store (disk full, read-only).
        """
        loop = asyncio.get_running_loop()
        request = _Request(events[0].project_id, events, loop.create_future(), loop)
        self._lanes.put(request)
        await request.done

    def _run(self) -> None:
        while (first := self._lanes.take()) is not None:
            batch = [first]
            fitting = int(SECONDS_PER_BATCH / self._seconds_per_event)
            errors = self._store(batch, most=min(EVENTS_PER_BATCH, max(EVENTS_AT_LEAST, fitting)))
            _answer(batch, errors)

    def _store(self, batch: list[_Request], *, most: int) -> list[Exception | None]:
        """Store `batch`, to which whatever else waits is added up to `most` events, in one transaction.

        If that fails, each request is tried in one of its own.
        """
        try:
            self._commit_uncrossed(batch, most)
        except Exception as error:  # one request's events must not take the others with them
            if self.health.failed(error):
                return [StorageFailedError("the database cannot store events now") for _ in batch]
            log.exception("ingest.batch.failed", requests=len(batch))
            if len(batch) == 1:
                return [StorageFailedError(f"this event cannot be stored ({type(error).__name__})")]
            return [self._store([request], most=0)[0] for request in batch]
        return [None] * len(batch)

    def _commit_uncrossed(self, batch: list[_Request], most: int) -> None:
        for _ in range(TRIES - 1):
            try:
                return self._commit(batch, most)
            except (CrossedError, MergedMeanwhileError) as error:
                log.info("ingest.batch.again", reason=error.code, requests=len(batch))
        return self._commit(batch, most)

    def _commit(self, batch: list[_Request], most: int) -> None:
        began = time.perf_counter()
        with write(self._database, priority=Priority.INGEST) as session:
            begun = time.perf_counter()
            # Only now: whatever came while others had the writer goes along.
            batch += self._lanes.take_more(batch, most)
            events = [event for request in batch for event in request.events]
            new = store_batch(session, events, self._names, now=self._clock())
            crash_point("intake.before_commit")
        crash_point("intake.after_commit")
        self._names.committed()
        self.health.worked()
        seconds = time.perf_counter() - begun
        self._seconds_per_event += 0.1 * (seconds / len(events) - self._seconds_per_event)
        BATCH_SECONDS.observe(time.perf_counter() - began)
        STORED.inc(new)
        DUPLICATES.inc(len(events) - new)


def _answer(batch: list[_Request], errors: list[Exception | None]) -> None:
    """Wake the waiting requests: one call into the loop for the whole batch."""

    def wake() -> None:
        for request, error in zip(batch, errors, strict=True):
            if request.done.done():
                continue
            if error is None:
                request.done.set_result(None)
            else:
                request.done.set_exception(error)

    batch[0].loop.call_soon_threadsafe(wake)
