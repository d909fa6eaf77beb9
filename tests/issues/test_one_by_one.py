"""Timers that do something to many issues: one that fails stops no other."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.support.acme import NOW, make_issue, make_organization, make_project
from tocsin.deliveries.lease import Held, busy_names, take
from tocsin.issues.expiry import reopen_the_expired
from tocsin.issues.models import Issue
from tocsin.issues.one_by_one import REST_AFTER_FAILURE
from tocsin.kernel.clock import to_milliseconds
from tocsin.kernel.db import Database, read, write

MILLISECONDS = to_milliseconds(NOW)


pytestmark = pytest.mark.usefixtures("expired")


@pytest.fixture
def expired(database: Database) -> None:
    """Three archived issues whose moment has come; what the first one keeps of it is damaged."""
    project = make_project(database, make_organization(database))
    past = NOW - timedelta(minutes=1)
    kept = {"until": {"kind": "until_moment", "moment": past.isoformat()}, "at": past.isoformat()}
    whole = kept | {"events": 0, "users": 0}
    issues = [make_issue(database, project, status="archived", archived_until=past, archive=whole) for _ in range(3)]
    with write(database) as session:
        session.execute(update(Issue).where(Issue.id == issues[0]).values(archive={"until": "?"}))


def take_lease(database: Database) -> Held:
    with write(database) as session:
        held = take(session, "reopen_expired:all", now=MILLISECONDS, seconds=30)
    assert held is not None
    return held


def statuses(database: Database) -> list[str]:
    with read(database) as session:
        return list(session.scalars(select(Issue.status).order_by(Issue.id)))


def test_an_issue_that_fails_stays_due_and_stops_no_other(database: Database) -> None:
    reopen_the_expired(database, take_lease(database), clock=lambda: NOW, lease_seconds=30)

    assert statuses(database) == ["archived", "unresolved", "unresolved"]


def test_after_a_failure_the_timer_rests_before_it_tries_that_issue_again(database: Database) -> None:
    reopen_the_expired(database, take_lease(database), clock=lambda: NOW, lease_seconds=30)

    with read(database) as session:
        resting = busy_names(session, now=MILLISECONDS + REST_AFTER_FAILURE - 1)
        rested = busy_names(session, now=MILLISECONDS + REST_AFTER_FAILURE)
    assert (resting, rested) == ({"reopen_expired:all"}, set())


def test_whoever_lost_the_lease_does_nothing_more(database: Database) -> None:
    held = take_lease(database)

    reopen_the_expired(database, Held(held.name, held.n - 1), clock=lambda: NOW, lease_seconds=30)

    assert statuses(database) == ["archived"] * 3
