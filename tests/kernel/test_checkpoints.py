"""SQLite's log is copied beside the work: no COMMIT does it, it does not grow for ever, and failing harms nobody."""

import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import create_engine, text

from tocsin.kernel.checkpoints import BEGUN_ANEW_FROM, Checkpointer
from tocsin.kernel.db import PAGE_BYTES, Database, read, write

MIB = 2**20


@pytest.fixture
def database(sqlite_database_url: str) -> Iterator[Database]:
    with closing(Database.open(sqlite_database_url)) as opened:
        with write(opened) as session:
            session.execute(text("CREATE TABLE ballast (body BLOB)"))
        Checkpointer(opened).run()
        yield opened


def write_ballast(database: Database, megabytes: int = 1) -> None:
    with write(database) as session:
        session.execute(text("INSERT INTO ballast VALUES (zeroblob(:size))"), {"size": megabytes * MIB})


def megabytes_of(database: Database, suffix: str = "") -> int:
    path = Path(f"{database.url.database}{suffix}")
    return path.stat().st_size // MIB


@contextmanager
def all_the_time(database: Database, *, writes: int) -> Iterator[Event]:
    """Have one thread write so many megabytes, and two read one after the other; gives what is set at the end."""
    is_over = Event()

    def keep_writing() -> None:
        for _ in range(writes):
            write_ballast(database)
        is_over.set()

    def keep_reading() -> None:
        while not is_over.is_set():
            with read(database) as session:
                session.scalar(text("SELECT sum(length(body)) FROM ballast"))

    with ThreadPoolExecutor(3) as threads:
        running = [threads.submit(keep_writing), threads.submit(keep_reading), threads.submit(keep_reading)]
        yield is_over
        for each in running:
            each.result()


def test_a_commit_leaves_the_copying_to_the_checkpoint(database: Database) -> None:
    before = megabytes_of(database)

    write_ballast(database, 20)
    committed = megabytes_of(database)
    Checkpointer(database).run()

    assert (committed - before, megabytes_of(database) - before) == (0, 20)


def test_the_log_is_begun_anew_while_others_write_and_read_all_the_time(database: Database) -> None:
    checkpointer = Checkpointer(database)

    with all_the_time(database, writes=150) as is_over:
        while not is_over.is_set():
            checkpointer.run()

    assert megabytes_of(database, "-wal") < 3 * BEGUN_ANEW_FROM * PAGE_BYTES // MIB


def test_a_reader_who_stays_keeps_nobody_from_writing_and_the_log_for_as_long(database: Database) -> None:
    write_ballast(database)
    with read(database) as session:
        seen = session.scalar(text("SELECT count(*) FROM ballast"))
        for _ in range(3):
            write_ballast(database, 20)
            Checkpointer(database).run()
        assert (seen, session.scalar(text("SELECT count(*) FROM ballast"))) == (1, 1)
    grown = megabytes_of(database, "-wal")

    Checkpointer(database).run()
    write_ballast(database, 20)

    assert (grown, megabytes_of(database)) == (61, 61)
    assert megabytes_of(database, "-wal") == 61


def test_a_log_that_grew_beyond_its_bound_is_cut_back(database: Database) -> None:
    write_ballast(database, 100)

    Checkpointer(database).run()
    write_ballast(database)

    assert megabytes_of(database, "-wal") == 62


@contextmanager
def no_file_grows_beyond(size: int) -> Iterator[None]:
    """As on a full disk, but for the error's name; Python ignores the signal that comes with it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_checkpoint_that_fails_is_told_once_and_loses_nothing(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpointer = Checkpointer(database)
    write_ballast(database, 20)

    with no_file_grows_beyond(10 * MIB):
        checkpointer.run()
        checkpointer.run()
    failed = megabytes_of(database)
    checkpointer.run()

    assert capsys.readouterr().out.count("database.checkpoint.failed") == 1
    assert (failed < 20, megabytes_of(database)) == (True, 20)


def test_while_readers_have_every_connection_that_is_told_once(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    one_connection = create_engine(database.url, pool_size=1, max_overflow=0, pool_timeout=0.001)
    crowded = replace(database, reader=one_connection)
    checkpointer = Checkpointer(crowded)

    with read(crowded) as session:
        session.scalar(text("SELECT count(*) FROM ballast"))
        checkpointer.run()
        checkpointer.run()
    one_connection.dispose()

    assert capsys.readouterr().out.count("database.checkpoint.failed") == 1
