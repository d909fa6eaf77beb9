import re

import pytest

from tests.web import events


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


def test_every_snippet_carries_the_projects_own_address(world):
    page = world.browser_of("ada").get("/acme/projects/web/").text

    addresses = re.findall(r"http://[0-9a-f]{32}@testserver/\d+", page)
    assert len(addresses) == 1 + page.count('class="sdk"')
    assert len(set(addresses)) == 1


def test_the_list_of_projects_counts_what_is_unresolved(world):
    world.report("web", events.division())
    world.report("web", events.crash("KeyError", "'x'"))

    page = world.browser_of("ada").get("/acme/projects/").text

    assert "2 unresolved issues" in page
    assert "0 unresolved issues" in page
