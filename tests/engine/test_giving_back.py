"""The lease of a run that fails is free again, and giving it back keeps nobody waiting."""

import asyncio
import sqlite3
from contextlib import closing, suppress

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from tocsin.deliveries import lease
from tocsin.deliveries.lease import Held
from tocsin.deliveries.models import Lease
from tocsin.engine.carriers import write_runs
from tocsin.engine.giving_back import REST_AFTER_FAILURE, GivingBack
from tocsin.kernel.clock import system_clock, to_milliseconds
from tocsin.kernel.db import Database, read, write

SECONDS = 10.0
"""After which a test has failed."""
NOW = system_clock()


class FailedError(Exception):
    """What the runs of these tests fail with."""


@pytest.fixture
def giving_back(database: Database) -> GivingBack:
    return GivingBack(database, lambda: NOW)


def a_lease(database: Database) -> Held:
    with write(database) as session:
        held = lease.take(session, "drain:3:C1", now=to_milliseconds(NOW), seconds=30)
    assert held is not None
    return held


def lease_left(database: Database) -> tuple[int, int]:
    """Until when the lease is held, and for how long (ms) the catch-up leaves it alone."""
    with read(database) as session:
        left = session.scalars(select(Lease)).one()
        return left.held_until, left.rest_until - to_milliseconds(NOW)


async def failing() -> None:
    raise FailedError


async def without_end() -> None:
    await asyncio.Event().wait()


def test_a_failed_run_in_a_thread_gives_its_lease_back(database: Database, giving_back: GivingBack) -> None:
    held = a_lease(database)

    def fail() -> None:
        raise FailedError

    with pytest.raises(FailedError):
        giving_back.run_alone(held, fail)

    assert lease_left(database) == (0, REST_AFTER_FAILURE)


def test_a_failed_run_on_the_loop_gives_its_lease_back(database: Database, giving_back: GivingBack) -> None:
    held = a_lease(database)

    with pytest.raises(FailedError):
        asyncio.run(giving_back.run_beside(held, failing()))

    assert lease_left(database) == (0, REST_AFTER_FAILURE)


def test_a_cancelled_run_gives_its_lease_back(database: Database, giving_back: GivingBack) -> None:
    held = a_lease(database)

    async def cancel_it() -> None:
        run = asyncio.create_task(giving_back.run_beside(held, without_end()))
        await asyncio.sleep(0)
        run.cancel()
        with suppress(asyncio.CancelledError):
            await run

    asyncio.run(cancel_it())

    assert lease_left(database) == (0, REST_AFTER_FAILURE)


def test_the_loop_turns_while_a_lease_is_given_back_to_a_busy_database(sqlite_database_url: str) -> None:
    with closing(Database.open(sqlite_database_url)) as database, capture_logs() as logs:
        held = a_lease(database)

        async def give_back_while_another_program_writes() -> bool:
            """Whether the loop came to its other work before the lease was given back, or kept."""
            with closing(sqlite3.connect(sqlite_database_url.removeprefix("sqlite:///"))) as other:
                other.execute("BEGIN IMMEDIATE")
                failed = asyncio.create_task(GivingBack(database, lambda: NOW).run_beside(held, failing()))
                await asyncio.sleep(0)
                turned_meanwhile = not failed.done()
                async with asyncio.timeout(SECONDS):
                    with suppress(FailedError):
                        await failed
                return turned_meanwhile

        turned_meanwhile = asyncio.run(give_back_while_another_program_writes())

        assert turned_meanwhile
        assert [(line["event"], line["runs"]) for line in logs] == [("engine.lease.kept", ["drain:3:C1"])]


def test_what_a_stopping_process_refuses_is_free_at_once(database: Database, giving_back: GivingBack) -> None:
    held = a_lease(database)

    giving_back.refuse(write_runs([("3:C1", held)]))

    with read(database) as session:
        left = session.scalars(select(Lease)).one()
        assert (left.held_until, left.rest_until) == (0, 0)
