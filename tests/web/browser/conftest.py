"""What the browser tests of pages share: the little world behind a real server, and a page where Ada is signed in."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.web.serving import served
from tests.web.world import PASSWORD, World


@pytest.fixture
def address(sqlite_world: World) -> Iterator[str]:
    """Where the world's pages are served."""
    with served(lambda _: sqlite_world.app()) as address:
        yield address


@pytest.fixture
def ada(page: Page, address: str) -> Page:
    """A browser's page after Ada signed in, as people do."""
    page.goto(f"{address}/acme/issues/")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/acme/issues/")
    return page
