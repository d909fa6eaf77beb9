"""Giving back: the lease of a run that fails is free for the next one, and no loop waits for that."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor

import structlog
from sqlalchemy.exc import SQLAlchemyError

from tocsin.deliveries import lease
from tocsin.deliveries.lease import Held
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

    def _give_back(self, held: Held) -> None:
        try:
            with write(self._database, timeout=GIVE_BACK_SECONDS) as session:
                lease.release(session, held, rest_until=to_milliseconds(self._clock()) + REST_AFTER_FAILURE)
        except (WriterBusyError, SQLAlchemyError) as error:
            log.warning("engine.lease.kept", run=held.name, error=type(error).__name__)
