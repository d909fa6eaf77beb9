"""The engine as the rest of Tocsin sees it: start it, ask for work, set timers, stop it."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol

import structlog
from sqlalchemy import URL

from tocsin.engine.runs import Payload, Refuse, Runs, Workflow, leave
from tocsin.engine.starter import Ask, Starter
from tocsin.engine.timers import Timers, every, until_next_period
from tocsin.engine.transact import Function, QueueClient, Workers, own_database
from tocsin.kernel.clock import Clock, system_clock

APPLICATION_VERSION = "2"
"""Raise it when queued payloads change their shape. Workers leave other versions' work alone, so a version that moved
with every release would strand whatever waits during a deploy."""

SCHEDULED = "scheduled"
CLOSE_SECONDS = 5.0
TIDY_SECONDS = 3600.0
EXECUTOR_THREADS = 256
"""How many workflows may be under way. Made when they are needed; one that waits on the loop holds one, too."""
LONGEST_PERIOD = 86_400
"""The record that a period's run has begun is kept for a day, so no period may be longer."""

log = structlog.get_logger()

_one_per_process = threading.Lock()  # DBOS is a singleton: a second one would silently be the first


class Backend(Protocol):
    """What carries out asks: DBOS in this process, or a client of the queue."""

    def start(self, ask: Ask) -> None: ...

    def close(self) -> None: ...


class Engine:
    """A running engine; made by `start` or `start_without_workers`."""

    def __init__(
        self,
        backend: Backend,
        runs: Runs,
        scheduled: dict[str, Callable[[], None]],
        *,
        clock: Clock,
        refuse: Refuse = leave,
    ) -> None:
        self._backend = backend
        self._runs = runs
        self._scheduled = scheduled
        self._clock = clock
        self._starter = Starter(backend.start, refuse)
        self._timers = Timers()
        self._stopped = False

    def enqueue(self, workflow: str, workflow_id: str, payload: Payload) -> None:
        """Have `workflow` run once for all asks with this `workflow_id`, in the whole cluster.

        Returns at once and never raises, from any thread: what fails is logged, and the row that wanted the work stays
        due. What a stopping engine is asked for is refused, which may take a second. An id is remembered for a day and
        never run again, not even when its process died: ask under another id.
        """
        self._starter.put(Ask(workflow, workflow_id, payload))

    def repeat(self, name: str, *, every_seconds: float, run: Callable[[], None]) -> None:
        """Call `run` now and then every `every_seconds`, in this process, in a thread of its own, never twice at once.

        For what each process may do because its rows are taken with a lease: the catch-up, the sweeps.
        """
        self._timers.repeat(name, run, pause=every(every_seconds))

    def schedule(self, name: str, *, every_seconds: int, run: Callable[[], None]) -> None:
        """Call `run` once per cluster in each period of `every_seconds` (1 to 86 400), counted from 1970; now is one.

        Every run is a workflow (some 4 ms of CPU): for what happens once a minute or less often. If the process dies
        the run waits for the next period.
        """
        if not 1 <= every_seconds <= LONGEST_PERIOD:
            raise ValueError(f"a period has 1 to {LONGEST_PERIOD} seconds, not {every_seconds}")
        self._scheduled[name] = run

        def ask() -> None:
            period = int(self._clock().timestamp() // every_seconds)
            self.enqueue(SCHEDULED, f"{SCHEDULED}:{name}:{period}", {"name": name})

        ask()
        self._timers.repeat(name, ask, pause=until_next_period(every_seconds, self._clock))

    def stop(self, timeout: float) -> None:
        """Take no more work, wait up to `timeout` seconds for what runs, cancel what still runs on the loop, close.

        What was asked for before is still started. Call it from a thread: workflows on the loop can only end while the
        loop turns. A second call does nothing. A `def` workflow that does not end keeps its thread, and the interpreter
        waits for that one at exit.
        """
        _refuse_on_a_loop("stop")
        if self._stopped:
            return
        self._stopped = True
        deadline = time.monotonic() + timeout
        self._timers.stop()
        self._starter.close(deadline)
        if left := self._runs.finish(deadline):
            log.warning("engine.stopped.with_work_left", workflow_ids=left)
        self._timers.join(deadline)
        self._close()

    def _close(self) -> None:
        """Close the backend, but do not wait for a database that is gone: DBOS would, without end."""
        closing = threading.Thread(target=self._backend.close, name="engine-closing", daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)
        if closing.is_alive():
            log.warning("engine.stopped.without_closing")
            return
        _one_per_process.release()


def start(
    database_url: str | URL,
    *,
    workflows: Mapping[str, Workflow],
    loop: asyncio.AbstractEventLoop | None = None,
    executor_threads: int = EXECUTOR_THREADS,
    queue_poll_seconds: float | None = None,
    application_version: str = APPLICATION_VERSION,
    clock: Clock = system_clock,
    refuse: Refuse = leave,
) -> Engine:
    """Start the engine with workers, beside the database at `database_url`; blocks for some 100 ms.

    `loop` runs the workflows that are `async def`; each of these holds one of `executor_threads` while it waits.
    `queue_poll_seconds` says how often to look for what processes without workers ask for; None where there are none,
    since looking costs CPU. `clock` says what is a day old and which period of a schedule this is.
    `refuse` is called, in any thread, with the payload of what is asked for while it stops and will not run.
    """
    _refuse_on_a_loop("start")
    url = own_database(database_url)
    runs = Runs(loop, refuse)
    scheduled: dict[str, Callable[[], None]] = {}
    table: dict[str, Workflow] = {**workflows, SCHEDULED: lambda payload: scheduled[str(payload["name"])]()}
    _take_the_process()
    try:
        workers = Workers(
            url,
            {name: _calling(runs, name, workflow) for name, workflow in table.items()},
            application_version=application_version,
            executor_threads=executor_threads,
            queue_poll_seconds=queue_poll_seconds,
        )
    except BaseException:
        _one_per_process.release()
        raise
    engine = Engine(workers, runs, scheduled, clock=clock, refuse=refuse)
    engine.repeat("tidy", every_seconds=TIDY_SECONDS, run=lambda: workers.tidy(clock()))
    return engine


def start_without_workers(
    database_url: str | URL, *, application_version: str = APPLICATION_VERSION, refuse: Refuse = leave
) -> Engine:
    """Start the engine of a process that only asks; workers elsewhere run what it asks for.

    Until a worker has made the engine's tables asks fail, are logged, and are found by the workers' catch-up.
    """
    url = own_database(database_url)
    _take_the_process()
    client = QueueClient(url, application_version=application_version)
    return Engine(client, Runs(None), {}, clock=system_clock, refuse=refuse)


def _calling(runs: Runs, name: str, workflow: Workflow) -> Function:
    return lambda workflow_id, payload: runs.call(name, workflow, workflow_id, payload)


def _take_the_process() -> None:
    if not _one_per_process.acquire(blocking=False):
        raise RuntimeError("an engine is already running in this process")


def _refuse_on_a_loop(verb: str) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(f"engine.{verb} blocks; call it in a thread: await asyncio.to_thread(...)")
