"""Turns notes of work into runs: takes the lease of each piece of work, and has it carried under that number."""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

import structlog
from sqlalchemy.orm import Session

from tocsin.deliveries.lease import Held, busy_names, take
from tocsin.engine.carriers import Begun, Carrier, write_runs
from tocsin.engine.runs import Payload
from tocsin.kernel.clock import Clock, to_milliseconds
from tocsin.kernel.crash_points import crash_point
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.work import Work

RUNS_TOGETHER = 32
"""Runs whose leases are taken together: a transaction for each of an issue's hundred channels would take longer than
they take to be told, and one for all would keep the writer from a press."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of work that at most one runner does at a time: `drain` of `3:C042`."""

    workflow: str
    subject: str

    @property
    def name(self) -> str:
        """The lease's name, `drain:3:C042`."""
        return f"{self.workflow}:{self.subject}"


@dataclass(frozen=True, slots=True)
class WorkKind:
    """What a kind of work leads to: the runs for the rows that were noted, and the runs for whatever is due."""

    runs_for: Callable[[Session, Sequence[int]], Iterable[Run]]
    find_due: Callable[[Session, datetime], Iterable[Run]]
    every: float = 1.0
    """Seconds between two looks of the catch-up for this kind."""


class Starts(Protocol):
    """The part of the engine that starts a workflow."""

    def enqueue(self, workflow: str, workflow_id: str, payload: Payload) -> None:
        """Start `workflow` under `workflow_id`; the same id is started once."""


class Dispatcher:
    """Starts work soon after it was asked for, and looks again every second for what nobody started.

    `note` only puts the wish in a queue, so that the transaction that made it never waits for the engine.
    """

    def __init__(
        self, database: Database, kinds: Mapping[str, WorkKind], *, clock: Clock, lease_seconds: float
    ) -> None:
        self._database = database
        self._kinds = kinds
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._notes: queue.SimpleQueue[list[Work] | None] = queue.SimpleQueue()
        self._engine: Starts | None = None
        self._carriers: Mapping[str, Carrier] = {}
        self._looked: dict[str, float] = {}
        self._thread = threading.Thread(target=self._dispatch_notes, name="dispatch", daemon=True)

    def start(self, engine: Starts, carriers: Mapping[str, Carrier] = MappingProxyType({})) -> None:
        """Begin to start workflows on `engine`, or to hand runs to the one of `carriers` that stands for a workflow."""
        self._engine, self._carriers = engine, carriers
        self._thread.start()

    def stop(self) -> None:
        """Start nothing more; what is asked for later waits in its rows."""
        self._notes.put(None)
        self._thread.join()
        for carrier in self._carriers.values():
            carrier.close()

    def note(self, notes: list[Work]) -> None:
        """The runner of `kernel.work`: takes the notes of a committed transaction."""
        self._notes.put(notes)

    def catch_up(self) -> None:
        """Look for work that is due and not running: after a crash, a lost note, a moment that has come."""
        now, monotonic = self._clock(), time.monotonic()
        kinds = {
            name: kind
            for name, kind in self._kinds.items()
            if monotonic - self._looked.get(name, -kind.every) >= kind.every
        }
        with read(self._database) as session:
            busy = busy_names(session, now=to_milliseconds(now))
        due = {name: runs for name, kind in kinds.items() if (runs := self._find_due(name, kind, now)) is not None}
        self._run({run for runs in due.values() for run in runs if run.name not in busy})
        self._looked.update(dict.fromkeys(due, monotonic))

    def _find_due(self, name: str, kind: WorkKind, now: datetime) -> list[Run] | None:
        """What is due of one kind; `None` if that cannot be told, which keeps no other kind waiting.

        A look of its own for each: PostgreSQL answers nothing more in a transaction in which something failed.
        """
        try:
            with read(self._database) as session:
                return list(kind.find_due(session, now))
        except Exception:  # the outermost of this kind; it is asked again by the next catch-up
            log.exception("engine.catch_up.failed", kind=name)
            return None

    def _dispatch_notes(self) -> None:
        while (notes := self._notes.get()) is not None:
            try:
                self._dispatch(self._with_those_that_wait(notes))
            except Exception:  # the outermost loop of this thread: the rows stay due, the catch-up sees to them
                log.exception("engine.dispatch.failed")

    def _with_those_that_wait(self, notes: list[Work]) -> list[Work]:
        """One transaction serves every note that gathered while the last one was committed."""
        gathered = list(notes)
        while not self._notes.empty():
            more = self._notes.get()
            if more is None:
                self._notes.put(None)
                break
            gathered += more
        return gathered

    def _dispatch(self, notes: list[Work]) -> None:
        by_kind: dict[str, list[int]] = {}
        for note in notes:
            by_kind.setdefault(note.kind, []).append(note.id)
        with read(self._database) as session:
            runs = {run for kind, ids in by_kind.items() for run in self._kinds[kind].runs_for(session, ids)}
        self._run(runs)

    def _run(self, runs: set[Run]) -> None:
        """In slices, each in a transaction of its own."""
        in_order = sorted(runs, key=lambda run: run.name)
        for start in range(0, len(in_order), RUNS_TOGETHER):
            with write(self._database) as session:
                taken = self._take(session, in_order[start : start + RUNS_TOGETHER])
            crash_point("dispatch.leased")
            self._begin(taken)

    def _take(self, session: Session, runs: Sequence[Run]) -> list[tuple[Run, Held]]:
        now = to_milliseconds(self._clock())
        held = [(run, take(session, run.name, now=now, seconds=self._lease_seconds)) for run in runs]
        return [(run, lease) for run, lease in held if lease is not None]

    def _begin(self, taken: list[tuple[Run, Held]]) -> None:
        assert self._engine is not None
        together: dict[str, list[Begun]] = {}
        for run, held in taken:
            together.setdefault(run.workflow, []).append((run.subject, held))
        for workflow, begun in together.items():
            carrier = self._carriers.get(workflow)
            if carrier is not None and carrier.take(begun):
                continue
            _, first = begun[0]
            self._engine.enqueue(workflow, f"{first.name}:{first.n}", write_runs(begun))
