"""The real SDK for browsers, in a real browser on a page of another origin: its reports come in, and it obeys."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.browser.reporting import Reports, Shop, reporting, storefront
from tests.web.world import NOON, World

pytestmark = pytest.mark.browser


EVENT = '{"type":"event"}'


@pytest.fixture
def reports(sqlite_world: World) -> Iterator[Reports]:
    with reporting(sqlite_world) as reports:
        yield reports


@pytest.fixture
def shop(browser: Browser, reports: Reports) -> Iterator[Shop]:
    """A page of its own, whose scripts may fail."""
    with storefront() as address:
        context = browser.new_context()
        yield Shop(context.new_page(), address, reports.dsn)
        context.close()


def test_what_fails_again_in_a_page_is_the_same_issue(shop: Shop, reports: Reports):
    shop.open()

    for button in ("Check out", "Reserve", "Pay", "Wait"):
        shop.press(button, order=1001)
        shop.press(button, order=20417)

    assert reports.issues() == [
        ("TypeError", "order 20417 has no lines", "cart.js in requireLines", 2),
        ("RangeError", "order 20417 has too many lines", "cart.js in reserve", 2),
        ("Error", "order 20417 was not paid", "cart.js in pay", 2),
        ("order 20417 took 3.5 s", "", "cart.js", 2),
    ]


def test_two_handlers_of_a_minified_script_are_two_issues(shop: Shop, reports: Reports):
    shop.open()

    for button in ("Add", "Remove"):
        shop.press(button, order=1001)
        shop.press(button, order=20417)

    assert [(value, events) for _, value, _, events in reports.issues()] == [
        ("basket 20417 is full", 2),
        ("basket 20417 is empty", 2),
    ]


def test_the_sdk_is_answered_with_the_id_of_what_was_stored(shop: Shop, reports: Reports):
    shop.open()

    with shop.page.expect_response(lambda response: EVENT in (response.request.post_data or "")) as answered:
        shop.press("Pay", order=1001)

    (event_id,) = reports.event_ids()
    assert (answered.value.json(), shop.answers) == ({"id": event_id}, [[event_id, 200]])


def test_the_page_of_the_issue_tells_browser_system_and_address(shop: Shop, ada: Page, address: str):
    shop.open()
    shop.press("Check out", order=1001)

    ada.goto(f"{address}/acme/issues/1/")

    said = ada.locator("main").inner_text()
    assert re.search(r"Browser\s+Headless Chrome \d+\s+OS\s+\w+", said)
    assert f"GET {shop.address}/orders/17?tab=lines" in said


def test_a_report_needs_no_preflight_since_its_key_stands_in_the_address(shop: Shop, reports: Reports):
    shop.open()

    shop.press("Pay", order=1001)

    (asked,) = reports.events_asked
    assert {each.method for each in reports.asked} == {"POST"}
    assert asked.query["sentry_key"] == [reports.dsn.partition("//")[2].partition("@")[0]]
    assert asked.headers.keys().isdisjoint({"x-sentry-auth", "authorization", "content-encoding"})


def test_a_page_whose_sdk_adds_a_header_is_let_in_by_the_preflight(shop: Shop, reports: Reports):
    shop.open(headers={"X-Requested-With": "shop"})

    shop.press("Pay", order=1001)

    assert [each.status for each in reports.asked if each.method == "OPTIONS"] == [200]
    assert shop.answers == [[*reports.event_ids(), 200]]


def test_a_page_that_compresses_its_reports_is_understood(shop: Shop, reports: Reports):
    shop.open(isZipping=True)

    shop.press("Pay", order=1001)

    assert {each.headers["content-encoding"] for each in reports.asked if each.method == "POST"} == {"gzip"}
    assert shop.answers == [[*reports.event_ids(), 200]]


def test_the_sdk_sends_nothing_while_it_is_told_to_hold_off(shop: Shop, reports: Reports):
    reports.limit(events_per_minute=1)
    shop.open()

    for order in range(5):
        shop.press("Pay", order=order)

    assert [asked.status for asked in reports.events_asked] == [200, 429]
    assert [status for _, status in shop.answers] == [200, 429, None, None, None]


def test_the_sdk_goes_on_as_soon_as_it_was_told(shop: Shop, reports: Reports):
    reports.limit(events_per_minute=1)
    reports.world.clock.now = NOON.replace(second=45)
    shop.page.clock.install()
    shop.open()
    for order in range(3):
        shop.press("Pay", order=order)

    shop.page.clock.fast_forward("00:17")
    reports.world.clock.now += timedelta(seconds=17)
    shop.press("Pay", order=3)

    assert [asked.status for asked in reports.events_asked] == [200, 429, 200]


def test_what_the_sdk_held_back_is_told_when_the_page_is_left(shop: Shop, reports: Reports, ada: Page, address: str):
    reports.limit(events_per_minute=1)
    shop.open()
    for order in range(5):
        shop.press("Pay", order=order)

    shop.page.goto("about:blank")
    reports.asked.wait_for("client_report")
    reports.tally.save()
    ada.goto(f"{address}/acme/projects/web/")

    held_off = ada.get_by_role("row").filter(has_text="Held off by the SDK")
    expect(held_off.get_by_role("cell").nth(1)).to_have_text("3")
