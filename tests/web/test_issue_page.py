import json
import re
from datetime import timedelta

import pytest

from tests.web import events


def page_of(world, issue_id, path="", person="ada"):
    return world.browser_of(person).get(f"/acme/issues/{issue_id}/{path}").text


def text_of(html):
    """The words of a page without its markup, with single blanks."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_page_shows_the_failing_line_among_its_neighbours(world):
    html = page_of(world, world.report("web", events.division()))

    lines = re.findall(r'<tr( class="current"[^>]*)?><td class="number">(\d+)</td><td class="code">([^<]*)</td>', html)
    assert ("30", "    cents = int(basket.total * 100)") in [(number, code) for _, number, code in lines]
    assert [number for mark, number, _ in lines if mark] == ["31", "88", "917", "1511"]


def test_the_applications_own_frames_are_open_and_the_librarys_closed(world):
    html = page_of(world, world.report("web", events.division()))

    frames = re.findall(r'<details class="(frame[^"]*)"( open)?>\s*<summary><span class="where">([^<]+)', html)
    assert [(where, bool(is_open)) for _, is_open, where in frames] == [
        ("shop/pricing.py", True),
        ("shop/views.py", True),
        ("flask/app.py", False),
        ("flask/app.py", False),
    ]


@pytest.mark.parametrize(
    "words",
    [
        "environment production",
        "region eu-west",
        "POST /basket/split",
        "SELECT * FROM basket WHERE user_id = %s",
        "username tea-lover",
        "name CPython",
        "WEB-1 was seen for the first time",
        "No channel was told of this issue",
    ],
)
def test_the_page_tells_what_the_sdk_sent(sqlite_world, words):
    html = page_of(sqlite_world, sqlite_world.report("web", events.division()))

    assert words in text_of(html)


def test_a_chain_of_exceptions_is_told_from_the_one_that_was_caught(world):
    cause = events.crash("OSError", "disk")["exception"]["values"][0]
    caught = events.crash("OrderError", "not stored")["exception"]["values"][0]
    html = page_of(world, world.report("web", {"exception": {"values": [cause, caught]}}))

    assert re.findall(r'<h3>(Caused by )?<span class="type">(\w+)', html) == [
        ("", "OrderError"),
        ("Caused by ", "OSError"),
    ]


def test_one_steps_from_event_to_event(world):
    for minutes in (30, 20, 10):
        issue_id = world.report("web", events.division(), ago=timedelta(minutes=minutes))
    first, second, third = world.event_ids(issue_id)

    html = page_of(world, issue_id, f"events/{second}/")

    steps = re.findall(r'href="[^"]+/events/([0-9a-f]{32})/" title="([^"]+)"', html)
    assert steps == [
        (first, "First event"),
        (first, "Previous event"),
        (third, "Next event"),
        (third, "Last event"),
    ]


def test_an_event_is_downloaded_as_it_was_stored(world):
    issue_id = world.report("web", events.division())
    event_id = world.event_ids(issue_id)[0]

    response = world.browser_of("ada").get(f"/acme/issues/{issue_id}/events/{event_id}/json/")

    assert response.headers["Content-Disposition"] == f'attachment; filename="event-{event_id}.json"'
    assert json.loads(response.content)["transaction"] == "/basket/split"


def test_an_issue_whose_events_were_retired_keeps_its_page(world):
    issue_id = world.report("web", events.division())
    world.retire_events(issue_id)

    html = page_of(world, issue_id)

    assert "No event is kept any more" in html
    assert "ZeroDivisionError" in html


def test_a_message_without_a_stack_is_shown_as_it_was_said(world):
    html = page_of(world, world.report("web", events.message("Payment was slow\nby 8 s")))

    assert "Payment was slow\nby 8 s</pre>" in html
