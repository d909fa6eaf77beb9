"""The forms of the archive menu and the priority, in a browser with scripts and in one without."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web import events
from tests.web.world import PASSWORD, World

pytestmark = pytest.mark.browser


@pytest.fixture
def scriptless(browser: Browser, address: str) -> Page:
    """A page of a browser without scripts, where Ada signed in."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}/acme/issues/")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


def archive_until_ten_users(page: Page) -> None:
    page.locator("summary", has_text="Archive").click()
    form = page.locator(".archive form", has=page.get_by_label("What is counted"))
    form.get_by_label("Until").fill("10")
    form.get_by_label("What is counted").select_option("users")
    form.get_by_label("within").fill("60")
    form.get_by_role("button", name="Archive").click()


def test_a_number_of_users_is_typed_and_counts(ada: Page, address: str, sqlite_world: World):
    issue_id = sqlite_world.report("web", events.division())
    ada.goto(f"{address}/acme/issues/{issue_id}/")

    archive_until_ten_users(ada)

    expect(ada.locator("#issue-head .state")).to_have_text("Archived until 10 users within 60 minutes")


def test_enter_in_a_field_means_its_own_form(ada: Page, address: str, sqlite_world: World):
    issue_id = sqlite_world.report("web", events.division())
    ada.goto(f"{address}/acme/issues/{issue_id}/")

    ada.locator("summary", has_text="Archive").click()
    ada.get_by_label("within").press("Enter")

    expect(ada.locator("#issue-head .state")).to_have_text("Archived until 100 more events")


def test_a_moment_is_chosen_in_utc(ada: Page, address: str, sqlite_world: World):
    issue_id = sqlite_world.report("web", events.division())
    ada.goto(f"{address}/acme/issues/{issue_id}/")
    moment = (sqlite_world.clock() + timedelta(days=2)).strftime("%Y-%m-%dT09:00")

    ada.locator("summary", has_text="Archive").click()
    ada.locator("input[type=datetime-local]").fill(moment)
    ada.locator(".archive form", has=ada.locator("[name=moment]")).get_by_role("button").click()

    expect(ada.locator("#issue-head .state")).to_contain_text("09:00 UTC")


def test_a_priority_is_chosen_and_shown(ada: Page, address: str, sqlite_world: World):
    issue_id = sqlite_world.report("web", events.division())
    ada.goto(f"{address}/acme/issues/{issue_id}/")

    ada.get_by_label("Priority").select_option("low")

    expect(ada.locator("#issue-head .priority")).to_have_text("low priority")


def test_all_of_it_works_without_scripts(scriptless: Page, address: str, sqlite_world: World):
    issue_id = sqlite_world.report("web", events.division())
    scriptless.goto(f"{address}/acme/issues/{issue_id}/")

    archive_until_ten_users(scriptless)
    scriptless.get_by_label("Priority").select_option("medium")
    scriptless.get_by_role("button", name="Set").click()

    expect(scriptless.locator("#issue-head .state")).to_have_text("Archived until 10 users within 60 minutes")
    expect(scriptless.locator("#issue-head .priority")).to_have_text("medium priority")
