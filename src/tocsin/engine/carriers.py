"""Carriers: workflows that stay for a while and take further runs as they come, since to begin one costs so much."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import cast

import structlog

from tocsin.deliveries.lease import Held
from tocsin.engine.runs import JSON, Payload

LINGER_SECONDS = 10.0
"""How long a carrier waits for the next run before it ends."""
LIFE_SECONDS = 600.0
"""One that always has runs takes no more after this, so that none grows as old as what the engine tidies away."""

Begun = tuple[str, Held]
"""A run that was begun: its subject, and the lease that was taken for it."""

log = structlog.get_logger()


def write_runs(begun: Sequence[Begun]) -> Payload:
    """The payload of a workflow that carries these runs."""
    runs: list[JSON] = [[subject, held.name, held.n] for subject, held in begun]
    return {"runs": runs}


def read_runs(payload: Payload) -> list[Begun]:
    """The inverse of `write_runs`."""
    runs = cast("list[tuple[str, str, int]]", payload["runs"])
    return [(subject, Held(name, n)) for subject, name, n in runs]


class Carrier:
    """The runs of one kind in this process. Of its workflows at most one takes further runs; that one *stands*.

    What a run raises is logged, and is nothing to the others: the rows that it left due are found by the catch-up.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._came: list[Begun] = []
        self._stands = self._closed = False

    def take(self, begun: Sequence[Begun]) -> bool:
        """Carry these too, from any thread; false when no workflow stands, so that one must be started."""
        with self._lock:
            if not self._stands or self._closed:
                return False
            self._came += begun
            self._wake()
        return True

    def close(self) -> None:
        """Take no more, and end when what is carried has ended."""
        with self._lock:
            self._closed = True
            if self._stands:
                self._wake()

    def _wake(self) -> None:
        """Let the workflow that stands look at what came."""
        raise NotImplementedError

    def _begin_to_stand(self) -> bool:
        """Whether this workflow stands from now on; not when another one does, or when all is to end."""
        with self._lock:
            if self._stands or self._closed:
                return False
            self._stands = True
            return True

    def _next(self, *, is_over: bool) -> list[Begun]:
        """What came since; when it `is_over`, this workflow takes no more from here on."""
        with self._lock:
            came, self._came = self._came, []
            self._stands = not is_over
            return came

    def _fall(self) -> None:
        """This workflow stood and ends before its time: what came and it did not begin is for the next one."""
        with self._lock:
            self._stands = False


class ThreadCarrier(Carrier):
    """Carries runs that hold a thread, one after the other."""

    def __init__(self, run: Callable[[str, Held], None]) -> None:
        super().__init__()
        self._run = run
        self._woken = threading.Event()

    def carry(self, payload: Payload) -> None:
        """The workflow: the runs that it was started with, and, while it stands, those that come."""
        begun = read_runs(payload)
        if self.take(begun):
            return
        is_over, end = not self._begin_to_stand(), time.monotonic() + LIFE_SECONDS
        try:
            self._run_all(begun)
            while not is_over:
                has_come = self._woken.wait(LINGER_SECONDS)
                self._woken.clear()
                is_over = self._closed or not has_come or time.monotonic() > end
                self._run_all(self._next(is_over=is_over))
        finally:
            if not is_over:
                self._fall()

    def _wake(self) -> None:
        self._woken.set()

    def _run_all(self, begun: Sequence[Begun]) -> None:
        for subject, held in begun:
            try:
                self._run(subject, held)
            except Exception:
                log.exception("engine.run.failed", run=held.name)


class LoopCarrier(Carrier):
    """Carries runs on the main loop, side by side."""

    def __init__(self, run: Callable[[str, Held], Coroutine[object, object, None]]) -> None:
        super().__init__()
        self._run = run
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def carry(self, payload: Payload) -> None:
        """The workflow: the runs that it was started with, and, while it stands, those that come."""
        begun = read_runs(payload)
        if self.take(begun):
            return
        self._loop = asyncio.get_running_loop()
        is_over, end = not self._begin_to_stand(), time.monotonic() + LIFE_SECONDS
        try:
            async with asyncio.TaskGroup() as runs:
                self._begin(runs, begun)
                while not is_over:
                    has_come = await self._wait()
                    is_over = self._closed or not has_come or time.monotonic() > end
                    self._begin(runs, self._next(is_over=is_over))
        finally:
            if not is_over:
                self._fall()

    async def _wait(self) -> bool:
        """Whether something came before it is time to end."""
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            return False
        self._woken.clear()
        return True

    def _wake(self) -> None:
        assert self._loop is not None, "it stands on a loop"
        self._loop.call_soon_threadsafe(self._woken.set)

    def _begin(self, runs: asyncio.TaskGroup, begun: Sequence[Begun]) -> None:
        for subject, held in begun:
            runs.create_task(self._try(subject, held))

    async def _try(self, subject: str, held: Held) -> None:
        try:
            await self._run(subject, held)
        except Exception:
            log.exception("engine.run.failed", run=held.name)
