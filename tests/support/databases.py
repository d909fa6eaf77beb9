"""Owns the database of a test: a SQLite file or PostgreSQL database, copied from one that was migrated once per run.

PostgreSQL is the server that TOCSIN_TEST_POSTGRES_URL names, or one that the run starts when a test first asks.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import LiteralString
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import Engine, make_url
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from tests.support.postgres_keeper import URL_FILE
from tests.support.run_folder import run_folder
from tocsin.kernel.db import Database
from tocsin.migrations import migrate

ROOT = Path(__file__).resolve().parent.parent.parent
SERVER_VARIABLE = "TOCSIN_TEST_POSTGRES_URL"
EMPTY = "template0"

USES = 50
"""Tests that one PostgreSQL database serves: its deleted rows stay in the files, since nothing sweeps them up."""

OTHERS_CONNECTED = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
SHAPE = """
    SELECT
        (SELECT md5(string_agg(concat(oid, relname, relnamespace), ',' ORDER BY oid)) FROM pg_class WHERE oid >= 16384),
        (SELECT md5(string_agg(concat(attrelid, attnum, attname, atttypid, attnotnull), ',' ORDER BY attrelid, attnum))
         FROM pg_attribute WHERE attrelid >= 16384),
        (SELECT md5(string_agg(concat(oid, tgname, tgenabled), ',' ORDER BY oid)) FROM pg_trigger),
        (SELECT md5(string_agg(concat(oid, conname), ',' ORDER BY oid)) FROM pg_constraint WHERE oid >= 16384),
        (SELECT string_agg(version_num, ',') FROM alembic_version)
"""
"""Everything of a database but its rows, and the version of its schema."""
EMPTY_ALL_TABLES = """
    DO $$
    DECLARE name regclass; has_rows boolean;
    BEGIN
        FOR name IN SELECT oid FROM pg_class WHERE relkind = 'r' AND oid >= 16384 AND relname <> 'alembic_version' LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO has_rows;
            IF has_rows THEN EXECUTE format('DELETE FROM %s', name); END IF;
        END LOOP;
        FOR name IN SELECT seqrelid FROM pg_sequence LOOP PERFORM setval(name, 1, false); END LOOP;
    END $$
"""


@dataclass
class _Kept:
    """A migrated database and how many tests it has served."""

    name: str
    uses: int = 0


_idle: list[_Kept] = []


@contextmanager
def fresh_sqlite(folder: Path) -> Iterator[str]:
    """Give the URL of a migrated SQLite file in `folder`."""
    path = folder / "tocsin.db"
    shutil.copyfile(sqlite_template(), path)
    yield sqlite_url(path)


@contextmanager
def fresh_postgresql(template: str | None = None) -> Iterator[str]:
    """Give the URL of a PostgreSQL database of one's own, migrated unless `template` is EMPTY.

    To make one and to drop it again takes longer than most tests, so a migrated one that was left as it was found, but
    for its rows, is emptied for the next test of this process.
    """
    kept = _idle.pop() if template is None and _idle else _Kept(_new_postgresql(template))
    try:
        yield url_of(kept.name)
    finally:
        kept.uses += 1
        if template is None and kept.uses < USES and _was_emptied(kept.name):
            _idle.append(kept)
        else:
            _drop(kept.name)


def _new_postgresql(template: str | None) -> str:
    name = f"tocsin_test_{uuid4().hex}"
    # Two sessions cannot copy one template at the same moment, however often the server is asked.
    source = template or postgresql_template()
    with exclusively("copy-template"):
        execute_on_server("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, source)
    return name


def _was_emptied(name: str) -> bool:
    """Whether the database is as it was made again; not while somebody is connected who might go on writing."""
    with psycopg.connect(url_of(name), autocommit=True) as connection:
        others = connection.execute(OTHERS_CONNECTED).fetchone()
        if others != (0,) or _shape_of(connection) != _shape_of_template():
            return False
        connection.execute("SET session_replication_role = replica")  # no foreign keys, no guards against deleting
        connection.execute(EMPTY_ALL_TABLES)
        return True


@cache
def _shape_of_template() -> tuple[object, ...] | None:
    name = _new_postgresql(None)
    try:
        with psycopg.connect(url_of(name), autocommit=True) as connection:
            return _shape_of(connection)
    finally:
        _drop(name)


def _shape_of(connection: psycopg.Connection) -> tuple[object, ...] | None:
    return connection.execute(SHAPE).fetchone()


def drop_idle_postgresql() -> None:
    """Drop what this process has kept."""
    while _idle:
        _drop(_idle.pop().name)


def _drop(name: str) -> None:
    execute_on_server("DROP DATABASE {} WITH (FORCE)", name)


def share_compiled_statements() -> None:
    """Let every database of this process use what any earlier one has composed.

    An engine comes with a dialect and an empty store of compiled statements of its own; filling it anew took two fifths
    of the CPU of the tests that open one. Among dialects of one class only the server's version could matter, and a run
    has one server.
    """
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__eq__ = lambda self, other: type(self) is type(other)
        dialect.__hash__ = lambda self: hash(type(self))
    shared = LRUCache(5000)
    own = property(lambda _engine: shared, lambda _engine, _own: None)
    setattr(Engine, "_compiled_cache", own)  # noqa: B010 -- a checker does not expect an attribute to become a property


@cache
def sqlite_template() -> Path:
    """Give a migrated SQLite file that nobody opens, made by the first process that asks."""
    path = run_folder() / "template.db"
    with exclusively("sqlite-template"):
        if not path.exists():
            making = path.with_suffix(".making")
            migrate_and_close(sqlite_url(making))
            making.rename(path)
    return path


@cache
def postgresql_template() -> str:
    """Give the name of a migrated PostgreSQL database that nobody opens, made by the first process that asks."""
    name_file = run_folder() / "postgresql-template"
    with exclusively("postgresql-template"):
        if not name_file.exists():
            name = f"tocsin_template_{uuid4().hex}"
            execute_on_server("CREATE DATABASE {} TEMPLATE {}", name, EMPTY)
            migrate_and_close(url_of(name))
            name_file.write_text(name)
    return name_file.read_text()


def drop_postgresql_template(folder: Path) -> None:
    """Take the template out of a server that outlives the run whose folder this is."""
    name_file = folder / "postgresql-template"
    if SERVER_VARIABLE in os.environ and name_file.exists():
        execute_on_server("DROP DATABASE {} WITH (FORCE)", name_file.read_text())


def migrate_and_close(url: str) -> None:
    """Bring the database at `url` to the present schema and leave no connection behind."""
    database = Database.open(url)
    try:
        migrate(database)
    finally:
        database.close()


@cache
def server_url() -> str:
    """Give the URL of the run's PostgreSQL server, which the first process that asks starts."""
    named = os.environ.get(SERVER_VARIABLE)
    if named:
        return named

    url_file = run_folder() / URL_FILE
    with exclusively("postgresql-server"):
        if not url_file.exists():
            command = [sys.executable, "-m", "tests.support.postgres_keeper", str(run_folder())]
            subprocess.run(command, check=True, cwd=ROOT, stdin=subprocess.DEVNULL)
    return url_file.read_text()


def execute_on_server(statement: LiteralString, *names: str) -> None:
    """Run one statement about whole databases, with their names put in for each {}."""
    with psycopg.connect(server_url(), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def url_of(name: str) -> str:
    """Give the URL of the server's database `name`."""
    return make_url(server_url()).set(database=name).render_as_string(hide_password=False)


def sqlite_url(path: Path) -> str:
    """Give the URL of a SQLite file."""
    return f"sqlite:///{path}"


@contextmanager
def exclusively(what: str) -> Iterator[None]:
    """Let one process of the run at a time into the block."""
    with run_folder().joinpath(f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
