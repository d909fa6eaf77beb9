"""A server that is stopped says what it is at, leaves the rest, and keeps the next one from nothing."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from slack_simulator.running import Simulator
from tests.flows.company import Company, running_company
from tocsin.bootstrap import GRACE_SECONDS
from tocsin.deliveries.models import Lease
from tocsin.kernel.clock import system_clock, to_milliseconds
from tocsin.kernel.db import Database, read

CARDS = 15
"""For which Slack's pace of one a second in a channel takes longer than a stop may."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A company whose server was stopped, and how many seconds that took."""

    company: Company
    seconds: float


@pytest.fixture
def stopped(sqlite_database_url: str, slack: Simulator, tmp_path: Path) -> Iterator[Stopped]:
    """Stopped while cards waited for the pace of their channel."""
    with closing(Database.open(sqlite_database_url)) as database:
        with running_company(database, slack, tmp_path) as company:
            company.alerts_go_to("general")
            for number in range(CARDS):
                company.report(f"Error{number}x")
            company.card("general", "Error0x")
            began = time.monotonic()
        yield Stopped(company, time.monotonic() - began)


def test_a_server_that_stops_leaves_what_it_has_not_begun_and_holds_no_lease(stopped: Stopped) -> None:
    with read(stopped.company.database) as session:
        now = to_milliseconds(system_clock())
        held = list(session.scalars(select(Lease.name).where(Lease.held_until > now)))

    assert (held, set(stopped.company.states())) == ([], {"sent", "pending"})


def test_a_server_that_stops_waits_for_no_pace(stopped: Stopped) -> None:
    assert stopped.seconds < GRACE_SECONDS / 2
