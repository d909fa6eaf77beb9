"""Undo on pages: for five minutes, by whoever did it, and if nobody changed the issue since."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.web import events
from tests.web.world import SignedInBrowser, World
from tocsin.activities.models import Activity
from tocsin.issues.act import IssueAction
from tocsin.issues.bulk import begin_bulk
from tocsin.issues.models import BulkAct
from tocsin.issues.undo import look
from tocsin.kernel.db import read, write
from tocsin.kernel.ids import IssueId
from tocsin.members.models import User
from tocsin.members.people import add_member
from tocsin.organizations.permit import Permit, Role, Scope, Via

HTMX = {"HX-Request": "true"}
LIST = "/acme/issues/"


def at(issue_id: int, what: str = "") -> str:
    return f"{LIST}{issue_id}/{what}"


def act(browser: SignedInBrowser, issue_id: int, action: str, **fields: str) -> str:
    """Do it without a script; the page that it leads to."""
    return landed(browser, browser.post(at(issue_id, "act/"), {"action": action, **fields}))


def landed(browser: SignedInBrowser, answer) -> str:
    assert answer.status_code == 303
    return browser.get(answer.headers["Location"]).text


def offer(page: str) -> str:
    """The key that the page's button sends; empty where it has none."""
    found = re.search(r'<button name="key" value="([^"]+)" data-key="z">Undo</button>', page)
    return found[1] if found else ""


def history(world: World, issue_id: int) -> list[str]:
    with read(world.database) as session:
        of_issue = select(Activity.type).where(Activity.issue_id == issue_id, Activity.user_id.is_not(None))
        return list(session.scalars(of_issue.order_by(Activity.id)))


@pytest.mark.parametrize(
    ("action", "fields", "said"),
    [
        ("resolve", {}, "Ada undid resolving WEB-1."),
        ("archive_forever", {}, "Ada undid archiving WEB-1."),
        ("set_priority", {"priority": "low"}, "Ada undid the new priority of WEB-1."),
        ("assign", {"to": "nobody"}, "Ada undid unassigning WEB-1."),
    ],
)
def test_what_was_done_is_taken_back_by_the_button_that_stands_beside_it(world, action, fields, said):
    issue_id, ada = world.report("web", events.division()), world.browser_of("ada")
    act(ada, issue_id, "assign", to="me")
    before = look(world.issue(issue_id))

    key = offer(act(ada, issue_id, action, **fields))
    page = landed(ada, ada.post(at(issue_id, "undo/"), {"key": key}))

    assert look(world.issue(issue_id)) == before
    assert (said in page, offer(page)) == (True, "")
    assert history(world, issue_id)[-1] == "undone"


def test_a_page_with_a_script_is_offered_it_where_changes_are_read_out(sqlite_world):
    issue_id, ada = sqlite_world.report("web", events.division()), sqlite_world.browser_of("ada")

    done = ada.post(at(issue_id, "act/"), {"action": "resolve"}, headers=HTMX).text
    undone = ada.post(at(issue_id, "undo/"), {"key": offer(done)}, headers=HTMX).text

    assert "Ada resolved WEB-1." in done.partition('hx-swap-oob="innerHTML:#notice"')[2]
    assert "Ada undid resolving WEB-1." in undone.partition('hx-swap-oob="innerHTML:#notice"')[2]
    assert sqlite_world.issue(issue_id).status == "unresolved"


def test_what_is_no_decision_is_told_and_not_offered_back(sqlite_world):
    issue_id, ada = sqlite_world.report("web", events.division()), sqlite_world.browser_of("ada")

    page = act(ada, issue_id, "comment", text="It is the cache")

    assert ("Ada commented on WEB-1" in page, offer(page)) == (True, "")


def test_what_somebody_changed_since_stays_and_it_is_said_who(world):
    issue_id, ada = world.report("web", events.division()), world.browser_of("ada")
    key = offer(act(ada, issue_id, "resolve"))
    act(world.browser_of("ben"), issue_id, "reopen")
    before = look(world.issue(issue_id))

    answer = ada.post(at(issue_id, "undo/"), {"key": key})

    assert (answer.status_code, look(world.issue(issue_id))) == (409, before)
    assert "Ben changed it since, so nothing was undone." in answer.text


def test_it_is_undone_once_however_often_the_form_is_sent(world):
    issue_id, ada = world.report("web", events.division()), world.browser_of("ada")
    key = offer(act(ada, issue_id, "resolve"))

    answers = [ada.post(at(issue_id, "undo/"), {"key": key}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 409]
    assert history(world, issue_id) == ["resolved", "undone"]


def test_after_five_minutes_it_is_neither_offered_nor_done(sqlite_world):
    issue_id, ada = sqlite_world.report("web", events.division()), sqlite_world.browser_of("ada")
    done = ada.post(at(issue_id, "act/"), {"action": "resolve"})
    key = offer(landed(ada, done))
    sqlite_world.clock.now += timedelta(minutes=5)

    page, answer = landed(ada, done), ada.post(at(issue_id, "undo/"), {"key": key})

    assert ("Ada resolved WEB-1." in page, offer(page)) == (False, "")
    assert (answer.status_code, sqlite_world.issue(issue_id).status) == (409, "resolved")
    assert "It is too late to undo that" in answer.text


@pytest.mark.parametrize(("thief", "status"), [("ben", 409), ("ruth", 404)])
def test_nobody_sees_or_uses_the_offer_of_another_person(world, thief, status):
    issue_id = world.report("web", events.division())
    ada, other = world.browser_of("ada"), world.browser_of(thief)
    done = ada.post(at(issue_id, "act/"), {"action": "resolve"})

    page = other.get(done.headers["Location"]).text
    answer = other.post(at(issue_id, "undo/"), {"key": offer(landed(ada, done))})

    assert ("Ada resolved WEB-1." in page, offer(page)) == (False, "")
    assert (answer.status_code, world.issue(issue_id).status) == (status, "resolved")


def test_an_offer_is_worth_nothing_on_the_page_of_another_issue(sqlite_world):
    issue_id, other = (sqlite_world.report("web", events.crash(kind, "x")) for kind in ("AError", "BError"))
    ada = sqlite_world.browser_of("ada")
    key = offer(act(ada, issue_id, "resolve"))

    answer = ada.post(at(other, "undo/"), {"key": key})

    assert (answer.status_code, sqlite_world.issue(issue_id).status) == (404, "resolved")


def test_whoever_lost_their_place_undoes_nothing(world):
    issue_id, ada = world.report("pay", events.division()), world.browser_of("ada")
    key = offer(act(ada, issue_id, "resolve"))
    world.unapprove("ada")

    answer = ada.post(at(issue_id, "undo/"), {"key": key})

    assert (answer.status_code, world.issue(issue_id).status) == (404, "resolved")


@pytest.mark.parametrize("said", ["0", "x", "9" * 40, "²", "%00"])
def test_an_address_that_names_nothing_that_was_done_tells_nothing(sqlite_world, said):
    issue_id = sqlite_world.report("web", events.division())

    answer = sqlite_world.browser_of("ada").get(f"{at(issue_id)}?done={said}")

    assert (answer.status_code in (200, 400), offer(answer.text)) == (True, "")


def bulk(browser: SignedInBrowser, issues: list[int], action: str = "resolve", **fields: str):
    return browser.post(f"{LIST}act/", {"action": action, "key": "k1", "issue": issues, "q": "is:unresolved"} | fields)


def undo_bulk(browser: SignedInBrowser, key: str = "k1", *, place: str = LIST):
    return browser.post(f"{place}undo/", {"key": key, "q": "is:unresolved"})


def statuses(world: World, issues: list[int]) -> list[str]:
    return [world.issue(issue_id).status for issue_id in issues]


@pytest.fixture
def issues(world: World) -> list[int]:
    """Three in web."""
    return [world.report("web", events.crash(kind, "x")) for kind in ("AError", "BError", "CError")]


def test_what_was_done_to_many_issues_is_taken_back_by_one_button(world, issues):
    ada = world.browser_of("ada")
    done = landed(ada, bulk(ada, issues))

    undone = landed(ada, undo_bulk(ada))

    assert ("Resolved 3 issues." in done, 'action="/acme/issues/undo/"' in done) == (True, True)
    assert ("Undone for 3 issues." in undone, 'action="/acme/issues/undo/"' in undone) == (True, False)
    assert statuses(world, issues) == ["unresolved"] * 3
    assert [history(world, each) for each in issues] == [["resolved", "undone"]] * 3


def test_of_many_issues_those_that_somebody_changed_since_stay_and_it_is_said_who(world, issues):
    ada = world.browser_of("ada")
    bulk(ada, issues)
    act(world.browser_of("ben"), issues[1], "set_priority", priority="low")

    page = landed(ada, undo_bulk(ada))

    assert statuses(world, issues) == ["unresolved", "resolved", "unresolved"]
    assert "<b>WEB-2</b>: Ben changed it since, so nothing was undone." in page


def test_many_issues_are_undone_once_however_often_the_form_is_sent(world, issues):
    ada = world.browser_of("ada")
    bulk(ada, issues)

    answers = [undo_bulk(ada) for _ in range(2)]

    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert [history(world, each) for each in issues] == [["resolved", "undone"]] * 3


def test_what_another_person_did_to_many_issues_is_not_undone(world, issues):
    bulk(world.browser_of("ada"), issues)

    answer = undo_bulk(world.browser_of("olga"))

    assert (answer.status_code, statuses(world, issues)) == (409, ["resolved"] * 3)


def test_what_was_done_in_one_organization_is_not_undone_from_another(world, issues):
    ada = world.browser_of("ada")
    bulk(ada, issues)
    with write(world.database) as session:
        permit = Permit.system("tests", Scope(world.organizations["rival"]), Via.CLI)
        person = session.get_one(User, world.people["ada"])
        add_member(session, permit, person, role=Role.OWNER, teams=(), now=world.clock())

    answer = undo_bulk(ada, place="/rival/issues/")

    assert (answer.status_code, statuses(world, issues)) == (409, ["resolved"] * 3)


def test_what_was_done_to_many_issues_is_too_old_after_five_minutes(world, issues):
    ada = world.browser_of("ada")
    done = bulk(ada, issues)
    world.clock.now += timedelta(minutes=5)

    page, answer = landed(ada, done), undo_bulk(ada)

    assert 'action="/acme/issues/undo/"' not in page
    assert (answer.status_code, statuses(world, issues)) == (409, ["resolved"] * 3)
    assert "It is too late to undo that" in answer.text


def test_a_merge_is_not_offered_back(world, issues):
    ada = world.browser_of("ada")

    page = landed(ada, bulk(ada, issues, "merge"))

    assert ("Merged 2 issues" in page, 'action="/acme/issues/undo/"' in page) == (True, False)


def test_what_was_done_to_more_than_a_thousand_issues_is_not_offered_back_and_the_page_says_so(sqlite_world):
    with write(sqlite_world.database) as session:
        begin_bulk(
            session,
            key="k1",
            organization_id=sqlite_world.organizations["acme"],
            user_id=sqlite_world.people["ada"],
            action=IssueAction("resolve"),
            issue_ids=[IssueId(number) for number in range(1, 1_002)],
            now=sqlite_world.clock(),
        )
        session.execute(update(BulkAct).values(finished_at=sqlite_world.clock(), position=1_001, done=1_001))
    ada = sqlite_world.browser_of("ada")

    page = ada.get(f"{LIST}?done=k1").text

    assert "What is done to more than 1,000 issues at once cannot be undone at once." in page
    assert undo_bulk(ada).status_code == 409
