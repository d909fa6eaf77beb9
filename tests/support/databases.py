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
from functools import cache
from pathlib import Path
from typing import LiteralString
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from tests.support.postgres_keeper import URL_FILE
from tests.support.run_folder import run_folder
from tocsin.kernel.db import Database
from tocsin.migrations import migrate

ROOT = Path(__file__).resolve().parent.parent.parent
SERVER_VARIABLE = "TOCSIN_TEST_POSTGRES_URL"
EMPTY = "template0"


@contextmanager
def fresh_sqlite(folder: Path) -> Iterator[str]:
    """Give the URL of a migrated SQLite file in `folder`."""
    path = folder / "tocsin.db"
    shutil.copyfile(sqlite_template(), path)
    yield sqlite_url(path)


@contextmanager
def fresh_postgresql(template: str | None = None) -> Iterator[str]:
    """Give the URL of a PostgreSQL database of one's own, migrated unless `template` is EMPTY."""
    name = f"tocsin_test_{uuid4().hex}"
    # Two sessions cannot copy one template at the same moment, however often the server is asked.
    source = template or postgresql_template()
    with exclusively("copy-template"):
        execute_on_server("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, source)
    try:
        yield url_of(name)
    finally:
        execute_on_server("DROP DATABASE {} WITH (FORCE)", name)


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
