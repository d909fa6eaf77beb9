"""The limits of a project on its page, and what it tells of what was dropped."""

import pytest
from sqlalchemy import select

from tocsin.intake.received import IntakeOutcome, Received, add_received, outcomes_since
from tocsin.issues.counters import hour_of
from tocsin.kernel.db import read, write
from tocsin.organizations.models import Project, ProjectKey
from tocsin.organizations.quotas import Quota, quota_of


def key_id_of(world, project):
    with read(world.database) as session:
        return session.scalars(select(ProjectKey.id).where(ProjectKey.project_id == world.projects[project])).one()


def test_an_admin_bounds_a_project_and_its_key(world):
    adam, key_id = world.browser_of("adam"), key_id_of(world, "web")

    fields = {"per_minute": "600", "per_day": "", f"per_minute_{key_id}": " 60 ", f"per_day_{key_id}": "none"}
    response = adam.post("/acme/projects/web/limits/", fields)

    page = adam.get(response.headers["Location"]).text
    with read(world.database) as session:
        project, key = session.get_one(Project, world.projects["web"]), session.get_one(ProjectKey, key_id)
    assert (quota_of(project), quota_of(key)) == (Quota(per_minute=600), Quota(per_minute=60))
    assert 'name="per_minute" min="0" placeholder="no limit" value="600"' in page


@pytest.mark.parametrize(
    ("typed", "words"), [("many", "whole number of events"), ("-1", "whole number"), ("9999999999", "from 0 to")]
)
def test_what_is_no_limit_is_told_on_the_page_and_changes_nothing(world, typed, words):
    response = world.browser_of("adam").post("/acme/projects/web/limits/", {"per_minute": "5", "per_day": typed})

    with read(world.database) as session:
        quota = quota_of(session.get_one(Project, world.projects["web"]))
    assert (response.status_code, words in response.text, quota) == (400, True, Quota())


def test_an_admin_bounds_the_new_issues_of_a_minute(world):
    adam = world.browser_of("adam")

    response = adam.post("/acme/projects/web/limits/", {"new_issues": "20"})

    page = adam.get(response.headers["Location"]).text
    with read(world.database) as session:
        project = session.get_one(Project, world.projects["web"])
    assert project.new_issues_per_minute == 20
    assert 'name="new_issues" min="0" placeholder="no limit" value="20"' in page


def test_a_new_project_begins_with_a_limit_of_new_issues(world):
    page = world.browser_of("adam").get("/acme/projects/web/").text

    assert 'name="new_issues" min="0" placeholder="no limit" value="100"' in page


def test_the_page_tells_what_opened_no_issue_of_its_own_and_where_it_is(world):
    world.browser_of("adam").post("/acme/projects/web/limits/", {"new_issues": "0"})
    issue_id = world.report("web", {"message": "storm"}, times=3)
    with write(world.database) as session:
        ids = (world.projects["web"], hour_of(world.clock()), key_id_of(world, "web"))
        add_received(session, {Received(*ids, IntakeOutcome.TOO_MANY_NEW_ISSUES): 3})

    page = " ".join(world.browser_of("ada").get("/acme/projects/web/").text.split())

    assert "3 events taken in the last 24 hours" in page
    assert (
        "Of these, 3 in the last 24 hours and 3 in seven days were to open more issues than a minute may have" in page
    )
    assert f'stored in <a href="/acme/issues/{issue_id}/">WEB-1</a>' in page


def test_a_test_event_that_may_open_no_issue_is_counted_for_that(world):
    adam = world.browser_of("adam")
    adam.post("/acme/projects/web/limits/", {"new_issues": "0"})

    adam.post("/acme/projects/web/test-event/")

    with read(world.database) as session:
        outcomes = outcomes_since(session, world.projects["web"], since=world.clock())
    assert outcomes == {IntakeOutcome.TOO_MANY_NEW_ISSUES: 1}


def test_the_page_tells_what_was_dropped_and_why(world):
    received = [
        (IntakeOutcome.ACCEPTED, 0, 40),
        (IntakeOutcome.RATE_LIMITED, 0, 3),
        (IntakeOutcome.RATE_LIMITED, 30, 2),
    ]
    with write(world.database) as session:
        for outcome, hours_ago, events in received:
            hour = hour_of(world.clock()) - hours_ago
            add_received(session, {Received(world.projects["web"], hour, key_id_of(world, "web"), outcome): events})

    page = " ".join(world.browser_of("ada").get("/acme/projects/web/").text.split())

    assert "40 events taken in the last 24 hours" in page
    assert "Over a limit" in page
    assert '<td data-label="24 hours">3</td><td data-label="7 days">5</td>' in page
