"""Units of work on both databases."""

import socket
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier, Event, Thread
from typing import cast

import psycopg
import pytest
from sqlalchemy import make_url, select, text, update
from sqlalchemy.exc import OperationalError

from tocsin.kernel import work
from tocsin.kernel.db import POSTGRESQL_TIMES, READERS, WRITERS, Database, read, write
from tocsin.kernel.errors import CrossedError, WriterBusyError
from tocsin.kernel.work import Work
from tocsin.kernel.writer_queue import Priority
from tocsin.organizations.models import Organization

AT_ONCE = 5.0
"""Seconds, far below the half minute for which somebody waits who said nothing."""
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def an_organization(slug: str = "acme", created_at: datetime = NOON) -> Organization:
    return Organization(slug=slug, name=slug, created_at=created_at)


def test_what_a_block_wrote_is_there_for_every_later_reader(database: Database) -> None:
    with write(database) as session:
        session.add(an_organization())

    with read(database) as session:
        assert session.scalars(select(Organization.slug)).all() == ["acme"]


def test_a_block_that_raises_leaves_nothing_and_tells_nobody(database: Database) -> None:
    told: list[list[Work]] = []
    database.runner = told.append

    with pytest.raises(ZeroDivisionError), write(database) as session:
        session.add(an_organization())
        work.ask(session, "activity", 1)
        raise ZeroDivisionError

    with read(database) as session:
        assert (session.scalars(select(Organization.id)).all(), told) == ([], [])


def test_the_runner_hears_of_work_once_and_only_after_the_commit(database: Database) -> None:
    told: list[tuple[list[Work], list[str]]] = []

    def runner(notes: list[Work]) -> None:
        with read(database) as session:
            told.append((notes, list(session.scalars(select(Organization.slug)))))

    database.runner = runner
    with write(database) as session:
        session.add(an_organization())
        work.ask(session, "activity", 7)
        work.ask(session, "activity", 7)

    assert told == [([Work("activity", 7)], ["acme"])]


def test_a_moment_comes_back_in_utc_whatever_zone_it_had(database: Database) -> None:
    with write(database) as session:
        session.add(an_organization(created_at=NOON.astimezone(timezone(timedelta(hours=9)))))

    with read(database) as session:
        stored = session.scalars(select(Organization.created_at)).one()

    assert (stored, stored.tzinfo) == (NOON, UTC)


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="without a zone"), write(database) as session:
        session.add(an_organization(created_at=NOON.replace(tzinfo=None)))


def test_a_writer_that_another_process_keeps_busy_is_given_up_in_time(sqlite_database_url: str) -> None:
    database = Database.open(sqlite_database_url)
    other = sqlite3.connect(sqlite_database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(WriterBusyError), write(database, timeout=0.05) as session:
        session.add(an_organization())

    other.close()
    database.close()


def test_who_writes_to_postgresql_gives_up_in_time_while_others_have_every_connection(postgresql_url: str) -> None:
    with closing(Database.open(postgresql_url)) as database, ExitStack() as others:
        for _ in range(2 * WRITERS):
            others.enter_context(write(database)).execute(text("SELECT 1"))

        asked = time.monotonic()
        with pytest.raises(WriterBusyError), write(database, timeout=0.05):
            pass

        assert time.monotonic() - asked < AT_ONCE


def test_however_many_read_from_postgresql_somebody_can_write(postgresql_url: str) -> None:
    with closing(Database.open(postgresql_url)) as database, ExitStack() as others:
        for _ in range(2 * READERS):
            others.enter_context(read(database)).execute(text("SELECT 1"))

        with write(database, timeout=AT_ONCE) as session:
            session.add(an_organization())

        others.close()
        with read(database) as session:
            assert session.scalars(select(Organization.slug)).all() == ["acme"]


def test_a_postgresql_that_takes_connections_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with closing(Database.open(f"postgresql://tocsin@127.0.0.1:{port}/tocsin")) as database:
            given_up = Event()

            def look() -> None:
                with suppress(OperationalError), read(database) as session:
                    session.execute(text("SELECT 1"))
                given_up.set()

            Thread(target=look, daemon=True).start()

            assert given_up.wait(2 * POSTGRESQL_TIMES["connect_timeout"])


def test_a_connection_to_a_postgresql_that_fell_silent_is_given_up_as_the_url_says_or_as_usual(
    postgresql_url: str,
) -> None:
    url = make_url(postgresql_url).update_query_dict({"keepalives_idle": "7"})

    with closing(Database.open(url)) as database, read(database) as session:
        driver = cast("psycopg.Connection", session.connection().connection.driver_connection)
        said = driver.info.get_parameters()

    assert {name: said[name] for name in ("keepalives_idle", "tcp_user_timeout")} == {
        "keepalives_idle": "7",
        "tcp_user_timeout": "15000",
    }


def test_who_waited_in_line_waits_for_another_process_no_longer_than_the_rest_of_their_time(
    sqlite_database_url: str,
) -> None:
    database = Database.open(sqlite_database_url)
    assert database.queue is not None

    def patience_left() -> int:
        with write(database, timeout=60) as session:
            return session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar_one()

    with ThreadPoolExecutor(1) as waiting:
        with database.queue.turn(Priority.NORMAL, None):
            left = waiting.submit(patience_left)
            while not database.queue.waiting:
                Event().wait(0.01)
            Event().wait(0.05)

        assert 0 < left.result() <= 60_000 - 50
    database.close()


def test_sqlite_commits_are_durable_and_keys_are_enforced(sqlite_database_url: str) -> None:
    database = Database.open(sqlite_database_url)

    with write(database) as session:
        facts = [session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")]

    assert facts == ["wal", 2, 1]
    database.close()


def test_of_two_transactions_that_wait_for_each_other_one_is_told_to_try_again(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("one writer at a time crosses nobody")
    with write(database) as session:
        session.add_all([an_organization("acme"), an_organization("globex")])
    both_hold_one = Barrier(2)

    def rename(first: str, second: str) -> str:
        try:
            with write(database) as session:
                session.execute(update(Organization).where(Organization.slug == first).values(name=first))
                both_hold_one.wait()
                session.execute(update(Organization).where(Organization.slug == second).values(name=first))
        except CrossedError:
            return "try again"
        return "done"

    with ThreadPoolExecutor(2) as threads:
        ends = list(threads.map(rename, ("acme", "globex"), ("globex", "acme")))

    assert sorted(ends) == ["done", "try again"]
