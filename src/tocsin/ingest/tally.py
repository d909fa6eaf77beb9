"""The tally: counts in memory what became of everything that was sent, and keeps it in the database now and then."""

import threading

from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError

from tocsin.ingest.keys import KnownKey
from tocsin.ingest.storage_health import StorageHealth
from tocsin.intake.received import IntakeOutcome, Received, add_received
from tocsin.issues.counters import hour_of
from tocsin.kernel.clock import Clock
from tocsin.kernel.db import Database, write
from tocsin.kernel.errors import WriterBusyError
from tocsin.kernel.metrics import REGISTRY
from tocsin.kernel.writer_queue import Priority

SAVE_EVERY = 5.0
"""Seconds between two savings: what a killed process has counted since the last one is forgotten."""

OUTCOMES = Counter(
    "tocsin_intake_events", "Events that SDKs sent or report to have dropped.", ["outcome"], registry=REGISTRY
)
_COUNTERS = {outcome: OUTCOMES.labels(outcome) for outcome in IntakeOutcome}


class Tally:
    """What is counted and not saved yet: a number for each key, hour and outcome, so its size is bounded by theirs."""

    def __init__(self, database: Database, clock: Clock, health: StorageHealth) -> None:
        self._database = database
        self._health = health
        self._clock = clock
        self._mutex = threading.Lock()
        self._unsaved: dict[Received, int] = {}

    def count(self, key: KnownKey, outcome: IntakeOutcome, events: int = 1) -> None:
        """Count what became of `events` that came with `key`."""
        received = Received(key.project_id, hour_of(self._clock()), key.id, outcome)
        with self._mutex:
            self._unsaved[received] = self._unsaved.get(received, 0) + events
        _COUNTERS[outcome].inc(events)

    def count_stored(self, key: KnownKey, events: int, *, overflow: int) -> None:
        """Count `events` that were stored, so many of them in their project's overflow."""
        if events > overflow:
            self.count(key, IntakeOutcome.ACCEPTED, events - overflow)
        if overflow:
            self.count(key, IntakeOutcome.TOO_MANY_NEW_ISSUES, overflow)

    def save(self) -> None:
        """Write what was counted; while the database takes nothing, it is kept for the next time."""
        with self._mutex:
            counts, self._unsaved = self._unsaved, {}
        if not counts:
            return
        try:
            with write(self._database, priority=Priority.INGEST) as session:
                add_received(session, counts)
        except (SQLAlchemyError, WriterBusyError) as error:
            self._put_back(counts)
            self._health.failed(error)
        else:
            # What could not be stored was counted, so this tells that it can be again, even where no events come.
            self._health.worked()

    def _put_back(self, counts: dict[Received, int]) -> None:
        with self._mutex:
            for received, events in counts.items():
                self._unsaved[received] = self._unsaved.get(received, 0) + events
