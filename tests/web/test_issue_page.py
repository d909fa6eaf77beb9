import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from tests.web import events
from tests.web.showroom import fill
from tocsin.issues.models import IssueTag
from tocsin.kernel.db import write


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


def test_one_tag_is_not_told_as_many(sqlite_world):
    issue_id = sqlite_world.report("web", events.division())
    with write(sqlite_world.database) as session:
        session.execute(delete(IssueTag).where(IssueTag.name != "region"))

    assert "The one tag with its values" in page_of(sqlite_world, issue_id)


def test_the_applications_own_frames_are_open_and_the_librarys_closed(world):
    html = page_of(world, world.report("web", events.division()))

    frames = re.findall(r'<details class="(frame[^"]*)"( open)?>\s*<summary><span class="where"[^>]*>([^<]+)', html)
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

    heads = re.findall(r"<h3>(.*?)</h3>", html)
    assert [text_of(head) for head in heads if "type" in head] == ["OrderError", "Caused by OSError"]


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


def test_an_event_is_given_out_as_it_was_stored(world):
    issue_id = world.report("web", events.division())
    event_id = world.event_ids(issue_id)[0]

    response = world.browser_of("ada").get(f"/acme/issues/{issue_id}/events/{event_id}/json/")

    assert response.headers["Content-Disposition"] == f'inline; filename="event-{event_id}.json"'
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


def test_an_event_is_told_in_words_for_a_ticket(sqlite_world):
    issue_id = sqlite_world.report("web", events.division())
    (event_id,) = sqlite_world.event_ids(issue_id)

    text = page_of(sqlite_world, issue_id, f"events/{event_id}/markdown/")

    assert text.startswith("# WEB-1: `ZeroDivisionError`\n\n`division by zero`\n")
    assert f"<http://testserver/acme/issues/WEB-1/events/{event_id}/>" in text
    assert '  File "shop/pricing.py", line 31, in price_each\n    return cents // people' in text


def test_events_are_listed_a_page_at_a_time_there_and_back(world):
    issue_id = world.report("web", events.division(), times=60)
    newest_first = world.event_ids(issue_id)[::-1]
    browser = world.browser_of("ada")

    def listed(query):
        html = browser.get(f"/acme/issues/{issue_id}/events/{query}").text
        links = {rel: href for href, rel in re.findall(r'href="(\?[^"]*)" rel="(\w+)"', html)}
        return re.findall(r'class="row-name" href="[^"]+/([0-9a-f]{32})/"', html), links

    first, links = listed("")
    second, back = listed(links["next"].replace("&amp;", "&"))
    again, _ = listed(back["prev"].replace("&amp;", "&"))

    assert (first, second, again) == (newest_first[:50], newest_first[50:], newest_first[:50])
    assert (links.keys(), back.keys()) == ({"next"}, {"prev"})


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("?environment=staging", 1),
        ("?release=shop@2.4.2", 1),
        ("?level=warning", 1),
        ("?level=none&environment=moon&from=x&before=y", 3),
        ("?from=492636&to=492637", 1),
    ],
)
def test_events_are_narrowed_by_where_what_and_when(sqlite_world, query, count):
    sqlite_world.report("web", events.division(environment="staging"), ago=timedelta(days=3))
    sqlite_world.report("web", events.division(release="shop@2.4.2"))
    issue_id = sqlite_world.report("web", events.division(level="warning"), ago=timedelta(days=2))

    html = page_of(sqlite_world, issue_id, f"events/{query}")

    assert html.count('class="row-name"') == count


def test_tags_are_shown_with_their_share(sqlite_world):
    for region in ("eu-west", "eu-west", "eu-west", "us-east"):
        issue_id = sqlite_world.report("web", events.division(tags={"region": region}))

    words = text_of(page_of(sqlite_world, issue_id, "tags/?tag=region"))

    assert "region 4 events eu-west 75% us-east 25%" in words


def test_a_bar_of_the_graph_leads_to_its_events(sqlite_world):
    issue_id = sqlite_world.report("web", events.division(), ago=timedelta(hours=5))
    sqlite_world.report("web", events.division())

    spans = re.findall(r"/events/\?from=(\d+)&amp;to=(\d+)", page_of(sqlite_world, issue_id))

    counts = [
        page_of(sqlite_world, issue_id, f"events/?from={since}&to={until}").count("row-name") for since, until in spans
    ]
    assert counts == [1, 1, 2]


def test_the_first_and_the_last_sight_are_told_with_their_releases(sqlite_world):
    sqlite_world.report("web", events.division(release="shop@1"), ago=timedelta(days=2))
    issue_id = sqlite_world.report("web", events.division(release="shop@2"))

    words = text_of(page_of(sqlite_world, issue_id))

    assert "Last seen just now in shop@2 First seen 2 d ago in shop@1" in words


def test_an_issue_that_is_like_it_is_named(sqlite_world):
    sqlite_world.report("web", events.crash("KeyError", "'basket'", function="load"))
    sqlite_world.report("web", events.crash("OSError", "disk full", place="shop/disk.py"))
    issue_id = sqlite_world.report("web", events.crash("KeyError", "'basket'", place="shop/pay.py"))

    html = page_of(sqlite_world, issue_id)

    assert re.findall(r"<li><a href=\"[^\"]+\">(WEB-\d)</a> KeyError", html) == ["WEB-1"]


def test_addresses_of_an_issue_and_its_event_lead_on_after_a_merge(world):
    merged = world.report("web", events.crash("KeyError", "x"))
    (event_id,) = world.event_ids(merged)
    survivor = world.report("web", events.division())
    ada = world.browser_of("ada")
    ada.post(f"/acme/issues/{merged}/act/", {"action": "merge", "into": "WEB-2"})

    found = [ada.get(f"/acme/issues/WEB-1/{path}").headers["Location"] for path in ("", f"events/{event_id}/")]

    assert found == [f"/acme/issues/{survivor}/", f"/acme/issues/{survivor}/events/{event_id}/"]


def test_history_says_where_something_was_done(sqlite_world):
    issue_id = fill(sqlite_world)

    feed = page_of(sqlite_world, issue_id).split('<ol class="feed">')[1]

    assert "in Slack #ops" in text_of(feed)


def test_a_tag_beside_the_event_leads_to_its_values_and_its_value_to_the_issues_that_had_it(sqlite_world):
    issue_id = sqlite_world.report("web", {**events.division(), "tags": {"plan": "free of charge"}})

    page = page_of(sqlite_world, issue_id)

    value = '<a href="/acme/issues/?q=plan%3A%22free%20of%20charge%22">free of charge</a>'
    assert f'<a href="/acme/issues/{issue_id}/tags/?tag=plan">plan</a> {value}' in page


def chained(*exceptions: dict[str, Any]) -> dict[str, Any]:
    """A group of exceptions; each part has a frame without its source."""
    frames = [{"filename": "shop.js", "function": name, "lineno": 3, "in_app": True} for name in ("pay", "total")]
    return {
        "platform": "javascript",
        "exception": {"values": [{**each, "stacktrace": {"frames": frames}} for each in exceptions]},
    }


def test_each_part_of_a_group_says_what_went_wrong_while_it_is_closed(sqlite_world):
    parts = [
        {
            "type": "ValueError",
            "value": f"line {number} has no price",
            "mechanism": {"exception_id": number, "parent_id": 0},
        }
        for number in (2, 1)
    ]
    group = {"type": "Group", "value": "bad order", "mechanism": {"exception_id": 0, "is_exception_group": True}}
    issue_id = sqlite_world.report("web", chained(*parts, group))

    page = sqlite_world.browser_of("ada").get(f"/acme/issues/{issue_id}/").text

    summaries = re.findall(r'<details class="block stack.*?</summary>', page, re.DOTALL)
    assert [re.findall(r'<span class="said text">(.*?)</span>', each) for each in summaries] == [
        [],
        ["line 1 has no price"],
        ["line 2 has no price"],
    ]


def test_that_no_source_was_sent_is_said_once_for_a_stack_and_its_frames_are_one_line_each(sqlite_world):
    issue_id = sqlite_world.report("web", chained({"type": "TypeError", "value": "no lines"}))

    page = sqlite_world.browser_of("ada").get(f"/acme/issues/{issue_id}/").text

    assert page.count("The SDK sent no source for these frames.") == 1
    assert (page.count('<p class="frame bare">'), page.count('<details class="frame')) == (2, 0)


def test_frames_with_their_source_still_open_beside_those_without(sqlite_world):
    event = chained({"type": "TypeError", "value": "no lines"})
    event["exception"]["values"][0]["stacktrace"]["frames"][1]["context_line"] = "total()"
    issue_id = sqlite_world.report("web", event)

    page = sqlite_world.browser_of("ada").get(f"/acme/issues/{issue_id}/").text

    assert "The SDK sent no source for 1 frame." in page
    assert (page.count('<p class="frame bare">'), page.count('<details class="frame')) == (1, 1)
