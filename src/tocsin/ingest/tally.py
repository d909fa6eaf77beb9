"""The tally: counts in memory what became of everything that was sent, and keeps it in the database now and then."""

import threading

import structlog
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError

from tocsin.ingest.keys import KnownKey
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

log = structlog.get_logger()


class Tally:
    """What is counted and not saved yet: a number for each key, hour and outcome, so its size is bounded by theirs."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._mutex = threading.Lock()
        self._unsaved: dict[Received, int] = {}

    def count(self, key: KnownKey, outcome: IntakeOutcome, events: int = 1) -> None:
        """Count what became of `events` that came with `key`."""
        received = Received(key.project_id, hour_of(self._clock()), key.id, outcome)
        with self._mutex:
            self._unsaved[received] = self._unsaved.get(received, 0) + events
        _COUNTERS[outcome].inc(events)

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
            log.warning("ingest.tally.unsaved", error=type(error).__name__, counts=len(counts))

    def _put_back(self, counts: dict[Received, int]) -> None:
        with self._mutex:
            for received, events in counts.items():
                self._unsaved[received] = self._unsaved.get(received, 0) + events
