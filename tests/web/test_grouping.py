"""The pages that say why events are one issue, and on which rules for that are kept and tried out."""

import pytest

from tests.web import events
from tests.web.world import World
from tocsin.issues.fingerprint_rules import rules_of
from tocsin.kernel.db import read
from tocsin.organizations.models import Project

ADDRESS = "/acme/projects/web/fingerprint-rules/"
RULE = 'type:KeyError -> keys title="A key was missing"'


@pytest.fixture
def world(sqlite_world: World) -> World:
    return sqlite_world


def rules_in(world):
    with read(world.database) as session:
        return [rule.text for rule in rules_of(session.get_one(Project, world.projects["web"]))]


def test_the_page_of_an_issue_says_what_counted(world):
    issue = world.report("web", events.division())

    page = world.browser_of("ada").get(f"/acme/issues/{issue}/").text

    assert "The same exceptions from the same functions" in page
    assert "exception <code>ZeroDivisionError</code>" in page


def test_an_admin_tries_a_rule_and_then_keeps_it(world):
    world.report("web", events.crash("KeyError", "'x'"), times=3)
    adam = world.browser_of("adam")

    tried = adam.post(ADDRESS, {"rules": RULE, "do": "try"})
    before = rules_in(world)
    kept = adam.post(ADDRESS, {"rules": RULE, "do": "keep"})

    assert "Of the last 3 events these would be grouped otherwise" in tried.text
    assert (before, kept.status_code, rules_in(world)) == ([], 303, [RULE])


def test_a_line_that_is_no_rule_is_named_and_nothing_is_kept(world):
    answer = world.browser_of("adam").post(ADDRESS, {"rules": f"{RULE}\nnonsense", "do": "keep"})

    assert (answer.status_code, "Line 2: a rule needs" in answer.text, "nonsense</textarea>" in answer.text) == (
        400,
        True,
        True,
    )
    assert rules_in(world) == []


def test_a_rule_that_speaks_for_nothing_says_so(world):
    world.report("web", events.division())

    page = world.browser_of("adam").post(ADDRESS, {"rules": RULE, "do": "try"}).text

    assert "none would be grouped otherwise" in page
    assert "Line 1 speaks for none of them" in page


def test_an_event_that_came_before_a_rule_says_what_it_was_grouped_by(world):
    issue = world.report("web", events.crash("KeyError", "'x'"))
    world.browser_of("adam").post(ADDRESS, {"rules": RULE, "do": "keep"})

    page = world.browser_of("ada").get(f"/acme/issues/{issue}/").text

    assert "Line 1 of the" in page
    assert "When this event came, it was grouped by <code>KeyError" in page


def test_an_event_beyond_the_limit_of_new_issues_says_why_it_is_where_it_is(world):
    world.browser_of("adam").post("/acme/projects/web/limits/", {"new_issues": "0"})
    issue = world.report("web", events.crash("KeyError", "'x'"))

    page = world.browser_of("ada").get(f"/acme/issues/{issue}/").text

    assert "the project had opened as many new issues in that minute" in page
    assert "rules or version have changed since" not in page


def test_who_may_not_change_rules_reads_them_only(world):
    page = world.browser_of("ada").get(ADDRESS).text

    assert "readonly" in page
    assert "Keep these rules" not in page
