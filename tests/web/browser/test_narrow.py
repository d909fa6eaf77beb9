"""Every page fits its window, on a desk and in a hand, also for somebody who is in two organizations."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web import events
from tests.web.browser.test_accessible import FILES
from tests.web.routes import ALL
from tests.web.routes import address as address_of
from tests.web.showroom import fill
from tests.web.world import COOKIE, World
from tocsin.kernel.db import write
from tocsin.members.models import User
from tocsin.members.people import LONGEST_NAME, add_member
from tocsin.members.sign_in import begin_sign_in
from tocsin.organizations.models import Organization
from tocsin.organizations.permit import Permit, Role, Scope, Via

pytestmark = pytest.mark.browser

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LETTER_BY_LETTER = """() => [...document.querySelectorAll("summary, nav a, td, th, h1, h2, h3, p, label, button")]
    .filter((each) => each.checkVisibility() && each.innerText.trim().length > 3)
    .filter((each) => each.clientWidth < 30 && each.clientHeight > 60)
    .map((each) => each.innerText.slice(0, 30))"""
"""What is written with one or two letters on each line."""


@pytest.fixture
def olga_of_two(browser: Browser, address: str, sqlite_world: World) -> Page:
    """A browser's page of Olga, who owns two organizations; one of them has a long name, as Ada has."""
    olga, rival = sqlite_world.people["olga"], sqlite_world.organizations["rival"]
    with write(sqlite_world.database) as session:
        permit = Permit.system("tests", Scope(rival), Via.CLI)
        add_member(session, permit, session.get_one(User, olga), role=Role.OWNER, now=sqlite_world.clock())
        session.get_one(User, sqlite_world.people["ada"]).name = "W" * LONGEST_NAME
        session.get_one(Organization, sqlite_world.organizations["acme"]).name = "Acme Trading and Sons of the North"
        key = begin_sign_in(session, olga, now=sqlite_world.clock()).key
    context = browser.new_context(reduced_motion="reduce")
    context.add_cookies([{"name": COOKIE, "value": key, "url": address}])
    return context.new_page()


@pytest.fixture
def olga(browser: Browser, address: str, sqlite_world: World) -> Page:
    """A browser's page of Olga, who is in one organization and sees all that its navigation has."""
    context = browser.new_context(reduced_motion="reduce")
    key = sqlite_world.browser_of("olga").client.cookies[COOKIE]
    context.add_cookies([{"name": COOKIE, "value": key, "url": address}])
    return context.new_page()


@pytest.mark.parametrize("width", [1280, 800, 390])
def test_no_page_is_wider_than_the_window(olga_of_two: Page, address: str, sqlite_world: World, width: int):
    fill(sqlite_world)
    long = "x" * 400
    long_id = sqlite_world.report("web", events.crash(long, long, place=long, function=long, tags={"key": long}))
    sqlite_world.report("web", {**events.division(), "environment": "production-of-the-north", "release": "shop@1.2.3"})
    names = [name for name, (method, _) in ALL.items() if method == "GET" and name not in FILES]
    paths = {name: address_of(sqlite_world, name, organization="acme", project="web")[1] for name in names}
    olga_of_two.set_viewport_size({"width": width, "height": 844})

    found = {}
    for name, path in {**paths, "a long issue": f"/acme/issues/{long_id}/"}.items():
        olga_of_two.goto(address + path)
        found[name] = (olga_of_two.evaluate(WIDER), olga_of_two.evaluate(LETTER_BY_LETTER))

    assert {name: each for name, each in found.items() if each != (0, [])} == {}


def test_the_walk_is_that_of_somebody_in_two_organizations(olga_of_two: Page, address: str):
    olga_of_two.goto(f"{address}/acme/environments/")

    expect(olga_of_two.locator("nav.sections summary")).to_have_text("Acme Trading and Sons of the North")


def test_a_phone_tells_when_an_issue_was_last_seen_and_how_many_it_hit(
    olga_of_two: Page, address: str, sqlite_world: World
):
    sqlite_world.report("web", {**events.division(), "user": {"id": "7"}})
    olga_of_two.set_viewport_size({"width": 390, "height": 844})

    olga_of_two.goto(f"{address}/acme/issues/")

    expect(olga_of_two.locator(".issue .seen time")).to_be_visible()
    expect(olga_of_two.locator(".issue .users b")).to_be_visible()


def test_a_phone_shows_the_whole_menu_of_a_view(olga_of_two: Page, address: str, sqlite_world: World):
    for name in ("Fresh in production", "Mine"):
        sqlite_world.browser_of("olga").post("/acme/issues/views/", {"name": name, "q": "is:new"})
    olga_of_two.set_viewport_size({"width": 390, "height": 844})
    olga_of_two.goto(f"{address}/acme/issues/")

    widths = []
    for menu in olga_of_two.locator(".views summary").all():
        menu.click()
        widths.append(olga_of_two.evaluate(WIDER))

    assert widths == [0, 0, 0]


def test_the_switcher_opens_on_a_phone(olga_of_two: Page, address: str):
    olga_of_two.set_viewport_size({"width": 390, "height": 844})
    olga_of_two.goto(f"{address}/acme/members/")

    olga_of_two.locator("nav.sections summary").click()
    olga_of_two.get_by_role("link", name="Rival").click()

    expect(olga_of_two).to_have_url(f"{address}/rival/issues/")


@pytest.mark.parametrize("page", ["members", "audit"])
def test_a_phone_shows_which_section_is_open(olga: Page, address: str, page: str):
    olga.set_viewport_size({"width": 390, "height": 844})

    olga.goto(f"{address}/acme/{page}/")

    expect(olga.locator("nav.sections [aria-current]")).to_be_in_viewport(ratio=1)


def test_no_choice_of_the_appearance_breaks_within_its_word(olga: Page, address: str):
    olga.goto(f"{address}/acme/issues/")

    olga.locator("details.account summary").click()

    heights = olga.locator(".appearance label").evaluate_all("(all) => all.map((each) => each.clientHeight)")
    assert [height < 30 for height in heights] == [True] * 3
