"""What people do to many issues from the list, with and without a script."""

import re

import pytest

from tests.web import events
from tests.web.world import World
from tocsin.issues.bulk import WHILE_ONE_WAITS, finish
from tocsin.issues.models import IssueStatus
from tocsin.web.issue_list import PAGE_SIZE

ACT = "/acme/issues/act/"


@pytest.fixture
def issues(sqlite_world: World) -> list[int]:
    """Three in web, and one in pay, which Ben does not see."""
    kinds = (("web", "AError"), ("web", "BError"), ("web", "CError"), ("pay", "PayError"))
    return [sqlite_world.report(project, events.crash(name, "x")) for project, name in kinds]


def after(answer, browser) -> str:
    """The page that a form leads to."""
    assert answer.status_code == 303
    return browser.get(answer.headers["Location"]).text


def statuses(world: World, issues: list[int]) -> list[str]:
    return [world.issue(issue_id).status for issue_id in issues]


def next_cursor(page: str) -> str:
    """The cursor of the page of the list that comes after this one."""
    found = re.search(r'after=([^"&]+)" rel="next"', page)
    assert found is not None
    return found[1]


def test_ticked_issues_are_resolved_and_what_cannot_be_is_left_ticked(sqlite_world, issues):
    ada = sqlite_world.browser_of("ada")
    ada.post(f"/acme/issues/{issues[1]}/act/", {"action": "resolve"})

    page = after(ada.post(ACT, {"action": "resolve", "key": "k1", "issue": issues[:3], "q": ""}), ada)

    assert statuses(sqlite_world, issues) == ["resolved", "resolved", "resolved", "unresolved"]
    assert "Resolved 2 issues. Not applicable to 1, left ticked." in page
    assert "<b>WEB-2</b>: is already resolved, by Ada." in page
    assert re.findall(r'value="(\d+)" form="bulk"[^>]* checked', page) == [str(issues[1])]


def test_the_only_issue_that_was_done_is_named(sqlite_world, issues):
    ada = sqlite_world.browser_of("ada")
    ada.post(f"/acme/issues/{issues[1]}/act/", {"action": "resolve"})

    page = after(ada.post(ACT, {"action": "resolve", "key": "k1", "issue": issues[:2], "q": ""}), ada)

    assert 'Resolved <a href="/acme/issues/WEB-1/">WEB-1</a>. Not applicable to 1, left ticked.' in page


def test_all_that_match_are_meant_though_one_page_shows_some(sqlite_world, issues):
    ada = sqlite_world.browser_of("ada")

    page = after(ada.post(ACT, {"action": "archive_forever", "key": "k1", "all": "on", "q": "project:web"}), ada)

    assert statuses(sqlite_world, issues) == ["archived", "archived", "archived", "unresolved"]
    assert "Archived 3 issues forever." in page


def test_nobody_does_anything_to_what_they_may_not_see(sqlite_world, issues):
    ben = sqlite_world.browser_of("ben")

    ben.post(ACT, {"action": "resolve", "key": "k1", "issue": issues, "q": ""})

    assert statuses(sqlite_world, issues) == ["resolved", "resolved", "resolved", "unresolved"]


@pytest.mark.parametrize(
    ("to", "assignee"),
    [("me", "ada"), ("ADAM@example.com", "adam"), ("#pay", "#pay")],
)
def test_issues_are_given_to_whom_is_typed(sqlite_world, issues, to, assignee):
    ada = sqlite_world.browser_of("ada")

    ada.post(ACT, {"action": "assign", "to": to, "key": "k1", "issue": issues[-1:], "q": ""})

    issue = sqlite_world.issue(issues[-1])
    owner = sqlite_world.people.get(assignee), sqlite_world.team_id if assignee == "#pay" else None
    assert (issue.assignee_user_id, issue.assignee_team_id) == owner


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"action": "resolve"}, "Tick the issues that are meant."),
        ({"action": "assign", "to": "x@example.com", "issue": "1"}, "Nobody here is called"),
        ({"action": "explode", "issue": "1"}, "nothing that can be done"),
        ({"action": "resolve", "all": "on", "q": "level:loud"}, "There is no &#39;loud&#39; here"),
        ({"action": "resolve", "key": "", "issue": "1"}, "load the page again"),
    ],
)
def test_a_form_that_makes_no_sense_changes_nothing_and_says_why(sqlite_world, issues, fields, says):
    answer = sqlite_world.browser_of("ada").post(ACT, {"key": "k1", "q": "", **fields})

    assert (answer.status_code, says in answer.text) == (400, True)
    assert set(statuses(sqlite_world, issues)) == {"unresolved"}


def test_what_takes_long_goes_on_behind_the_page_which_shows_how_far_it_is(sqlite_world):
    for number in range(WHILE_ONE_WAITS + 1):
        sqlite_world.report("web", {"message": "x", "fingerprint": [str(number)]})
    ada = sqlite_world.browser_of("ada")

    page = after(ada.post(ACT, {"action": "resolve", "key": "long", "all": "on", "q": ""}), ada)
    asked = ada.get("/acme/issues/progress/long/")
    finish(sqlite_world.database, 1, clock=sqlite_world.clock)
    at_the_end = ada.get("/acme/issues/progress/long/")

    assert 'value="0" max="101"' in page
    assert ("0 of 101 issues so far" in asked.text, "HX-Refresh" in asked.headers) == (True, False)
    assert ("Resolved 101 issues." in at_the_end.text, at_the_end.headers["HX-Refresh"]) == (True, "true")
    assert sqlite_world.issue(101).status == IssueStatus.RESOLVED


def test_the_progress_of_somebody_elses_work_is_not_shown(sqlite_world, issues):
    sqlite_world.browser_of("ada").post(ACT, {"action": "resolve", "key": "k1", "issue": issues, "q": ""})

    assert sqlite_world.browser_of("ben").get("/acme/issues/progress/k1/").status_code == 404


def test_a_refused_form_keeps_its_ticks_its_menu_and_what_was_typed(sqlite_world, issues):
    fields = {"action": "assign", "to": "x@example.com", "key": "k1", "issue": issues[:2], "q": ""}

    page = sqlite_world.browser_of("ada").post(ACT, fields).text

    ticked = re.findall(r'value="(\d+)" form="bulk"[^>]* checked', page)
    assert sorted(map(int, ticked)) == issues[:2]
    assert re.findall(r'<details class="menu" open>\s*<summary[^>]*>(\w+)', page) == ["Assign"]
    assert '<input name="to" id="bulk-to" value="x@example.com" autofocus' in page


def test_the_menu_of_one_issue_stays_open_with_what_was_typed(sqlite_world, issues):
    fields = {"action": "assign", "to": "x@example.com", "key": "k1", "issue": issues[:1], "q": "", "row": "on"}

    page = sqlite_world.browser_of("ada").post(ACT, fields).text

    menus = re.findall(r'<details class="menu who" open>\s*<summary aria-label="[^"]* for (WEB-\d)"', page)
    assert (menus, 'name="to" value="x@example.com" autofocus' in page) == (["WEB-1"], True)
    assert not re.search(r'form="bulk"[^>]* checked', page)


def test_a_form_leads_back_to_the_page_of_the_list_on_which_it_stood(sqlite_world):
    for number in range(PAGE_SIZE + 2):
        sqlite_world.report("web", {"message": "x", "fingerprint": [str(number)]})
    ada = sqlite_world.browser_of("ada")
    first = ada.get("/acme/issues/?q=").text
    cursor = next_cursor(first)
    form = {"action": "assign", "to": "x@example.com", "key": "k1", "all": "on", "q": "", "after": cursor}

    refused = ada.post(ACT, form).text
    done = after(ada.post(ACT, form | {"to": "me", "all": "", "issue": "2"}), ada)

    assert [len(re.findall('class="tick"', page)) for page in (first, refused, done)] == [PAGE_SIZE, 2, 2]
    assert len(re.findall(r'form="bulk"[^>]* checked', refused)) == 2
    assert re.search(r'id="all" checked', refused)


def test_a_page_of_the_list_that_became_empty_is_the_first_one(sqlite_world):
    for number in range(PAGE_SIZE + 1):
        sqlite_world.report("web", {"message": "x", "fingerprint": [str(number)]})
    ada = sqlite_world.browser_of("ada")
    cursor = next_cursor(ada.get("/acme/issues/").text)
    form = {"action": "resolve", "key": "k1", "issue": "1", "q": "is:unresolved", "after": cursor}

    page = after(ada.post(ACT, form), ada)

    assert len(re.findall('class="tick"', page)) == PAGE_SIZE
