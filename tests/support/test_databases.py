"""The databases that tests are given."""

from contextlib import ExitStack

from sqlalchemy import inspect, text

from tests.support.databases import fresh_postgresql, fresh_sqlite
from tocsin.kernel.db import Database, read
from tocsin.migrations import require_current_schema


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
