"""Giving back: the lease of a run that fails is free for the next one, and no loop waits for that."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog
from sqlalchemy.exc import SQLAlchemyError

from tocsin.deliveries import lease
from tocsin.deliveries.lease import Held
from tocsin.engine.carriers import read_runs
from tocsin.engine.runs import Payload
from tocsin.kernel.clock import Clock, to_milliseconds
from tocsin.kernel.db import Database, write
from tocsin.kernel.errors import WriterBusyError

GIVE_BACK_SECONDS = 1.0
"""How long the writer is waited for. What is not given back by then is free when its lease ends."""
THREADS = 4
REST_AFTER_FAILURE = 2_000
"""Milliseconds before the catch-up tries a piece of work again that has just failed."""

log = structlog.get_logger()


class GivingBack:
    """Runs pieces of work under their leases, and gives back the lease of one that does not end by itself."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        # Not those that work: when many runs fail, it is because these wait for the writer.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="give-back")

    def run_alone(self, held: Held, run: Callable[[], None]) -> None:
        """Run in this thread; what `run` raises goes on to the caller."""
        try:
            run()
        except BaseException:
            self._give_back(held)
            raise

    async def run_beside(self, held: Held, run: Coroutine[object, object, None]) -> None:
        """Run on this loop, which serves SDKs, presses and `/health/` as well: it must never wait for the writer."""
        try:
            await run
        except BaseException:
            await asyncio.get_running_loop().run_in_executor(self._threads, self._give_back, held)
            raise

    def refuse(self, payload: Payload) -> None:
        """Give back the leases of runs that will not begin, since this process stops; another may begin them now."""
        if "runs" in payload:
            self._release([held for _subject, held in read_runs(payload)], rest_until=0)

    def _give_back(self, held: Held) -> None:
        self._release([held], rest_until=to_milliseconds(self._clock()) + REST_AFTER_FAILURE)

    def _release(self, leases: Sequence[Held], *, rest_until: int) -> None:
        try:
            with write(self._database, timeout=GIVE_BACK_SECONDS) as session:
                for held in leases:
                    lease.release(session, held, rest_until=rest_until)
        except (WriterBusyError, SQLAlchemyError) as error:
            log.warning("engine.lease.kept", runs=[held.name for held in leases], error=type(error).__name__)
