"""`tocsin issues`: triage from a terminal, by the same rules as everywhere."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.cli.conftest import INIT
from tests.cli.terminal import Terminal
from tests.intake.world import World
from tests.support.acme import make_issue, make_project
from tocsin.activities.models import Activity
from tocsin.kernel.db import Database, read
from tocsin.kernel.ids import IntegrationId, OrganizationId, ProjectId

ACME, WEB = OrganizationId(1), ProjectId(1)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database.open(database_url)
    yield opened
    opened.close()


@pytest.fixture
def issue(acme: Terminal, database: Database) -> int:
    acme.do("members", "add", "--email", "ada@example.com", "--role", "member", "--team", "backend")
    return make_issue(database, WEB, title="ZeroDivisionError", event_count=7)


def test_a_list_has_exactly_what_programs_rely_on(acme: Terminal, issue: int):
    assert acme.do("issues", "list") == [
        {
            "id": issue,
            "short_id": "WEB-1",
            "title": "ZeroDivisionError",
            "status": "unresolved",
            "assignee": None,
            "count": 7,
        }
    ]


@pytest.mark.parametrize("name", ["1", "WEB-1", "web-1"])
def test_an_issue_is_named_by_its_number_or_short_id(acme: Terminal, issue: int, name: str):
    assert acme.do("issues", "show", name)["id"] == issue


def test_a_life_of_an_issue(acme: Terminal, issue: int):
    verbs = [
        ("resolve",),
        ("reopen",),
        ("archive",),
        ("archive", "--until", "forever"),
        ("assign", "--to", "ada@example.com"),
        ("assign", "--to", "#backend"),
        ("unassign",),
    ]

    seen = [acme.do("issues", verb, issue, *options) for verb, *options in verbs]

    assert [(one["status"], one["assignee"]) for one in seen] == [
        ("resolved", None),
        ("unresolved", None),
        ("archived", None),
        ("archived", None),
        ("archived", "ada@example.com"),
        ("archived", "#backend"),
        ("archived", None),
    ]


def test_what_was_done_is_told_as_done_by_the_person_from_the_command_line(
    acme: Terminal, issue: int, database: Database
):
    acme.do("issues", "resolve", issue)
    acme.do("issues", "reopen", issue, "--as", "ada@example.com")

    with read(database) as session:
        history = session.scalars(select(Activity).order_by(Activity.id)).all()
    assert [(one.type, one.actor_label, one.via) for one in history] == [
        ("resolved", "owner", "cli"),
        ("reopened", "ada", "cli"),
    ]


def test_doing_it_twice_is_refused_and_says_who_was_faster(acme: Terminal, issue: int):
    acme.do("issues", "resolve", issue, "--as", "ada@example.com")

    said = acme.type("issues", "resolve", issue, "--json")

    assert (said.code, said.out, said.err) == (1, "", "tocsin: WEB-1 is already resolved, by ada.\n")


@pytest.mark.parametrize("verb", ["show", "resolve", "archive", "reopen", "unassign"])
@pytest.mark.parametrize("name", ["99", "WEB-99", "nonsense", "9" * 30])
def test_an_issue_that_does_not_exist_is_not_found(bare_acme: Terminal, verb: str, name: str):
    said = bare_acme.type("issues", verb, name, "--json")

    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)


def test_what_a_person_may_not_see_is_not_there_for_them(acme: Terminal, issue: int, database: Database):
    hidden = make_issue(database, make_project(database, ACME, "hidden", is_open=False))

    seen = [line["id"] for line in acme.do("issues", "list", "--as", "ada@example.com")]
    said = acme.type("issues", "resolve", hidden, "--as", "ada@example.com")

    assert (seen, said.code) == ([issue], 1)
    assert said.err == f"tocsin: There is no issue '{hidden}' in acme.\n"


def test_an_issue_of_another_organization_is_not_found(acme: Terminal, issue: int):
    acme.do(*[{"acme": "beta"}.get(token, token) for token in INIT])

    said = acme.type("issues", "resolve", issue, "--organization", "beta")

    assert said.code == 1
    assert acme.do("issues", "show", issue, "--organization", "acme")["status"] == "unresolved"


@pytest.mark.parametrize(("to", "code"), [("nobody@example.com", 1), ("#nobody", 1), ("backend", 2), ("", 2)])
def test_whoever_is_not_there_is_given_nothing(acme: Terminal, issue: int, to: str, code: int):
    said = acme.type("issues", "assign", issue, "--to", to)

    assert (said.code, said.out) == (code, "")
    assert acme.do("issues", "show", issue)["assignee"] is None


@pytest.mark.usefixtures("issue")
def test_a_person_without_access_to_the_project_is_not_assigned(acme: Terminal, database: Database):
    hidden = make_issue(database, make_project(database, ACME, "hidden", is_open=False))

    said = acme.type("issues", "assign", hidden, "--to", "ada@example.com")

    assert (said.code, said.err) == (1, "tocsin: ada is in no team of the project hidden.\n")


def test_a_list_can_be_narrowed(acme: Terminal, issue: int, database: Database):
    other = make_issue(database, make_project(database, ACME, "api"), title="KeyError", culprit="cart.total")
    acme.do("issues", "resolve", issue)

    def ids(*options: str) -> list[int]:
        return [line["id"] for line in acme.do("issues", "list", *options)]

    assert [
        ids("is:resolved"),
        ids("is:unresolved project:api"),
        ids("CART.total"),
        ids("--limit", "1"),
        ids("--sort", "events"),
    ] == [[issue], [other], [other], [other], [issue, other]]


def test_a_query_that_makes_no_sense_is_told_with_a_way_out(acme: Terminal):
    said = acme.type("issues", "list", "level:loud")

    assert (said.code, said.out) == (2, "")
    assert said.err == "tocsin: There is no 'loud' here; there are fatal, error, warning, info, debug.\n"


@pytest.mark.usefixtures("issue")
def test_a_hostile_title_cannot_steer_the_terminal(acme: Terminal, database: Database):
    make_issue(database, WEB, title="\x1b[2J\x1b]0;owned\x07 \u202egnp.exe\nWEB-9  resolved")

    said = acme.type("issues", "list")

    assert not {"\x1b", "\x07", "\u202e"} & set(said.out)
    assert len(said.out.splitlines()) == 3


@pytest.fixture
def bare_acme(bare_terminal: Terminal) -> Terminal:
    """For what no database can make different."""
    bare_terminal.do(*INIT)
    return bare_terminal


def test_an_issue_is_deleted_by_whoever_says_yes(acme: Terminal, database: Database):
    make_issue(database, ProjectId(1))

    asked = acme.type("issues", "delete", "web-1")
    deleted = acme.do("issues", "delete", "web-1", "--yes")
    again = acme.type("issues", "delete", "web-1", "--yes")

    assert (asked.code, "say --yes to delete it for good" in asked.err) == (2, True)
    assert (deleted["short_id"], deleted["status"], acme.do("issues", "list")) == ("WEB-1", "deleted", [])
    assert (again.code, "WEB-1 was deleted by owner on " in again.err) == (1, True)


def test_an_event_is_deleted_by_whoever_says_yes_and_its_issue_stays(acme: Terminal, database: Database):
    world = World(database, ACME, WEB, IntegrationId(1))
    world.store(prepared := world.event())
    event = prepared.event_id.hex()

    asked = acme.type("issues", "delete-event", "web-1", event)
    deleted = acme.do("issues", "delete-event", "web-1", event, "--yes")
    again = acme.type("issues", "delete-event", "web-1", event, "--yes")
    wrong = acme.type("issues", "delete-event", "web-1", "12", "--yes")

    assert (asked.code, f"--yes to delete the event {event} of WEB-1" in asked.err) == (2, True)
    assert deleted == {"event": event, "issue": "WEB-1", "deleted": True}
    assert (again.code, "There is no such event" in again.err) == (1, True)
    assert (wrong.code, "is no id of an event" in wrong.err) == (2, True)
    assert acme.do("issues", "show", "web-1")["count"] == 1
