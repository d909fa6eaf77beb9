import re

import pytest
from sqlalchemy import select

from tests.web import events
from tocsin.kernel.db import read
from tocsin.kernel.writer_queue import Priority
from tocsin.organizations.audit import AuditEntry

HTMX = {"HX-Request": "true"}


def act(world, person, issue_id, action, to="", fields=None, **more):
    form = {"action": action, "to": to} | (fields or {})
    return world.browser_of(person).post(f"/acme/issues/{issue_id}/act/", form, **more)


def test_a_person_resolves_an_issue_and_its_history_says_so(world):
    issue_id = world.report("web", events.division())

    response = act(world, "ben", issue_id, "resolve")

    page = world.browser_of("ben").get(response.headers["Location"]).text
    assert world.issue(issue_id).status == "resolved"
    assert "<b>Ben</b> resolved WEB-1" in page


@pytest.mark.parametrize(
    ("action", "to", "expected"),
    [
        ("resolve", "", ("resolved", None)),
        ("archive_until_escalating", "", ("archived", "archived_until_escalating")),
        ("archive_forever", "", ("archived", "archived_forever")),
    ],
)
def test_the_page_has_the_verbs_of_the_card(sqlite_world, action, to, expected):
    issue_id = sqlite_world.report("web", events.division())

    act(sqlite_world, "ada", issue_id, action, to)

    issue = sqlite_world.issue(issue_id)
    assert (issue.status, issue.substatus) == expected


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"until": "moment", "moment": "2026-12-24T09:00"}, "until 24 December 2026 09:00 UTC"),
        ({"until": "events", "count": "100", "minutes": ""}, "until 100 more events"),
        ({"until": "users", "count": "10", "minutes": "60"}, "until 10 users within 60 minutes"),
    ],
)
def test_the_page_archives_until_what_its_forms_offer_and_says_so(sqlite_world, fields, words):
    issue_id = sqlite_world.report("web", events.division())

    html = act(sqlite_world, "ada", issue_id, "archive", fields=fields, headers=HTMX).text

    assert f">Ada archived WEB-1 {words}.</p>" in html
    assert f">Archived {words}</span>" in html


def test_a_number_out_of_bounds_is_refused_with_what_to_do(sqlite_world):
    issue_id = sqlite_world.report("web", events.division())

    response = act(sqlite_world, "ada", issue_id, "archive", fields={"until": "events", "count": "0", "minutes": ""})

    assert (response.status_code, sqlite_world.issue(issue_id).status) == (400, "unresolved")
    assert "Give a number of events from 1 to 1,000,000." in response.text


def test_a_person_says_how_urgent_an_issue_is(sqlite_world):
    issue_id = sqlite_world.report("web", events.division())

    html = act(sqlite_world, "ada", issue_id, "set_priority", fields={"priority": "low"}, headers=HTMX).text

    assert "Ada changed the priority of WEB-1: high → low" in html
    assert "<option selected>low</option>" in html


def test_every_form_of_the_page_proves_that_it_is_ours(sqlite_world):
    issue_id = sqlite_world.report("web", events.division())

    page = sqlite_world.browser_of("ada").get(f"/acme/issues/{issue_id}/").text

    forms = re.findall(r'<form method="post".*?</form>', page, re.DOTALL)
    assert len(forms) >= 6
    assert all('name="csrf_token"' in form for form in forms)


def test_an_issue_is_given_to_oneself_to_another_to_a_team_and_to_nobody(world):
    issue_id = world.report("pay", events.division())
    olga, team = world.people["olga"], world.team_id

    owners = []
    for to in ("me", f"user:{olga}", f"team:{team}", "nobody"):
        act(world, "ada", issue_id, "assign", to)
        issue = world.issue(issue_id)
        owners.append((issue.assignee_user_id, issue.assignee_team_id))

    assert owners == [(world.people["ada"], None), (olga, None), (None, team), (None, None)]


@pytest.mark.parametrize("person", ["ben", "ruth"])
def test_an_issue_is_not_given_to_whoever_cannot_see_it(world, person):
    issue_id = world.report("pay", events.division())

    response = act(world, "ada", issue_id, "assign", f"user:{world.people[person]}")

    assert response.status_code == 400
    assert world.issue(issue_id).assignee_user_id is None


def test_htmx_gets_the_parts_that_changed(world):
    issue_id = world.report("web", events.division())

    html = act(world, "ada", issue_id, "resolve", headers=HTMX).text

    parts = re.findall(r'(?:id="|innerHTML:#)(issue-head|activity|cards|notice)"', html)
    assert parts == ["issue-head", "activity", "cards", "notice"]
    assert "<html" not in html
    assert ">Ada resolved WEB-1.</p>" in html


def test_whoever_comes_second_is_told_who_was_faster(world):
    issue_id = world.report("web", events.division())
    act(world, "ben", issue_id, "resolve")

    response = act(world, "ada", issue_id, "resolve")

    assert response.status_code == 409
    assert "WEB-1 is already resolved, by Ben." in response.text


def test_whoever_comes_second_sees_the_true_state_in_the_open_page(world):
    issue_id = world.report("web", events.division())
    act(world, "ben", issue_id, "resolve")

    html = act(world, "ada", issue_id, "resolve", headers=HTMX).text

    assert "WEB-1 is already resolved, by Ben." in html
    assert ">Reopen</button>" in html


def test_an_unknown_verb_changes_nothing(world):
    issue_id = world.report("web", events.division())

    response = act(world, "ada", issue_id, "vanish")

    assert (response.status_code, world.issue(issue_id).status) == (400, "unresolved")


def test_a_busy_database_is_told_and_nothing_was_done(sqlite_world, monkeypatch):
    monkeypatch.setattr("tocsin.web.issue_actions.WRITER_SECONDS", 0.01)  # the wait itself is not what is tested
    issue_id = sqlite_world.report("web", events.division())
    ada = sqlite_world.browser_of("ada")

    with sqlite_world.database.queue.turn(Priority.PRESS, None):
        response = ada.post(f"/acme/issues/{issue_id}/act/", {"action": "resolve"})

    assert (response.status_code, sqlite_world.issue(issue_id).status) == (503, "unresolved")


def test_a_person_whose_place_was_taken_back_can_do_nothing_any_more(world):
    issue_id = world.report("web", events.division())
    ben = world.browser_of("ben")
    world.unapprove("ben")

    response = ben.post(f"/acme/issues/{issue_id}/act/", {"action": "resolve"})

    assert (response.status_code, world.issue(issue_id).status) == (404, "unresolved")


def test_what_a_person_did_stands_in_the_audit_log(world):
    issue_id = world.report("web", events.division())

    act(world, "ada", issue_id, "resolve")

    with read(world.database) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.target == f"issue:{issue_id}")).one()
    assert (entry.actor_label, entry.via, entry.data) == ("Ada", "page", {"type": "resolved"})
