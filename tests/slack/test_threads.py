"""Whether an activity is told in threads at all: each guard in its order, each silence with its reason in the log."""

from contextlib import closing
from itertools import count

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from tests.support.acme import NOW, make_issue, make_organization, make_project, system
from tocsin.activities.models import Activity, ActivityType
from tocsin.activities.record import ACTIVITY, record_activity
from tocsin.deliveries.lease import busy_names, take
from tocsin.issues.models import Issue
from tocsin.kernel.clock import to_milliseconds
from tocsin.kernel.db import Database, write
from tocsin.kernel.ids import ActivityId
from tocsin.kernel.work import Work
from tocsin.organizations.models import Organization
from tocsin.slack import threads
from tocsin.slack.threads import REST_AFTER_FAILURE, announce, send_activity_notifications_to_slack_threads
from tocsin.slack.unannounced import HELD_BACK_FOR

BASE = "https://tocsin.example"
LEASE = "announce:all"
TELLING_THE_FIRST = 1
"""The place, from nought, of that look at the clock in a run of `announce`; before it the lease is renewed."""


@pytest.fixture
def home(database):
    return make_organization(database)


@pytest.fixture
def issue(database, home):
    return make_issue(database, make_project(database, home))


def recorded(database, home, issue, activity_type=ActivityType.RESOLVED, **changed):
    """The id of an activity of the system on `issue`; `changed` are columns as somebody tampered with them."""
    with write(database) as session:
        project_id = session.get_one(Issue, issue).project_id
        activity = record_activity(session, system(home), activity_type, issue_id=issue, project_id=project_id, now=NOW)
        if changed:
            session.execute(update(Activity).where(Activity.id == activity.id).values(**changed))
        return activity.id


def told(database, activity_id):
    """The names of what was logged while the activity was told, and what each line said of it."""
    with capture_logs() as lines, write(database) as session:
        send_activity_notifications_to_slack_threads(session, activity_id, link_base=BASE, now=NOW)
    return {line["event"]: line for line in lines if line["event"].startswith("slack.threads.")}


def announce_all(database, *, clock, now=0):
    """The ids of the activities that one run of `announce` tells, in its order."""
    with write(database) as session:
        held = take(session, LEASE, now=now, seconds=60)
    assert held is not None
    with capture_logs() as lines:
        announce(database, held, clock=clock, link_base=BASE, lease_seconds=60)
    return [line["activity_id"] for line in lines if line["event"] == "slack.threads.planned"]


def test_what_was_recorded_asks_to_be_told_once_it_is_committed(database, home, issue):
    asked: list[Work] = []
    database.runner = asked.extend

    activity_id = recorded(database, home, issue)

    assert asked == [Work(ACTIVITY, activity_id)]


def test_an_activity_that_is_gone_is_passed_over(database):
    assert told(database, ActivityId(4711)) == {}


def test_an_activity_is_told_once_however_often_it_is_asked_for(database, home, issue):
    activity_id = recorded(database, home, issue)

    first, second = told(database, activity_id), told(database, activity_id)

    assert first["slack.threads.planned"]["activity_id"] == activity_id
    assert second == {}


def test_an_activity_without_an_issue_is_told_to_nobody(database, home, issue):
    activity_id = recorded(database, home, issue, issue_id=None)

    line = told(database, activity_id)["slack.threads.no_issue"]

    assert line["log_level"] == "info"
    assert {"activity_id", "project_id"} <= set(line)


def test_a_type_without_a_sentence_is_told_to_nobody(database, home, issue):
    activity_id = recorded(database, home, issue, ActivityType.FIRST_SEEN, announced_at=None)

    line = told(database, activity_id)["slack.threads.no_sentence"]

    assert line["activity_type"] == "first_seen"


def test_an_organization_that_switched_threads_off_is_told_nothing(database, home, issue):
    activity_id = recorded(database, home, issue)
    with write(database) as session:
        session.execute(update(Organization).values(threads_enabled=False))

    line = told(database, activity_id)["slack.threads.switched_off"]

    assert {"activity_id", "project_id", "issue_id", "organization_id"} <= set(line)


def test_what_the_policy_forbids_is_told_to_nobody(database, home, issue):
    activity_id = recorded(database, home, issue, ActivityType.UNASSIGNED)

    line = told(database, activity_id)["slack.threads.against_policy"]

    assert line["is_by_person"] is False


def test_an_issue_without_cards_is_told_to_nobody(database, home, issue):
    activity_id = recorded(database, home, issue)

    lines = told(database, activity_id)

    assert lines["slack.threads.nobody_to_tell"]["log_level"] == "debug"
    assert lines["slack.threads.planned"]["replies"] == 0


def test_what_was_looked_at_is_never_looked_at_again(database, home, issue):
    activity_id = recorded(database, home, issue, issue_id=None)

    told(database, activity_id)

    with write(database) as session:
        assert session.scalars(select(Activity.announced_at).where(Activity.id == activity_id)).one() == NOW


def make_broken(database, home, issue, activity_type=ActivityType.RESOLVED_BY_AGE, data=None):
    """The id of an activity whose sentence cannot be made, and which nothing of another issue has to do with."""
    return recorded(database, home, issue, activity_type, data=data or {})


def mend(database, activity_id):
    with write(database) as session:
        session.execute(update(Activity).where(Activity.id == activity_id).values(data={"days": 3}))


def test_an_activity_that_cannot_be_told_stops_no_other_issue_and_is_tried_again_in_a_while(database, home, issue):
    neighbour = make_issue(database, make_project(database, home, slug="api"))
    broken = make_broken(database, home, issue)
    other = recorded(database, home, neighbour)

    announced = announce_all(database, clock=lambda: NOW)

    assert announced == [other]
    with write(database) as session:
        assert LEASE in busy_names(session, now=to_milliseconds(NOW) + REST_AFTER_FAILURE - 1)
    mend(database, broken)
    assert announce_all(database, clock=lambda: NOW, now=to_milliseconds(NOW) + REST_AFTER_FAILURE) == [broken]


def test_what_cannot_be_told_holds_back_what_follows_it_on_its_issue(database, home, issue):
    broken = make_broken(database, home, issue)
    following = recorded(database, home, issue, ActivityType.REOPENED)

    while_broken = announce_all(database, clock=lambda: NOW)
    mend(database, broken)

    assert (while_broken, announce_all(database, clock=lambda: NOW, now=1)) == ([], [broken, following])


def test_what_cannot_be_told_for_an_hour_holds_back_nothing_any_more(database, home, issue):
    make_broken(database, home, issue)
    following = recorded(database, home, issue, ActivityType.REOPENED)

    announced = announce_all(database, clock=lambda: NOW + HELD_BACK_FOR)

    assert announced == [following]


def test_a_merge_that_cannot_be_told_holds_back_the_survivor_too(database, home, issue):
    survivor = make_issue(database, make_project(database, home, slug="api"))
    make_broken(database, home, issue, ActivityType.MERGED, data={"other": {"id": survivor}})
    recorded(database, home, survivor)

    announced = announce_all(database, clock=lambda: NOW)

    assert announced == []


@pytest.mark.parametrize("other", [None, 5, {}, {"id": None}])
def test_an_activity_that_names_its_other_issue_badly_stops_nobody(database, home, issue, other):
    neighbour = make_issue(database, make_project(database, home, slug="api"))
    make_broken(database, home, issue, ActivityType.MERGED, data={"other": other})
    following = recorded(database, home, neighbour)

    announced = announce_all(database, clock=lambda: NOW)

    assert announced == [following]


def test_each_transaction_announces_something_however_slow_the_database_is(database, home, issue, monkeypatch):
    monkeypatch.setattr(threads, "SECONDS_TOGETHER", 0.0)
    expected = [recorded(database, home, issue), recorded(database, home, issue, ActivityType.REOPENED)]

    announced = announce_all(database, clock=lambda: NOW)

    assert announced == expected


def test_what_fails_by_chance_is_told_before_what_follows_it(postgresql_url):
    with closing(Database.open(postgresql_url)) as database:
        home = make_organization(database)
        issue = make_issue(database, make_project(database, home))
        expected = [
            recorded(database, home, issue, ActivityType.RESOLVED_BY_AGE, data={}),
            recorded(database, home, issue, ActivityType.REOPENED),
        ]
        asked = count()

        def clock():
            """The time; and once the first was tried, what kept it from being told is mended."""
            if next(asked) == TELLING_THE_FIRST + 1:
                mend(database, expected[0])
            return NOW

        announced = announce_all(database, clock=clock)

    assert announced == expected


def test_what_is_committed_late_is_told_before_what_follows_it_on_the_same_issue(postgresql_url):
    with closing(Database.open(postgresql_url)) as database, Session(database.writer) as late:
        home = make_organization(database)
        project = make_project(database, home)
        issue, neighbour = make_issue(database, project), make_issue(database, project)
        kept = record_activity(late, system(home), ActivityType.RESOLVED, issue_id=issue, project_id=project, now=NOW)
        expected = [recorded(database, home, neighbour), kept.id]

        asked = count()

        def clock():
            """The time; and while the neighbour's activity is told, the first is committed, and another follows."""
            if next(asked) == TELLING_THE_FIRST:
                late.commit()
                expected.append(recorded(database, home, issue, ActivityType.REOPENED))
            return NOW

        announced = announce_all(database, clock=clock)

    assert announced == expected
