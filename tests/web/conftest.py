"""What the page tests share: the little world, in a database of either kind."""

from collections.abc import Iterator

import pytest

from tests.web.world import World, build_world
from tocsin.kernel.db import Database


@pytest.fixture
def world(database: Database) -> World:
    """Two organizations with people and projects; nothing was reported yet."""
    return build_world(database)


@pytest.fixture
def mailing_world(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    """The same on a server that sends mail."""
    monkeypatch.setenv("TOCSIN_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("TOCSIN_SMTP_FROM", "tocsin@example.com")
    return build_world(database)


@pytest.fixture
def sqlite_world(sqlite_database_url: str) -> Iterator[World]:
    """The same on SQLite alone, for what does not depend on the kind of database."""
    database = Database.open(sqlite_database_url)
    yield build_world(database)
    database.close()
