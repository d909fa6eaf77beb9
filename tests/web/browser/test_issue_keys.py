"""The page of an issue under somebody's hands: keys, what is shown of frames, copying, and light or dark."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web import events
from tests.web.world import PASSWORD, World

pytestmark = pytest.mark.browser


def test_an_issue_is_worked_through_by_keys(ada: Page, address: str, sqlite_world: World):
    for minutes in (20, 10):
        issue_id = sqlite_world.report("web", events.division(), ago=timedelta(minutes=minutes))
    older, newer = (f"{address}/acme/issues/{issue_id}/events/{each}/" for each in sqlite_world.event_ids(issue_id))
    ada.goto(f"{address}/acme/issues/{issue_id}/")

    ada.keyboard.press("?")
    expect(ada.get_by_role("dialog", name="Keys")).to_be_visible()
    ada.keyboard.press("Escape")
    expect(ada.get_by_role("dialog")).to_have_count(0)
    ada.keyboard.press("j")
    ada.wait_for_url(older)
    ada.keyboard.press("k")
    ada.wait_for_url(newer)
    ada.keyboard.press("n")
    expect(ada.locator(".frame > summary").first).to_be_focused()
    ada.keyboard.press("a")
    expect(ada.get_by_label("Assigned to")).to_be_focused()
    ada.keyboard.press("Escape")
    ada.get_by_role("heading", level=1).click()
    ada.keyboard.press("e")
    expect(ada.locator("#issue-head .state")).to_have_text("Resolved")
    ada.keyboard.press("r")
    expect(ada.locator("#issue-head .state")).to_have_text("Ongoing")
    ada.keyboard.press("m")
    ada.keyboard.type("e is the cache")
    expect(ada.get_by_label("Comment", exact=True)).to_have_value("e is the cache")
    ada.get_by_role("heading", level=1).click()
    ada.keyboard.press("g")
    ada.keyboard.press("i")
    ada.wait_for_url("**/acme/issues/")


def test_what_a_key_did_is_taken_back_by_a_key_and_the_notice_goes_on_telling(
    ada: Page, address: str, sqlite_world: World
):
    issue_id = sqlite_world.report("web", events.division())
    ada.goto(f"{address}/acme/issues/{issue_id}/")
    notice = ada.get_by_role("status")

    ada.keyboard.press("e")
    expect(notice).to_contain_text("Ada resolved WEB-1.")
    ada.keyboard.press("z")
    expect(notice).to_have_text("Ada undid resolving WEB-1.")
    expect(ada.locator("#issue-head .state")).to_have_text("New")
    ada.context.set_offline(True)
    ada.keyboard.press("e")

    expect(notice).to_have_text("Tocsin did not answer. Check your connection and try again.")


def test_frames_of_libraries_and_the_raw_trace_are_a_press_away_without_scripts(
    browser: Browser, address: str, sqlite_world: World
):
    issue_id = sqlite_world.report("web", events.division())
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}/acme/issues/{issue_id}/")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    library = page.get_by_text("dispatch_request")

    expect(library.first).to_be_hidden()
    page.get_by_text("2 frames of libraries").click()
    expect(library.first).to_be_visible()
    page.get_by_text("Raw", exact=True).click()

    expect(page.locator("#raw-1")).to_contain_text("Traceback (most recent call last):")


def test_an_event_is_copied_for_a_ticket_and_the_issues_address_for_a_chat(
    ada: Page, address: str, sqlite_world: World
):
    issue_id = sqlite_world.report("web", events.division())
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    ada.goto(f"{address}/acme/issues/{issue_id}/")

    ada.get_by_role("link", name="Copy as Markdown").click()
    expect(ada.get_by_role("link", name="Copied")).to_be_visible()
    event = ada.evaluate("navigator.clipboard.readText()")
    ada.get_by_role("button", name="Copy link").click()
    expect(ada.get_by_role("button", name="Copied")).to_be_visible()

    assert event.startswith("# WEB-1: `ZeroDivisionError`")
    assert ada.evaluate("navigator.clipboard.readText()").endswith("/acme/issues/WEB-1/")


def test_breadcrumbs_are_narrowed_by_level_and_words(ada: Page, address: str, sqlite_world: World):
    crumbs = [{"message": f"step {number}", "level": "warning" if number == 3 else "info"} for number in range(20)]
    issue_id = sqlite_world.report("web", events.division(breadcrumbs=crumbs))
    ada.goto(f"{address}/acme/issues/{issue_id}/")

    ada.get_by_label("Find in breadcrumbs").fill("step 3")
    expect(ada.get_by_text("step 3", exact=True)).to_be_visible()
    expect(ada.get_by_text("step 4", exact=True)).to_be_hidden()
    ada.get_by_label("Find in breadcrumbs").fill("")
    ada.get_by_text("Warnings and errors").click()

    expect(ada.locator(".crumbs-list .text:visible")).to_have_text(["step 3"])


def test_dark_is_chosen_and_stays(ada: Page, address: str):
    ada.emulate_media(color_scheme="light")

    ada.locator(".account summary").click()
    ada.get_by_text("Dark", exact=True).click()
    ada.wait_for_url(f"{address}/acme/issues/")
    ada.goto(f"{address}/acme/nothing/here/")

    assert ada.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 22, 24)"
