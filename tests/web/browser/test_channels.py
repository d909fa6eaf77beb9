from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.web.serving import served
from tests.web.slack_world import connect, world_with_slack
from tests.web.world import COOKIE, World
from tocsin.kernel.db import Database

pytestmark = pytest.mark.browser


@pytest.fixture
def connected(sqlite_database_url: str) -> Iterator[World]:
    database = Database.open(sqlite_database_url)
    with world_with_slack(database) as (world, _):
        connect(world)
        yield world
    database.close()


def test_channels_are_offered_while_somebody_types_and_the_rule_is_for_the_chosen_one(page: Page, connected: World):
    with served(lambda _: connected.app()) as address:
        key = connected.browser_of("adam").client.cookies[COOKIE]
        page.context.add_cookies([{"name": COOKIE, "value": key, "url": address}])
        page.goto(f"{address}/acme/projects/web/rules/")
        field = page.get_by_role("combobox", name="Channel", exact=True)
        field.press_sequentially("#sec")
        offered = page.locator("#channels option")
        expect(offered).to_have_count(1)
        name = offered.get_attribute("value") or ""

        field.fill(name)
        page.get_by_role("button", name="Add the rule").click()

        expect(page.locator(".rule")).to_contain_text("#secret")
    assert "csrf" not in page.url
