"""`tocsin projects limit` and `scrub`: bounds, what was dropped, and what is taken out."""

import pytest
from sqlalchemy import select

from tests.cli.terminal import Terminal
from tocsin.intake.received import IntakeOutcome, Received, add_received
from tocsin.issues.counters import hour_of
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import Database, read, write
from tocsin.organizations.models import ProjectKey


@pytest.fixture
def terminal(bare_terminal: Terminal, sqlite_database_url: str) -> Terminal:
    bare_terminal.setting("DATABASE_URL", sqlite_database_url)
    return bare_terminal


def test_a_project_is_bounded_and_set_free(acme: Terminal) -> None:
    bounded = acme.do("projects", "limit", "web", "--events-per-minute", "600", "--events-per-day", "5000")
    freed = acme.do("projects", "limit", "web", "--events-per-minute", "none")

    assert (bounded["events_per_minute"], bounded["events_per_day"]) == (600, 5000)
    assert (freed["events_per_minute"], freed["events_per_day"]) == (None, 5000)


def test_a_key_has_a_limit_of_its_own(acme: Terminal, sqlite_database_url: str) -> None:
    database = Database.open(sqlite_database_url)
    with read(database) as session:
        key = session.scalars(select(ProjectKey)).one()
    hour = hour_of(system_clock())
    with write(database) as session:
        add_received(session, {Received(key.project_id, hour, key.id, IntakeOutcome.RATE_LIMITED): 4})
    database.close()

    acme.do("projects", "limit", "web", "--key", key.public_key, "--events-per-day", "10")

    assert acme.do("projects", "limit", "web", "--key", key.public_key) == {
        "events_per_minute": None,
        "events_per_day": 10,
        "new_issues_per_minute": 100,
        "last_week": {"rate_limited": 4},
    }
    assert acme.do("projects", "limit", "web")["events_per_day"] is None


def test_new_issues_are_bounded_and_set_free(acme: Terminal) -> None:
    bounded = acme.do("projects", "limit", "web", "--new-issues-per-minute", "20")
    freed = acme.do("projects", "limit", "web", "--new-issues-per-minute", "none")

    assert (bounded["new_issues_per_minute"], freed["new_issues_per_minute"]) == (20, None)


def test_new_issues_are_not_bounded_for_a_key(acme: Terminal, sqlite_database_url: str) -> None:
    database = Database.open(sqlite_database_url)
    with read(database) as session:
        key = session.scalars(select(ProjectKey.public_key)).one()
    database.close()

    said = acme.type("projects", "limit", "web", "--key", key, "--new-issues-per-minute", "20")

    assert (said.code != 0, "for a project" in said.err) == (True, True)
    assert acme.do("projects", "limit", "web")["new_issues_per_minute"] == 100


def test_a_key_that_is_not_there_is_named(acme: Terminal) -> None:
    said = acme.type("projects", "limit", "web", "--key", "f" * 32)

    assert (said.code != 0, "has no key" in said.err) == (True, True)


def test_what_is_taken_out_is_chosen_piece_by_piece(acme: Terminal) -> None:
    acme.do("projects", "scrub", "web", "--names", "birth-date,account", "--emails", "on")
    acme.do("projects", "scrub", "web", "--ip-addresses", "on", "--emails", "off")

    assert acme.do("projects", "scrub", "web") == {
        "names": ["account", "birth-date"],
        "harmless": [],
        "emails": False,
        "ip_addresses": True,
    }
