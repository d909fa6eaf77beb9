"""SQLite's file is looked through beside the work, and damage that nobody has met yet is told."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from tocsin.kernel.db import Database, write
from tocsin.kernel.inspection import Inspector, find_damage, open_to_inspect
from tocsin.kernel.metrics import REGISTRY

ROWS = 5_000


@pytest.fixture
def database(sqlite_database_url: str) -> Iterator[Database]:
    with closing(Database.open(sqlite_database_url)) as opened:
        with write(opened) as session:
            session.execute(text("CREATE TABLE ballast (id INTEGER PRIMARY KEY, body TEXT)"))
            session.execute(text("INSERT INTO ballast (body) VALUES (:body)"), [{"body": "b" * 200}] * ROWS)
        yield opened


def damage(database: Database) -> None:
    """Overwrite the first page of a table that nothing reads, as a failing disk does."""
    with closing(database.writer.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        [size] = cursor.execute("PRAGMA page_size").fetchone()
        [page] = cursor.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ballast'").fetchone()
    database.close()
    with Path(database.url.database or "").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


def test_a_whole_file_has_no_damage(database: Database):
    inspector = Inspector(database)

    inspector.run()

    assert (inspector.damage, REGISTRY.get_sample_value("tocsin_sqlite_is_damaged")) == (None, 0)


def test_damage_is_found_before_anybody_meets_it(database: Database, capsys: pytest.CaptureFixture[str]):
    damage(database)
    inspector = Inspector(database)

    inspector.run()

    assert inspector.damage is not None
    assert REGISTRY.get_sample_value("tocsin_sqlite_is_damaged") == 1
    assert capsys.readouterr().out.count("database.damaged") == 1


def test_what_was_found_is_over_when_the_file_is_whole_again(database: Database):
    inspector = Inspector(database)
    inspector.damage = "a page that a backup has put right since"

    inspector.run()

    assert inspector.damage is None


def test_a_file_that_cannot_be_opened_tells_nothing_of_its_damage(
    database: Database, capsys: pytest.CaptureFixture[str]
):
    inspector = Inspector(database)
    inspector.damage = "found before"
    Path(database.url.database or "").unlink()

    inspector.run()

    assert inspector.damage == "found before"
    assert "database.inspection.failed" in capsys.readouterr().out


def test_nobody_begins_to_look_when_the_process_stops(database: Database, capsys: pytest.CaptureFixture[str]):
    damage(database)
    inspector = Inspector(database)

    inspector.stop()
    inspector.run()

    assert inspector.damage is None
    assert "database" not in capsys.readouterr().out


def test_a_look_ends_when_it_is_interrupted(database: Database):
    with open_to_inspect(database) as connection:
        # Asked after every step, so that it comes in the middle of the look.
        connection.set_progress_handler(lambda: True, 1)

        with pytest.raises(sqlite3.OperationalError, match="interrupted"):
            find_damage(connection)
