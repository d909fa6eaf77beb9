"""Where the engine keeps its own tables."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine as open_database
from sqlalchemy import inspect, make_url

from tests.engine.conftest import StartEngine
from tocsin import engine
from tocsin.kernel.db import Database


def test_the_engine_keeps_its_tables_apart_from_ours(start_engine: StartEngine, empty_database_url: str) -> None:
    start_engine(workflows={}).stop(timeout=0.0)

    database = Database.open(empty_database_url)
    assert inspect(database.reader).get_table_names() == []
    database.close()


def test_on_sqlite_it_has_a_file_of_its_own_that_readers_do_not_wait_for(tmp_path: Path) -> None:
    engine.start(f"sqlite:///{tmp_path / 'tocsin.db'}", workflows={}).stop(timeout=0.0)

    own = open_database(f"sqlite:///{tmp_path / 'engine.db'}")
    with own.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    own.dispose()


def test_on_postgresql_it_has_a_schema_of_its_own(postgresql_url: str) -> None:
    engine.start(postgresql_url, workflows={}).stop(timeout=0.0)

    plain = make_url(postgresql_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        assert connection.execute("SELECT count(*) FROM engine.workflow_status").fetchone() == (0,)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_that_is_no_file_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be a file"):
        engine.start(url, workflows={})
