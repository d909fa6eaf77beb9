"""What the tests of presses share: one running Slack, and an office for each test."""

from collections.abc import Iterator

import pytest

from slack_simulator.running import Simulator, running_simulator
from tests.slack.office import Office, open_office
from tocsin.kernel.db import Database


@pytest.fixture
def slack() -> Iterator[Simulator]:
    with running_simulator() as simulator:
        simulator.limits(on=False)
        yield simulator


@pytest.fixture
def office(database: Database, slack: Simulator) -> Iterator[Office]:
    with open_office(database, slack) as opened:
        yield opened


@pytest.fixture
def sqlite_office(sqlite_database_url: str, slack: Simulator) -> Iterator[Office]:
    """An office on one kind of database, for what is decided before any database is asked for more than secrets."""
    database = Database.open(sqlite_database_url)
    with open_office(database, slack) as opened:
        yield opened
    database.close()
