"""Owns the PostgreSQL server of a bench, which waits for the disk at each COMMIT as a server of one's own does."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import make_url

from tests.support.databases import fresh_postgresql, server_url
from tests.support.run_folder import shared_run_folder

AS_IN_PRODUCTION = ("ALTER SYSTEM SET fsync = on", "ALTER SYSTEM SET synchronous_commit = on")


@contextmanager
def durable_postgresql() -> Iterator[str]:
    """The URL of a migrated database; its server, of a wheel, ends with the block.

    Tests run theirs without waiting for the disk, which can be changed while it runs
    (postgresql.org/docs/current/runtime-config-wal.html).
    """
    with shared_run_folder():
        with psycopg.connect(server_url(), autocommit=True) as connection:
            for words in AS_IN_PRODUCTION:
                connection.execute(words)
            connection.execute("SELECT pg_reload_conf()")
        with fresh_postgresql() as url:
            yield url


def database_bytes(url: str) -> int:
    """How large the database at `url` is, indexes included."""
    with psycopg.connect(url, autocommit=True) as connection:
        [(size,)] = connection.execute("SELECT pg_database_size(%s)", [make_url(url).database]).fetchall()
    return int(size)
