"""What the tests of presses share: a strict Slack, and an office beside it."""

from collections.abc import Iterator

import msgspec
import pytest

from slack_simulator.config import example_config
from slack_simulator.running import Simulator, running_simulator
from tests.slack.office import Office, open_office
from tocsin.kernel.db import Database

PATIENCE_SECONDS = 30.0
"""A machine that stalls for three seconds must not change what a press comes to, where that is not the question."""


@pytest.fixture
def slack() -> Iterator[Simulator]:
    with running_simulator(msgspec.structs.replace(example_config(), ack_deadline=PATIENCE_SECONDS)) as simulator:
        simulator.limits(on=False)
        yield simulator


@pytest.fixture
def hurried_office(database: Database, slack: Simulator) -> Iterator[Office]:
    """An office in which Slack waits no longer than it does."""
    with open_office(database, slack) as opened:
        yield opened


@pytest.fixture
def office(hurried_office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr("tocsin.slack.routes.DEADLINE_SECONDS", PATIENCE_SECONDS)
    return hurried_office


@pytest.fixture
def sqlite_office(sqlite_database_url: str, slack: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office on one kind of database, for what is decided before any database is asked for more than secrets."""
    monkeypatch.setattr("tocsin.slack.routes.DEADLINE_SECONDS", PATIENCE_SECONDS)
    database = Database.open(sqlite_database_url)
    with open_office(database, slack) as opened:
        yield opened
    database.close()
