"""What was not seen for long is resolved by its project's setting."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.acme import NOW, make_issue, make_organization, make_project, system
from tocsin.activities.describe import describe, plain_text
from tocsin.activities.models import Activity
from tocsin.deliveries.lease import take
from tocsin.issues.aging import find_aged, resolve_the_aged, set_resolve_after_days
from tocsin.issues.models import Issue
from tocsin.kernel.clock import to_milliseconds
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.organizations.models import Project

DAY = timedelta(days=1)


@pytest.fixture
def home(database):
    return make_organization(database)


@pytest.fixture
def project(database, home):
    return make_project(database, home)


def choose(database, home, project, days: int | None) -> None:
    with write(database) as session:
        set_resolve_after_days(session, system(home), session.get_one(Project, project), days, now=NOW)


def run(database, now) -> None:
    """One run of the timer's work."""
    with write(database) as session:
        held = take(session, "resolve_by_age:all", now=to_milliseconds(now), seconds=30)
    assert held is not None
    resolve_the_aged(database, held, clock=lambda: now, lease_seconds=30)


def status_of(database, issue) -> str:
    with read(database) as session:
        return session.get_one(Issue, issue).status


@pytest.mark.parametrize(
    ("unseen", "status"),
    [(30 * DAY, "resolved"), (30 * DAY - timedelta(milliseconds=1), "unresolved"), (31 * DAY, "resolved")],
)
def test_an_issue_is_resolved_on_the_day_and_not_before(database, home, project, unseen, status):
    choose(database, home, project, 30)
    issue = make_issue(database, project, last_seen=NOW - unseen)

    run(database, NOW)

    assert status_of(database, issue) == status


def test_history_says_why_nobody_resolved_it(database, home, project):
    choose(database, home, project, 1)
    make_issue(database, project, last_seen=NOW - DAY)

    run(database, NOW)

    with read(database) as session:
        activity = session.scalars(select(Activity)).one()
    assert (activity.user_id, activity.via) == (None, "timer")
    assert plain_text(describe(activity) or [], issue="WEB-1") == "Tocsin resolved WEB-1, which was not seen for 1 day"


def test_where_nothing_was_chosen_nothing_ages(database, home, project):
    make_issue(database, project, last_seen=NOW - 4000 * DAY)
    choose(database, home, project, 7)
    choose(database, home, project, None)

    with read(database) as session:
        assert find_aged(session, now=NOW) == []


def test_archived_issues_are_left_to_those_who_archived_them(database, home, project):
    choose(database, home, project, 7)
    issue = make_issue(database, project, last_seen=NOW - 8 * DAY, status="archived")

    run(database, NOW)

    assert status_of(database, issue) == "archived"


def test_one_look_takes_up_no_more_than_it_is_told_over_all_projects(database, home, project):
    for place in (project, make_project(database, home, "api")):
        choose(database, home, place, 7)
        for _ in range(2):
            make_issue(database, place, last_seen=NOW - 8 * DAY)

    with read(database) as session:
        found = [len(find_aged(session, now=NOW, limit=limit)) for limit in (1, 3, 9)]

    assert found == [1, 3, 4]


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_an_age_that_makes_no_sense_is_refused(database, home, project, days):
    with pytest.raises(InvalidInputError):
        choose(database, home, project, days)
