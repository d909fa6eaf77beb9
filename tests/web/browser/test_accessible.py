"""No page keeps anybody out: axe finds nothing serious, light or dark, on a wide window or a narrow one."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.web.routes import ALL
from tests.web.routes import address as address_of
from tests.web.showroom import fill
from tests.web.world import COOKIE, World
from tocsin.kernel.db import write
from tocsin.members.sign_in import begin_sign_in

pytestmark = pytest.mark.browser

AXE = Path(__file__).with_name("axe").joinpath("axe.min.js")
FILES = {"issue.event.json", "issue.event.markdown", "audit.export", "home", "issue.cards", "workspace.channels"}
"""No pages of their own."""
FIND = """() => axe.run({resultTypes: ["violations"]}).then((found) => found.violations
    .filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => `${each.id}: ${each.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(" | ")}`))"""


@pytest.fixture
def olga(browser: Browser, address: str, sqlite_world: World) -> Page:
    """A browser's page in which the owner is signed in, who is shown everything."""
    with write(sqlite_world.database) as session:
        key = begin_sign_in(session, sqlite_world.people["olga"], now=sqlite_world.clock()).key
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.add_cookies([{"name": COOKIE, "value": key, "url": address}])
    return context.new_page()


def findings(page: Page) -> list[str]:
    """What axe says of the page as it is now, with all that is folded opened."""
    page.evaluate("for (const fold of document.querySelectorAll('details:not(.menu)')) fold.open = true")
    page.evaluate(AXE.read_text())
    return page.evaluate(FIND)


def test_axe_finds_nothing_serious_on_any_page(olga: Page, address: str, sqlite_world: World):
    issue_id = fill(sqlite_world)
    names = [name for name, (method, _) in ALL.items() if method == "GET" and name not in FILES]
    paths = {name: address_of(sqlite_world, name, organization="acme", project="web")[1] for name in names}
    paths |= {"issue": f"/acme/issues/{issue_id}/", "nothing": "/acme/issues/999/"}

    found = {}
    for name, path in paths.items():
        olga.goto(address + path)
        found[name] = findings(olga)
    found["deleting"], found["deleted"] = delete_one(olga, address)
    olga.emulate_media(color_scheme="dark")
    for name in ("issues", "issue", "issue.tags", "rules", "account"):
        olga.goto(address + paths[name])
        found[f"{name}, dark"] = findings(olga)
    olga.set_viewport_size({"width": 390, "height": 844})
    for name in ("issues", "issue", "issue.events"):
        olga.goto(address + paths[name])
        found[f"{name}, narrow"] = findings(olga)

    assert {name: each for name, each in found.items() if each} == {}


def delete_one(page: Page, address: str) -> tuple[list[str], list[str]]:
    """What axe says of the page that asks whether an issue is to be deleted, and of its own page afterwards."""
    page.goto(f"{address}/acme/issues/")
    box = page.locator(".issues input[type=checkbox]").last
    issue_id = box.get_attribute("value")
    box.check()
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("heading", name="Delete 1 issue?").wait_for()
    asked = findings(page)
    page.get_by_role("button", name="Delete 1 issue for good").click()
    page.goto(f"{address}/acme/issues/{issue_id}/")
    page.get_by_role("heading", name="This issue was deleted").wait_for()
    return asked, findings(page)


def test_axe_would_find_a_picture_without_words(olga: Page, address: str):
    olga.goto(f"{address}/account/")
    olga.evaluate("document.querySelector('main').append(document.createElement('img'))")

    assert any(each.startswith("image-alt") for each in findings(olga))
