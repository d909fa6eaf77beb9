from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web import events
from tests.web.browser.test_accessible import findings
from tests.web.world import World

pytestmark = pytest.mark.browser


@pytest.fixture
def reported(sqlite_world: World) -> World:
    """CacheError and CartError of yesterday's release, and PayError of another."""
    for name, release in (("CacheError", "shop@1"), ("CartError", "shop@1"), ("PayError", "shop@2")):
        sqlite_world.report("web", events.crash(name, "x") | {"release": release})
    return sqlite_world


def test_a_person_searches_selects_resolves_many_and_sees_what_became_of_them(ada: Page, address: str, reported: World):
    reported.browser_of("ben").post("/acme/issues/1/act/", {"action": "resolve"})
    ada.goto(f"{address}/acme/issues/")

    ada.get_by_label("Search issues").fill("release:shop@1")
    ada.get_by_label("Search issues").press("Enter")
    expect(ada.get_by_text("2 issues match")).to_be_visible()
    expect(ada.get_by_role("button", name="Resolve", exact=True)).to_be_disabled()
    ada.get_by_label("Select all").check()
    expect(ada.get_by_text("2 selected")).to_be_visible()
    ada.get_by_role("button", name="Resolve", exact=True).click()

    told = ada.locator("#bulk-told")
    expect(told).to_contain_text("Resolved WEB-2. Not applicable to 1, left ticked.")
    expect(told).to_contain_text("WEB-1: is already resolved, by Ben.")
    expect(ada.get_by_label("Select WEB-1")).to_be_checked()
    expect(ada.get_by_label("Select WEB-2")).not_to_be_checked()
    assert [reported.issue(number).status for number in (1, 2, 3)] == ["resolved", "resolved", "unresolved"]


def test_keys_tick_resolve_and_assign(ada: Page, address: str, reported: World):
    ada.goto(f"{address}/acme/issues/")

    for key in "jjxkxa":
        ada.keyboard.press(key)
    ada.keyboard.type("adam@example.com")
    ada.keyboard.press("Enter")
    expect(ada.locator("#bulk-told p")).to_have_text("Assigned 2 issues.")
    ada.keyboard.press("k")
    ada.keyboard.press("e")

    expect(ada.locator("#bulk-told p")).to_have_text("Resolved WEB-3.")
    adam = reported.people["adam"]
    assert [reported.issue(number).assignee_user_id for number in (1, 2, 3)] == [None, adam, adam]
    assert [reported.issue(number).status for number in (1, 2, 3)] == ["unresolved", "unresolved", "resolved"]


def test_keys_go_on_at_the_row_after_the_one_that_went(ada: Page, address: str, reported: World):
    ada.goto(f"{address}/acme/issues/")

    for key in "jje":
        ada.keyboard.press(key)
    expect(ada.locator("#bulk-told p")).to_have_text("Resolved WEB-2.")
    expect(ada.get_by_role("link", name="CacheError")).to_be_focused()
    ada.keyboard.press("e")

    expect(ada.locator("#bulk-told p")).to_have_text("Resolved WEB-1.")
    expect(ada.get_by_role("link", name="PayError")).to_be_focused()
    assert [reported.issue(number).status for number in (1, 2, 3)] == ["resolved", "resolved", "unresolved"]


def test_a_field_of_the_form_writes_the_query_at_once(ada: Page, address: str, reported: World):
    reported.report("pay", events.crash("CardError", "x"))
    ada.goto(f"{address}/acme/issues/")

    ada.get_by_label("Project").select_option("pay")

    expect(ada.get_by_label("Search issues")).to_have_value("project:pay is:unresolved")
    expect(ada.locator(".issue .name")).to_have_text(["CardError"])


def test_the_fields_of_the_filter_are_reached_by_keys_and_write_the_query(ada: Page, address: str, reported: World):
    reported.report("web", events.crash("CartWarning", "x", level="warning") | {"release": "shop@1"})
    ada.set_viewport_size({"width": 390, "height": 844})
    ada.goto(f"{address}/acme/issues/?q=is:unresolved !cache")

    ada.locator(".filter summary").press("Enter")
    ada.keyboard.press("Tab")
    expect(ada.get_by_label("Status")).to_be_focused()
    ada.get_by_label("Level").select_option("error")
    ada.get_by_label("Release").fill("shop@1")
    ada.get_by_label("Release").press("Enter")

    expect(ada.get_by_label("Search issues")).to_have_value("release:shop@1 level:error is:unresolved !cache")
    expect(ada.locator(".issue .name")).to_have_text(["CartError"])
    expect(ada.locator(".filter summary")).to_contain_text("2 in use")
    ada.locator(".filter summary").click()
    expect(ada.get_by_label("Level")).to_have_value("error")
    assert findings(ada) == []


@pytest.mark.usefixtures("reported")
def test_the_filter_works_without_a_script(browser: Browser, ada: Page, address: str):
    context = browser.new_context(java_script_enabled=False, storage_state=ada.context.storage_state())
    page = context.new_page()
    page.goto(f"{address}/acme/issues/")

    page.locator(".filter summary").click()
    page.get_by_label("Release").fill("shop@2")
    page.get_by_role("button", name="Apply").click()

    expect(page.locator(".issue .name")).to_have_text(["PayError"])
    context.close()


def test_the_menus_of_the_list_keep_nobody_out(ada: Page, address: str, reported: World):
    reported.browser_of("ada").post("/acme/issues/views/", {"name": "Fresh ones", "q": "is:new"})
    ada.goto(f"{address}/acme/issues/?q=level:loud")
    ada.get_by_label("Select all").check()
    ada.evaluate("for (const menu of document.querySelectorAll('main details')) menu.open = true")

    assert findings(ada) == []


@pytest.mark.usefixtures("reported")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_mark_of_a_selected_issue_has_the_colour_of_its_row(
    ada: Page, address: str, scheme: Literal["light", "dark"]
):
    ada.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    ada.goto(f"{address}/acme/issues/")

    ada.get_by_label("Select WEB-1").check()

    row = ada.locator(".issue:has(.tick:checked)")
    colours = [
        each.evaluate("(each) => getComputedStyle(each).backgroundColor") for each in (row, row.locator(".state"))
    ]
    assert colours[0] != colours[1]
