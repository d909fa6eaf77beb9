"""The form of a rule where no script runs: what belongs to one choice alone is seen with that choice."""

import pytest
from playwright.sync_api import Browser, expect

from tests.web.showroom import connect_acme
from tests.web.world import COOKIE, World

pytestmark = pytest.mark.browser


def test_the_days_are_asked_for_only_with_the_choice_they_belong_to(
    browser: Browser, sqlite_world: World, address: str
):
    connect_acme(sqlite_world)
    page = browser.new_page(java_script_enabled=False)
    key = sqlite_world.browser_of("adam").client.cookies[COOKIE]
    page.context.add_cookies([{"name": COOKIE, "value": key, "url": address}])
    page.goto(f"{address}/acme/projects/web/rules/")
    days = page.locator("input[name=days]")

    expect(days).to_be_hidden()
    page.locator("[name=new_card_after]").select_option("days")

    expect(days).to_be_visible()
    page.close()
