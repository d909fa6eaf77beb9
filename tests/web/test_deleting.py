"""Deleting issues and projects on pages: the first press asks, the second does it, and old links say so."""

import re

import pytest
from sqlalchemy import select

from tests.support.attack_vectors import VECTORS
from tests.web import events
from tests.web.world import World
from tocsin.kernel.db import read
from tocsin.organizations.audit import AuditEntry, AuditEvent

ACT = "/acme/issues/act/"
SECRET = "hunter2"


@pytest.fixture
def issue(world: World) -> int:
    return world.report("web", events.crash("AError", "x"))


def entries(world: World, event: AuditEvent) -> list[AuditEntry]:
    with read(world.database) as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.event == event)))


def test_an_admin_deletes_an_issue_whose_page_asked_first(world, issue):
    adam = world.browser_of("adam")
    asked = adam.get(f"/acme/issues/{issue}/").text

    answer = adam.post(f"/acme/issues/{issue}/act/", {"action": "delete"})

    assert "WEB-1 goes for good, with 1 event" in asked
    assert (answer.status_code, answer.headers["Location"]) == (303, "/acme/issues/")
    assert "AError" not in adam.get("/acme/issues/?q=").text
    assert entries(world, AuditEvent.ISSUE_DELETE)[0].data["title"] == "AError"


@pytest.mark.parametrize("path", ["", "events/", "tags/", "cards/"])
@pytest.mark.parametrize("name", ["number", "short id"])
def test_each_old_address_says_that_it_was_deleted_and_by_whom(world, issue, path, name):
    adam = world.browser_of("adam")
    adam.post(f"/acme/issues/{issue}/act/", {"action": "delete"})

    answer = world.browser_of("ada").get(f"/acme/issues/{issue if name == 'number' else 'web-1'}/{path}")

    assert (answer.status_code, "WEB-1 was deleted by Adam on 14 March 2026." in answer.text) == (410, True)


def test_whoever_may_not_see_the_project_is_told_nothing_of_the_deleted_issue(world):
    issue = world.report("pay", events.crash("PayError", "x"))
    world.browser_of("adam").post(f"/acme/issues/{issue}/act/", {"action": "delete"})

    assert world.browser_of("ben").get(f"/acme/issues/{issue}/").status_code == 404


def test_a_member_is_offered_no_deleting_and_refused_it(world, issue):
    ada = world.browser_of("ada")

    answer = ada.post(f"/acme/issues/{issue}/act/", {"action": "delete"})

    assert 'value="delete"' not in ada.get(f"/acme/issues/{issue}/").text + ada.get("/acme/issues/").text
    assert (answer.status_code, "you need the role admin" in answer.text) == (403, True)
    assert world.issue(issue).deleted_at is None


def test_many_are_deleted_only_after_a_page_that_says_how_many(world, issue):
    other = world.report("web", events.crash("BError", "x"))
    adam = world.browser_of("adam")
    form = {"action": "delete", "key": "k1", "issue": [issue, other], "q": "is:unresolved"}

    asked = adam.post(ACT, form)
    before = world.issue(issue).deleted_at
    answer = adam.post(ACT, form | {"sure": sure_of(asked.text)})

    assert "Delete 2 issues?" in asked.text
    assert before is None
    assert "Deleted 2 issues." in adam.get(answer.headers["Location"]).text
    assert world.issue(other).deleted_at is not None


def test_all_that_match_are_asked_about_again_when_more_match_by_then(world, issue):
    adam = world.browser_of("adam")
    form = {"action": "delete", "key": "k1", "all": "on", "q": "project:web"}
    asked = adam.post(ACT, form)
    world.report("web", events.crash("BError", "x"))

    again = adam.post(ACT, form | {"sure": sure_of(asked.text)})

    assert (again.status_code, "Delete 2 issues?" in again.text) == (200, True)
    assert world.issue(issue).deleted_at is None


def test_they_are_asked_about_again_when_as_many_others_match_by_then(world, issue):
    adam = world.browser_of("adam")
    form = {"action": "delete", "key": "k1", "all": "on", "q": "project:web is:unresolved"}
    asked = adam.post(ACT, form)
    adam.post(f"/acme/issues/{issue}/act/", {"action": "resolve"})
    other = world.report("web", events.crash("BError", "x"))

    again = adam.post(ACT, form | {"sure": sure_of(asked.text)})

    assert (again.status_code, "Delete 1 issue?" in again.text) == (200, True)
    assert world.issue(other).deleted_at is None


@pytest.mark.usefixtures("issue")
def test_whoever_sends_the_answer_twice_sees_what_became_of_it(world):
    adam = world.browser_of("adam")
    form = {"action": "delete", "key": "k1", "all": "on", "q": "project:web"}
    sure = form | {"sure": sure_of(adam.post(ACT, form).text)}
    adam.post(ACT, sure)
    world.report("web", events.crash("BError", "x"))

    again = adam.post(ACT, sure)

    assert "Deleted <a" in adam.get(again.headers["Location"]).text


def test_what_an_issue_is_called_stays_text_where_it_is_asked_about(sqlite_world: World):
    adam = sqlite_world.browser_of("adam")
    tame = sqlite_world.report("web", events.crash("Tame", "x"))
    issues = [sqlite_world.report("web", events.crash(vector, vector)) for vector in VECTORS[::10]]

    def tags(issue_id: int) -> list[str]:
        page = adam.post(ACT, {"action": "delete", "key": "k", "issue": [issue_id], "q": ""}).text
        return re.findall(r"<[a-z/!][^ >]*", page)

    assert {issue_id: tags(issue_id) == tags(tame) for issue_id in issues} == dict.fromkeys(issues, True)


def sure_of(page: str) -> str:
    found = re.search(r'name="sure" value="(\w+)"', page)
    assert found is not None
    return found[1]


def test_a_project_is_renamed_and_keeps_its_addresses(world):
    adam = world.browser_of("adam")

    answer = adam.post("/acme/projects/web/rename/", {"name": "  The   shop "})

    page = adam.get(answer.headers["Location"]).text
    assert (answer.headers["Location"], "The shop" in page) == ("/acme/projects/web/#name", True)
    assert entries(world, AuditEvent.PROJECT_EDIT)[-1].data == {"name": "The shop", "was": "web"}


@pytest.mark.parametrize("name", ["", "   ", "x" * 129])
def test_a_name_that_cannot_be_is_told_and_nothing_changes(world, name):
    answer = world.browser_of("adam").post("/acme/projects/web/rename/", {"name": name})

    assert (answer.status_code, "a name of 1 to 128 characters" in answer.text) == (400, True)


def test_an_owner_deletes_a_project_by_typing_its_slug(world, issue):
    olga = world.browser_of("olga")
    asked = olga.get("/acme/projects/web/").text

    answer = olga.post("/acme/projects/web/delete/", {"typed": "web"})

    assert "Delete this project…" in asked
    assert answer.headers["Location"] == "/acme/projects/"
    assert "/acme/projects/web/" not in olga.get("/acme/projects/").text
    addresses = ("/acme/projects/web/", f"/acme/projects/~{world.projects['web']}/", f"/acme/issues/{issue}/")
    assert [olga.get(address).status_code for address in addresses] == [404, 404, 404]
    assert entries(world, AuditEvent.PROJECT_DELETE)[0].data == {"slug": "web", "name": "web"}


@pytest.mark.parametrize("typed", ["", "Web", "pay"])
def test_whoever_types_something_else_deletes_nothing(world, typed):
    olga = world.browser_of("olga")

    answer = olga.post("/acme/projects/web/delete/", {"typed": typed})

    assert (answer.status_code, "Type web to delete it; nothing was done." in answer.text) == (400, True)
    assert olga.get("/acme/projects/web/").status_code == 200


def test_a_manager_deletes_no_project(world):
    mona = world.browser_of("mona")

    answer = mona.post("/acme/projects/web/delete/", {"typed": "web"})

    assert (answer.status_code, "Delete this project" in mona.get("/acme/projects/web/").text) == (403, False)


def test_the_slug_of_a_deleted_project_is_free_again(world):
    olga = world.browser_of("olga")
    olga.post("/acme/projects/web/delete/", {"typed": "web"})

    answer = olga.post("/acme/projects/", {"slug": "web"})

    assert answer.headers["Location"] == "/acme/projects/web/"


@pytest.mark.parametrize("page", ["/acme/members/", "/acme/projects/web/rules/"])
def test_removing_somebody_or_a_rule_takes_a_second_press(world, page):
    world.add_rule("web")

    html = world.browser_of("olga").get(page).text

    folded = re.findall(r'<details class="confirm">.*?</details>', html, re.DOTALL)
    removing = re.findall(r'name="do" value="remove"|/remove/"', html)
    assert removing
    assert len(removing) == sum("remove" in each for each in folded)


def report_secret(world: World) -> int:
    return world.report("web", events.crash("AError", "x", extra={"note": SECRET}))


def test_an_admin_deletes_an_event_whose_page_asked_first(world):
    issue = report_secret(world)
    world.report("web", events.crash("AError", "x"))
    first, last = world.event_ids(issue)
    adam = world.browser_of("adam")
    address = f"/acme/issues/{issue}/events/{first}/"
    asked = adam.get(address).text

    answer = adam.post(f"{address}delete/")

    assert SECRET in asked
    assert SECRET not in adam.get(f"/acme/issues/{issue}/").text
    assert f"Event {first[:8]} goes for good" in asked
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/acme/issues/{issue}/")
    assert world.event_ids(issue) == [last]
    assert [adam.get(address + path).status_code for path in ("", "json/", "markdown/")] == [404] * 3
    assert f'href="{address}"' not in adam.get(f"/acme/issues/{issue}/events/{last}/").text
    assert [(each.target, each.data) for each in entries(world, AuditEvent.EVENT_DELETE)] == [
        (f"event:{first}", {"issue": "WEB-1"})
    ]


def test_an_issue_whose_only_event_was_deleted_still_has_its_pages(world):
    issue = report_secret(world)
    adam = world.browser_of("adam")

    adam.post(f"/acme/issues/{issue}/events/{world.event_ids(issue)[0]}/delete/")

    pages = {path: adam.get(f"/acme/issues/{issue}/{path}") for path in ("", "events/", "tags/", "cards/")}
    assert [page.status_code for page in pages.values()] == [200] * 4
    assert ["retired or deleted" in pages[path].text for path in ("", "events/")] == [True, True]
    assert "AError" in adam.get("/acme/issues/").text


def test_a_member_is_offered_no_deleting_of_events_and_refused_it(world):
    issue = report_secret(world)
    address = f"/acme/issues/{issue}/events/{world.event_ids(issue)[0]}/"
    ada = world.browser_of("ada")

    answer = ada.post(f"{address}delete/")

    assert "Delete event" not in ada.get(address).text
    assert (answer.status_code, "you need the role admin" in answer.text) == (403, True)
    assert len(world.event_ids(issue)) == 1
    assert entries(world, AuditEvent.REFUSED)[0].target == f"event:{world.event_ids(issue)[0]}"


def test_an_event_of_another_project_is_not_deleted_by_the_address_of_an_issue(world, issue):
    other = world.report("pay", events.crash("PayError", "x"))

    answer = world.browser_of("adam").post(f"/acme/issues/{issue}/events/{world.event_ids(other)[0]}/delete/")

    assert (answer.status_code, len(world.event_ids(other))) == (404, 1)


def test_a_merged_event_is_deleted_where_it_is_now(world, issue):
    other = world.report("web", events.crash("BError", "x"))
    adam, event = world.browser_of("adam"), world.event_ids(other)[0]
    adam.post(f"/acme/issues/{other}/act/", {"action": "merge", "into": "WEB-1"})

    answer = adam.post(f"/acme/issues/{other}/events/{event}/delete/")

    assert (answer.headers["Location"], len(world.event_ids(issue))) == (f"/acme/issues/{issue}/", 1)
