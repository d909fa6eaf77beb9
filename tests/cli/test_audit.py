"""`tocsin audit`: reading the log, and whether anybody altered it."""

import json

import pytest
from sqlalchemy import text

from tests.cli.terminal import Terminal
from tests.support.acme import NOW
from tocsin.kernel.db import Database, write
from tocsin.organizations.audit_sealing import seal_audit_log


def seal(url: str) -> None:
    database = Database.open(url)
    seal_audit_log(database, now=NOW)
    database.close()


def break_in(url: str, statement: str) -> None:
    """Alter the log as somebody can who owns the database, and who takes the guards away first."""
    database = Database.open(url)
    on = "" if database.is_sqlite else " ON audit_entries"
    with write(database) as session:
        for guard in ("each", "words", "seal"):
            session.execute(text(f"DROP TRIGGER audit_entries_keep_{guard}{on}"))
        session.execute(text(statement))
    database.close()


def events(documents: list[dict[str, object]]) -> list[object]:
    return [each["event"] for each in documents]


def test_the_newest_entries_come_first(acme: Terminal):
    acme.do("members", "add", "--email", "ada@example.com", "--role", "admin")

    (entry,) = acme.do("audit", "list", "--limit", 1)

    assert (entry["event"], entry["via"], entry["data"]["role"]) == ("member.add", "cli", "admin")


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--event", "project.add"), ["project.add"]),
        (("--event", "member"), ["member.add"]),
        (("--event", "memb"), []),
        (("--target", "project"), ["project.add"]),
        (("--who", "OPERATOR", "--event", "organization"), []),
        (("--via", "page"), []),
        (("--since", "2999-01-01"), []),
        (("--until", "2000-01-01"), []),
    ],
    ids=" ".join,
)
def test_the_log_is_narrowed(acme: Terminal, options: tuple[str, ...], found: list[str]):
    assert events(acme.do("audit", "list", *options)) == found


def test_an_export_is_whole_and_in_the_order_of_writing(acme: Terminal, database_url: str):
    seal(database_url)

    lines = acme.type("audit", "export").out.splitlines()

    documents = [json.loads(line) for line in lines]
    assert [each["sequence"] for each in documents] == list(range(1, len(documents) + 1))
    assert [each["previous_hash"] for each in documents[1:]] == [each["hash"] for each in documents[:-1]]


def test_an_export_for_spreadsheets_has_a_heading(acme: Terminal):
    said = acme.type("audit", "export", "--format", "csv", "--event", "project")

    heading, row, _end = said.out.split("\r\n")
    assert (heading.startswith("id,at,event,"), "project.add" in row) == (True, True)


def test_what_was_sealed_is_whole_and_what_was_not_is_counted(acme: Terminal, database_url: str):
    seal(database_url)
    acme.do("members", "add", "--email", "ada@example.com")

    (verdict,) = acme.do("audit", "verify")

    assert (verdict["organization"], verdict["ok"], verdict["unsealed"], verdict["broken"]) == ("acme", True, 1, None)


def test_tampering_is_named_and_has_an_exit_code_of_its_own(acme: Terminal, database_url: str):
    seal(database_url)
    break_in(database_url, "UPDATE audit_entries SET actor_label = 'Eve' WHERE id = 2")

    said = acme.type("audit", "verify")

    assert (said.code, said.err) == (4, "")
    assert "BAD  acme: number 2 was altered (the entry with the id 2)" in said.out


def test_a_head_that_was_noted_shows_that_the_end_is_missing(acme: Terminal, database_url: str):
    seal(database_url)
    (before,) = acme.do("audit", "verify")
    break_in(database_url, "DELETE FROM audit_heads")
    break_in_again = Database.open(database_url)
    with write(break_in_again) as session:
        session.execute(text("DELETE FROM audit_entries"))
    break_in_again.close()

    unaware = acme.type("audit", "verify")
    aware = acme.type("audit", "verify", "--head", f"{before['sealed']}:{before['head']}", "--json")

    assert (unaware.code, aware.code) == (0, 4)
    assert aware.document[0]["broken"] == {"tampering": "removed", "number": before["sealed"], "entry_id": None}


def test_a_head_that_is_none_is_a_mistake_in_usage(acme: Terminal):
    assert acme.type("audit", "verify", "--head", "nonsense").code == 2
