import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.web import events
from tocsin.intake.received import IntakeOutcome, Received, add_received
from tocsin.issues.counters import hour_of
from tocsin.kernel.db import write
from tocsin.organizations.models import Project, ProjectKey
from tocsin.web.snippets import SNIPPETS, Snippet


def test_an_admin_makes_a_project_and_gets_its_address_to_report_to(world):
    adam = world.browser_of("adam")

    response = adam.post("/acme/projects/", {"slug": "Shop-Web"})

    page = adam.get(response.headers["Location"]).text
    assert response.headers["Location"] == "/acme/projects/shop-web/"
    assert re.search(r"http://[0-9a-f]{32}@testserver/\d+", page)


@pytest.mark.parametrize(
    ("slug", "status", "words"),
    [("web", 409, "There is a project web already."), ("../x", 400, "cannot be a name in addresses")],
)
def test_a_name_that_cannot_be_had_is_told_on_the_page(world, slug, status, words):
    response = world.browser_of("adam").post("/acme/projects/", {"slug": slug})

    assert (response.status_code, words in response.text, f'value="{slug}"' in response.text) == (status, True, True)


def test_a_member_makes_no_project_and_is_told_whom_to_ask(world):
    response = world.browser_of("ada").post("/acme/projects/", {"slug": "mine"})

    assert response.status_code == 403
    assert "Olga" in response.text


def test_a_test_event_rings_as_a_real_one_would(world):
    ada = world.browser_of("ada")

    response = ada.post("/acme/projects/web/test-event/")

    assert "A test event" in ada.get(response.headers["Location"]).text
    assert world.issue(int(response.headers["Location"].split("/")[3])).short_id == "WEB-1"


def test_each_press_makes_an_issue_of_its_own_so_that_each_rings(world):
    ada = world.browser_of("ada")

    issues = {ada.post("/acme/projects/web/test-event/").headers["Location"] for _ in range(2)}

    assert len(issues) == 2


def test_a_test_event_is_scrubbed_by_the_projects_own_rules(world):
    world.browser_of("adam").post("/acme/projects/web/scrubbing/", {"more_names": "test"})
    ada = world.browser_of("ada")

    issue = ada.post("/acme/projects/web/test-event/").headers["Location"]
    event_id = world.event_ids(int(issue.split("/")[3]))[0]

    assert ada.get(f"{issue}events/{event_id}/json/").json()["tags"] != {"test": "yes"}


def test_a_test_event_is_counted_with_what_came_in(world):
    ada = world.browser_of("ada")
    ada.post("/acme/projects/web/test-event/")

    assert "1 event taken in the last 24 hours" in ada.get("/acme/projects/web/").text


def test_the_list_of_keys_says_each_one_once(world):
    page = world.browser_of("ada").get("/acme/issues/").text

    in_a_list = page.partition("<h3>In a list</h3>")[2].partition("</dl>")[0]
    keys = re.findall(r"<dt>(.*?)</dt>", in_a_list)
    assert len(keys) == len(set(keys)) == 8


def test_every_snippet_carries_the_projects_own_address(world):
    page = world.browser_of("ada").get("/acme/projects/web/").text

    addresses = re.findall(r"http://[0-9a-f]{32}@testserver/\d+", page)
    assert len(addresses) == 2 + page.count('class="sdk"')  # at the top, and at its key
    assert len(set(addresses)) == 1


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda each: each.platform)
def test_every_snippet_names_release_and_environment(snippet: Snippet):
    code = snippet.code_for("https://key@tocsin.example/1")

    assert [code.count(said) for said in ("https://key@tocsin.example/1", "shop@1.0.0", "production")] == [1, 1, 1]


def test_the_list_of_projects_counts_what_is_unresolved(world):
    world.report("web", events.division())
    world.report("web", events.crash("KeyError", "'x'"))

    page = world.browser_of("ada").get("/acme/projects/").text

    assert "2 unresolved issues" in page
    assert "0 unresolved issues" in page


def line_of(world, project: str) -> str:
    """What the list of projects has of `project`, as HTML."""
    page = world.browser_of("ada").get("/acme/projects/").text
    lines = page.split('<li class="project">')[1:]
    return next(line.partition("</li>")[0] for line in lines if f"/projects/{project}/" in line)


def test_the_list_of_projects_tells_how_much_came_in_the_last_day_and_when_the_last_event_did(world):
    ada = world.browser_of("ada")
    ada.post("/acme/projects/web/test-event/")
    world.clock.now += timedelta(hours=23)
    for _ in range(2):
        ada.post("/acme/projects/web/test-event/")
    world.clock.now += timedelta(minutes=30)

    line = line_of(world, "web")

    assert 'aria-label="3 events in 24 hours, at most 2 in an hour"' in line
    assert re.search(r"last event <time [^>]*>30 min ago</time>", line)


def test_what_came_before_the_last_day_is_not_counted_in_the_list_but_told_as_the_last_event(world):
    world.browser_of("ada").post("/acme/projects/web/test-event/")
    world.clock.now += timedelta(hours=25)

    line = line_of(world, "web")

    assert "0 events in 24 hours" in line
    assert re.search(r"last event <time [^>]*>1 d ago</time>", line)


def test_what_was_refused_is_not_among_what_the_list_says_came_in(world):
    world.browser_of("ada").post("/acme/projects/web/test-event/")
    with write(world.database) as session:
        key = session.scalars(select(ProjectKey).join(Project).where(Project.slug == "web").limit(1)).one()
        refused = Received(key.project_id, hour_of(world.clock.now), key.id, IntakeOutcome.RATE_LIMITED)
        add_received(session, {refused: 5})

    assert 'aria-label="1 event in 24 hours' in line_of(world, "web")


def test_a_project_without_events_leads_from_the_list_to_its_set_up(world):
    world.browser_of("ada").post("/acme/projects/web/test-event/")

    line = line_of(world, "pay")

    assert "No event yet" in line
    assert 'href="/acme/projects/pay/#set-up"' in line
    assert 'id="set-up"' in world.browser_of("ada").get("/acme/projects/pay/").text


def test_the_page_of_a_new_project_opens_its_set_up_and_that_of_one_in_use_folds_it(world):
    ada = world.browser_of("ada")
    before = ada.get("/acme/projects/web/").text
    ada.post("/acme/projects/web/test-event/")

    after = ada.get("/acme/projects/web/").text

    opened = re.compile(r'id="set-up">\s*<details open>')
    assert (bool(opened.search(before)), bool(opened.search(after))) == (True, False)
    assert before.index('id="set-up"') < before.index('id="settings"')


def test_the_contents_of_a_projects_page_lead_to_its_parts(world):
    page = world.browser_of("adam").get("/acme/projects/web/").text

    contents = page.partition('<nav class="contents"')[2].partition("</nav>")[0]
    anchors = re.findall('href="#([a-z-]+)"', contents)
    assert anchors == re.findall('<section class="block" id="([a-z-]+)"', page)


def test_an_admin_closes_a_project_which_its_page_says_who_sees_then(world):
    closed = world.browser_of("adam").post("/acme/projects/web/access/", {"visible_to": "teams", "team": "pay"})

    page = world.browser_of("ada").get("/acme/projects/web/").text
    assert closed.headers["location"] == "/acme/projects/web/#access"
    assert "That is 4 people now: Ada, Adam, Mona, Olga" in page
    assert world.browser_of("ben").get("/acme/projects/web/").status_code == 404


def test_a_team_of_another_organization_is_given_no_project(world):
    refused = world.browser_of("ruth").post("/rival/projects/spy/access/", {"visible_to": "teams", "team": "pay"})

    assert refused.status_code == 404
    assert "Every member of Rival sees this project" in world.browser_of("ruth").get("/rival/projects/spy/").text
