"""Saved views on the list of issues."""

import re

from tests.web import events

VIEWS = "/acme/issues/views/"


def shown(page: str) -> list[str]:
    """The names of the views on the page."""
    return re.findall(r'class="view[^"]*"><a href="[^"]+"[^>]*>([^<]+)</a>', page)


def test_a_search_is_kept_opened_first_and_removed(sqlite_world):
    sqlite_world.report("web", events.crash("Error", "x"))
    ada = sqlite_world.browser_of("ada")

    ada.post(VIEWS, {"name": "Loud ones", "q": "level:fatal", "sort": "events", "first": "on"})
    opened = ada.get("/acme/issues/").text
    of_a_project = ada.get("/acme/issues/?project=web").text
    ada.post(f"{VIEWS}1/", {"do": "open_usual"})
    usual = ada.get("/acme/issues/").text
    ada.post(f"{VIEWS}1/", {"do": "remove"})

    assert (shown(opened), 'name="q" value="level:fatal"' in opened) == (["Loud ones"], True)
    assert '<option value="events" selected>' in opened
    assert 'name="q" value="project:web is:unresolved"' in of_a_project
    assert (shown(usual), 'name="q" value="is:unresolved"' in usual) == (["Loud ones"], True)
    assert shown(ada.get("/acme/issues/").text) == []


def test_an_admin_shares_a_view_with_all_and_a_member_cannot(sqlite_world):
    fields = {"name": "Ours", "q": "is:new", "shared": "on"}

    refused = sqlite_world.browser_of("ben").post(VIEWS, fields)
    shared = sqlite_world.browser_of("adam").post(VIEWS, fields)

    assert (refused.status_code, shared.status_code) == (403, 303)
    assert shown(sqlite_world.browser_of("ben").get("/acme/issues/").text) == ["Ours"]


def test_whoever_has_a_view_renames_it_and_all_others_only_those_who_share_views(sqlite_world):
    adam, ben = sqlite_world.browser_of("adam"), sqlite_world.browser_of("ben")
    adam.post(VIEWS, {"name": "Ours", "q": "is:new", "shared": "on"})
    ben.post(VIEWS, {"name": "Mine", "q": "is:new"})
    asked = {"do": "rename", "q": "level:error", "sort": "events"}

    refused = ben.post(f"{VIEWS}1/", {**asked, "name": "Ben's"})
    of_all = adam.post(f"{VIEWS}1/", {**asked, "name": "Fresh"})
    taken = adam.post(f"{VIEWS}2/", {**asked, "name": "x"})
    own = ben.post(f"{VIEWS}2/", {**asked, "name": "My own"})

    assert [each.status_code for each in (refused, of_all, taken, own)] == [403, 303, 404, 303]
    assert own.headers["location"] == "/acme/issues/?q=level%3Aerror&sort=events"
    page = ben.get("/acme/issues/").text
    assert shown(page) == ["My own", "Fresh"]
    assert re.findall(r'aria-label="Name of the view ([^"]+)"', page) == ["My own"]


def test_what_stands_in_the_way_of_a_view_is_told_above_the_list(sqlite_world):
    ada = sqlite_world.browser_of("ada")
    ada.post(VIEWS, {"name": "Mine", "q": ""})

    again = ada.post(VIEWS, {"name": "mine", "q": "is:new"})

    assert (again.status_code, "There is a view called" in again.text) == (409, True)
    assert sqlite_world.browser_of("ben").post(f"{VIEWS}1/", {"do": "remove"}).status_code == 404
