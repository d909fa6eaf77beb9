import re

import pytest
from playwright.sync_api import Page, expect

from tests.web import events
from tests.web.world import World

pytestmark = pytest.mark.browser


def test_a_person_finds_an_issue_resolves_it_and_sees_its_history_grow(ada: Page, sqlite_world: World):
    sqlite_world.report("web", events.division())
    sqlite_world.report("web", events.crash("KeyError", "'session'"))

    ada.get_by_label("Search issues").fill("division")
    ada.get_by_label("Search issues").press("Enter")
    ada.get_by_role("link", name="ZeroDivisionError").click()
    ada.get_by_role("button", name="Resolve").click()

    expect(ada.locator("#issue-head .state")).to_have_text("Resolved")
    expect(ada.locator("#activity li").first).to_contain_text("Ada resolved WEB-1")
    expect(ada.get_by_role("status")).to_contain_text("Ada resolved WEB-1.")
    assert sqlite_world.issue(1).status == "resolved"


def test_a_person_gives_an_issue_away_without_leaving_its_page(ada: Page, address: str, sqlite_world: World):
    issue_id = sqlite_world.report("pay", events.division())
    ada.goto(f"{address}/acme/issues/{issue_id}/")

    ada.get_by_label("Assigned to").select_option("#pay")
    expect(ada.locator("#activity li").first).to_contain_text("Ada assigned PAY-1 to #pay")
    ada.get_by_label("Assigned to").select_option("Me")

    expect(ada.locator("#activity li").first).to_contain_text("Ada took PAY-1")
    expect(ada.get_by_label("Assigned to")).to_have_value(f"user:{sqlite_world.people['ada']}")


def test_a_person_archives_and_reopens_an_issue(ada: Page, address: str, sqlite_world: World):
    issue_id = sqlite_world.report("web", events.division())
    ada.goto(f"{address}/acme/issues/{issue_id}/")

    ada.locator("summary", has_text="Archive").click()
    ada.get_by_role("button", name="Until it escalates").click()
    expect(ada.locator("#issue-head .state")).to_have_text("Archived until it escalates")
    ada.get_by_role("button", name="Reopen").click()

    expect(ada.locator("#issue-head .state")).to_have_text("Ongoing")


def test_whoever_was_faster_is_named_in_the_open_page(ada: Page, address: str, sqlite_world: World):
    issue_id = sqlite_world.report("web", events.division())
    ada.goto(f"{address}/acme/issues/{issue_id}/")
    sqlite_world.browser_of("ben").post(f"/acme/issues/{issue_id}/act/", {"action": "resolve"})

    ada.get_by_role("button", name="Resolve").click()

    expect(ada.get_by_role("status")).to_have_text("WEB-1 is already resolved, by Ben.")
    expect(ada.get_by_role("button", name="Reopen")).to_be_visible()


def test_the_list_is_walked_by_keys(ada: Page, address: str, sqlite_world: World):
    for name in ("FirstError", "SecondError", "ThirdError"):
        sqlite_world.report("web", events.crash(name, "x"))
    ada.goto(f"{address}/acme/issues/")

    for key in "jjk":
        ada.keyboard.press(key)
    ada.keyboard.press("o")

    expect(ada.get_by_role("heading", level=1)).to_have_text("ThirdError")


def test_the_archive_menu_closes_by_escape_and_by_a_click_elsewhere(ada: Page, address: str, sqlite_world: World):
    issue_id = sqlite_world.report("web", events.division())
    ada.goto(f"{address}/acme/issues/{issue_id}/")
    menu, choice = ada.locator("summary", has_text="Archive"), ada.get_by_role("button", name="Forever")

    menu.click()
    ada.keyboard.press("Escape")
    expect(choice).to_be_hidden()
    menu.click()
    ada.get_by_role("heading", level=1).click()

    expect(choice).to_be_hidden()


def test_a_dsn_is_copied_by_its_button(ada: Page, address: str):
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    ada.goto(f"{address}/acme/projects/web/")

    ada.get_by_role("button", name="Copy").first.click()

    expect(ada.get_by_role("button", name="Copied")).to_be_visible()
    assert re.fullmatch(r"http://[0-9a-f]{32}@\S+/1", ada.evaluate("navigator.clipboard.readText()"))


def test_an_ended_session_leads_back_through_the_sign_in(ada: Page, address: str, sqlite_world: World):
    issue_id = sqlite_world.report("web", events.division())
    ada.goto(f"{address}/acme/issues/{issue_id}/")
    ada.context.clear_cookies()

    ada.get_by_role("button", name="Resolve").click()

    ada.wait_for_url(f"{address}/sign-in/?next=/acme/issues/{issue_id}/")
