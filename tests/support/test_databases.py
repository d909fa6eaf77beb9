"""The databases that tests are given."""

from contextlib import ExitStack

import psycopg
import pytest
from sqlalchemy import inspect, make_url, text

from tests.support.databases import drop_idle_postgresql, fresh_postgresql, fresh_sqlite, url_of
from tocsin.kernel.db import Database, read
from tocsin.migrations import require_current_schema

NEW_LEASE = "INSERT INTO leases (name, n, held_until, rest_until) VALUES ('drain:1:C1', 1, 0, 0)"


def test_a_fresh_database_is_at_the_present_schema(database):
    require_current_schema(database)


def test_an_empty_database_has_no_tables(empty_database_url):
    database = Database.open(empty_database_url)

    tables = inspect(database.reader).get_table_names()

    database.close()
    assert tables == []


def test_two_databases_of_one_kind_do_not_share_rows(database, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with database.writer.begin() as connection:
        connection.execute(text("CREATE TABLE mark (id INTEGER)"))

    with ExitStack() as stack:
        url = stack.enter_context(fresh_sqlite(elsewhere) if database.is_sqlite else fresh_postgresql())
        other = Database.open(url)
        stack.callback(other.close)

        assert "mark" not in inspect(other.reader).get_table_names()


def test_postgresql_is_postgresql(postgresql_url):
    database = Database.open(postgresql_url)

    with read(database) as session:
        version = session.scalar(text("SELECT version()"))

    database.close()
    assert str(version).startswith("PostgreSQL")


def wait_until_nobody_is_connected(url: str) -> None:
    """The server ends a session only some time after its client has hung up."""
    name = make_url(url).database
    with psycopg.connect(url_of("postgres"), autocommit=True) as server:
        while server.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", (name,)).fetchone() != (0,):
            server.execute("SELECT pg_sleep(0.01)")


def test_a_postgresql_database_serves_the_next_test_without_the_rows_of_this_one():
    drop_idle_postgresql()  # one of them may be at the end of its uses
    with fresh_postgresql() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(NEW_LEASE)
        wait_until_nobody_is_connected(url)

    with fresh_postgresql() as again, psycopg.connect(again) as connection:
        leases = connection.execute("SELECT count(*) FROM leases").fetchone()

    assert (again, leases) == (url, (0,))


@pytest.mark.parametrize("change", ["ALTER TABLE leases ADD note text", "UPDATE alembic_version SET version_num = '0'"])
def test_a_postgresql_database_whose_tables_were_changed_serves_nobody_else(change):
    with fresh_postgresql() as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(change)

    with fresh_postgresql() as other:
        assert other != url


def test_a_postgresql_database_in_which_somebody_may_still_write_serves_nobody_else():
    with ExitStack() as still_open:
        with fresh_postgresql() as url:
            still_open.enter_context(psycopg.connect(url))

        with fresh_postgresql() as other:
            assert other != url
