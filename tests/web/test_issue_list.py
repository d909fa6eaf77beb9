import re
from datetime import timedelta

from sqlalchemy import event, select

from tests.web import events
from tests.web.showroom import connect_acme, do
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.issues.act import IssueAction
from tocsin.kernel.db import write
from tocsin.organizations.permit import Via


def names(response):
    """The titles of the listed issues, in their order."""
    return re.findall(r'class="name" href="[^"]+">([^<]+)</a>', response.text)


def report_three(world):
    """Three issues: an old frequent one, one of yesterday, and a new one."""
    return (
        world.report("web", events.crash("OldError", "often"), times=5, ago=timedelta(days=3)),
        world.report("web", events.crash("MiddleError", "100% of the orders"), ago=timedelta(days=1)),
        world.report("pay", events.crash("NewError", "seldom"), ago=timedelta(hours=1)),
    )


def test_a_new_project_teaches_how_to_send_its_first_event(sqlite_world):
    page = sqlite_world.browser_of("ada").get("/acme/issues/?project=web").text

    assert "Waiting for the first event" in page
    assert re.search(r"http://[0-9a-f]{32}@testserver/\d+", page)


def test_the_most_recently_seen_issue_comes_first(world):
    report_three(world)

    assert names(world.browser_of("ada").get("/acme/issues/")) == ["NewError", "MiddleError", "OldError"]


def test_a_person_sorts_by_how_often_it_happened(sqlite_world):
    report_three(sqlite_world)

    assert names(sqlite_world.browser_of("ada").get("/acme/issues/?sort=events"))[0] == "OldError"


def test_a_person_finds_an_issue_by_the_words_of_its_message(sqlite_world):
    report_three(sqlite_world)

    assert names(sqlite_world.browser_of("ada").get("/acme/issues/?q=100%25 of")) == ["MiddleError"]


def test_a_person_finds_an_issue_by_its_short_id_in_any_case(sqlite_world):
    report_three(sqlite_world)

    assert names(sqlite_world.browser_of("ada").get("/acme/issues/?q=pay-1")) == ["NewError"]


def test_a_wildcard_in_the_search_is_an_ordinary_character(sqlite_world):
    report_three(sqlite_world)

    assert names(sqlite_world.browser_of("ada").get("/acme/issues/?q=O%25n")) == []


def test_the_list_is_narrowed_to_one_project(sqlite_world):
    report_three(sqlite_world)

    assert names(sqlite_world.browser_of("ada").get("/acme/issues/?project=pay")) == ["NewError"]


def test_the_tabs_part_issues_by_their_state_and_count_them(world):
    old, middle, _ = report_three(world)
    do(world, "ada", old, IssueAction("resolve"), via=Via.PAGE, ago=timedelta())
    do(world, "ada", middle, IssueAction("archive_forever"), via=Via.PAGE, ago=timedelta())
    ada = world.browser_of("ada")

    listed = {state: names(ada.get(f"/acme/issues/?state={state}")) for state in ("unresolved", "resolved", "archived")}

    assert listed == {"unresolved": ["NewError"], "resolved": ["OldError"], "archived": ["MiddleError"]}
    counts = re.findall(r'<span class="count">(\S+)</span>', ada.get("/acme/issues/").text)
    assert counts == ["1", "1", "1", "3"]


def test_a_query_that_makes_no_sense_is_told_with_its_place_and_the_list_stays(sqlite_world):
    report_three(sqlite_world)

    response = sqlite_world.browser_of("ada").get("/acme/issues/?q=is:new level:loud&was=NewError")

    assert (response.status_code, names(response)) == (400, ["NewError"])
    assert "there are fatal, error, warning, info, debug" in response.text
    assert "is:new level:<mark>loud</mark>" in response.text


def test_a_field_of_the_form_that_cannot_be_is_told_too(sqlite_world):
    report_three(sqlite_world)

    response = sqlite_world.browser_of("ada").get("/acme/issues/?project=nope&sort=;drop&after=x&graph=y")

    assert (response.status_code, len(names(response))) == (400, 3)
    assert "There is no project" in response.text


def test_a_field_of_the_form_writes_the_query(sqlite_world):
    report_three(sqlite_world)

    page = sqlite_world.browser_of("ada").get("/acme/issues/?q=error&was=error&project=pay&priority=high&environment=")

    assert 'name="q" value="priority:high project:pay error"' in page.text
    assert names(page) == ["NewError"]


def test_the_fields_show_what_the_query_says_and_offer_what_there_is(sqlite_world):
    sqlite_world.report("web", events.crash("A", "x") | {"release": "shop@1", "environment": "my shop"})
    sqlite_world.report("pay", events.crash("B", "x") | {"release": "till@7", "environment": "till"})
    ada = sqlite_world.browser_of("ada")

    page = ada.get(
        '/acme/issues/?q=is:regressed level:error,fatal assigned:%23pay environment:"my shop" release:shop@*'
    )

    chosen = re.findall(r'<option value="([^"]+)" selected>', page.text)
    assert chosen == ["regressed", "error,fatal", "#pay", "&#34;my shop&#34;", "last-seen"]
    assert 'name="release" value="shop@*"' in page.text
    assert releases_of(page) == ["latest", "till@7", "shop@1"]
    assert releases_of(ada.get("/acme/issues/?project=web")) == ["latest", "shop@1"]
    assert "till" not in sqlite_world.browser_of("ben").get("/acme/issues/").text


def releases_of(page):
    """What the field of the release completes."""
    return re.findall('<option value="([^"]+)">', re.findall('<datalist id="releases">(.*)</datalist>', page.text)[0])


def test_the_fields_find_what_the_query_finds_and_keep_its_other_terms(sqlite_world):
    report_three(sqlite_world)
    sqlite_world.report("web", events.message("NewWarning error", level="warning"), ago=timedelta(hours=1))
    fields = {"was": "is:unresolved error", "q": "is:unresolved error", "state": "unresolved", "priority": ""}

    page = sqlite_world.browser_of("ada").get(
        "/acme/issues/",
        params={**fields, "level": "error", "assigned": "none", "first_seen": ">-7d", "seen": ">-24h", "release": ""},
    )

    assert query_of(page) == "last-seen:&gt;-24h first-seen:&gt;-7d assigned:none level:error is:unresolved error"
    assert names(page) == ["NewError"]


def query_of(page):
    return re.findall(r'name="q" value="([^"]*)"', page.text)[0]


def test_each_issue_shows_where_it_stands_in_slack(world):
    connect_acme(world)
    world.add_rule("web", channel="C0OPS")
    world.add_rule("web", channel="C0SHOP", name="shop")
    world.report("web", events.crash("Error", "x"))
    with write(world.database) as session:
        sent, parked = session.scalars(select(Delivery).order_by(Delivery.id))
        sent.state, sent.ts, parked.state = DeliveryState.SENT, "1700000000.000100", DeliveryState.PARKED

    page = world.browser_of("ada").get("/acme/issues/").text

    chips = re.findall(r'class="chat (\w+)"(?: href="([^"]+)")?', page)
    assert chips == [("parked", ""), ("sent", "https://acme.slack.com/archives/C0OPS/p1700000000000100")]


def test_a_small_graph_shows_the_last_day_or_the_last_month(world):
    world.report("web", events.crash("Error", "x"), times=3, ago=timedelta(days=2))
    world.report("web", events.crash("Error", "x"), ago=timedelta(hours=1))
    ada = world.browser_of("ada")

    labels = [
        re.findall(r'aria-label="(\d+ events? in [^"]+)"', ada.get(f"/acme/issues/?graph={each}").text)
        for each in ("24h", "30d")
    ]

    assert labels == [["1 event in 24 hours, at most 1 in an hour"], ["4 events in 30 days, at most 3 in a day"]]


def test_a_text_that_was_taken_for_a_tag_is_told(sqlite_world):
    report_three(sqlite_world)

    page = sqlite_world.browser_of("ada").get("/acme/issues/?q=TypeError:boom").text

    assert "<code>TypeError</code> is taken for the name of a tag" in page


def test_a_long_list_is_shown_a_page_at_a_time(sqlite_world):
    for number in range(27):
        sqlite_world.report("web", events.crash(f"Error{chr(65 + number)}", "x"), ago=timedelta(minutes=number))
    ada = sqlite_world.browser_of("ada")

    first = ada.get("/acme/issues/?q=x+is:unresolved")
    (older,) = re.findall(r'href="(\?[^"]+)" rel="next"', first.text)
    second = ada.get("/acme/issues/" + older.replace("&amp;", "&"))

    assert (len(names(first)), len(names(second))) == (25, 2)
    assert not set(names(first)) & set(names(second))


def test_a_longer_list_asks_the_database_no_more_questions(sqlite_world):
    ada = sqlite_world.browser_of("ada")
    statements = []
    event.listen(sqlite_world.database.reader, "before_cursor_execute", lambda *args: statements.append(args[2]))

    def questions():
        statements.clear()
        ada.get("/acme/issues/")
        return len(statements)

    sqlite_world.report("web", events.crash("Error", "x"))
    few = questions()
    for number in range(12):
        sqlite_world.report("web", events.crash(f"Error{chr(65 + number)}", "x"))

    assert questions() == few
