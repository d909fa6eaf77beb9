"""`tocsin init` and `tocsin migrate`: from nothing to a DSN, again and again."""

import re
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import INIT
from tests.cli.terminal import Terminal
from tocsin.kernel.db import Database, read
from tocsin.members.passwords import is_password_right
from tocsin.members.people import find_user


def is_password_of(url: str, email: str, password: str) -> bool:
    database = Database.open(url)
    with read(database) as session:
        user = find_user(session, email)
    database.close()
    return user is not None and is_password_right(user.password_hash, password)


def test_a_new_organization_gets_a_project_with_a_dsn(terminal: Terminal):
    terminal.setting("BASE_URL", "https://errors.example.com/")

    document = terminal.do(*INIT, "--password-stdin", stdin="correct horse\n")

    assert re.fullmatch(r"https://[0-9a-f]{32}@errors\.example\.com/1", document.pop("dsn"))
    assert document == {"organization": "acme", "project": "web", "project_id": 1}


def test_the_same_line_again_answers_the_same_and_never_changes_a_password(terminal: Terminal, database_url: str):
    first = terminal.do(*INIT, "--password-stdin", stdin="correct horse\n")

    second = terminal.do(*INIT, "--password-stdin", stdin="another one\n")

    assert first == second
    assert is_password_of(database_url, "owner@example.com", "correct horse")


def test_a_password_can_follow_later(acme: Terminal, database_url: str):
    acme.do(*INIT, "--password-stdin", stdin="correct horse\n")

    assert is_password_of(database_url, "owner@example.com", "correct horse")


def test_another_project_is_added_and_every_member_may_see_it(acme: Terminal):
    acme.do("members", "add", "--email", "ada@example.com", "--role", "member")

    document = acme.do("init", "--organization", "acme", "--project", "api", "--email", "owner@example.com")

    assert (document["project"], document["project_id"]) == ("api", 2)
    assert acme.do("issues", "list", "project:api", "--as", "ada@example.com") == []


def test_somebody_new_becomes_an_owner_and_a_member_keeps_their_role(acme: Terminal):
    acme.do("members", "add", "--email", "ada@example.com", "--role", "admin")

    for email in ("ada@example.com", "zoe@example.com"):
        acme.do("init", "--organization", "acme", "--project", "web", "--email", email)

    roles = {line["email"]: line["role"] for line in acme.do("members", "list")}
    assert roles == {"owner@example.com": "owner", "ada@example.com": "admin", "zoe@example.com": "owner"}


def test_without_json_a_person_gets_the_dsn_alone(acme: Terminal):
    said = acme.type(*INIT)

    assert (said.code, said.err) == (0, "")
    assert re.fullmatch(r"http://[0-9a-f]{32}@127\.0\.0\.1:8000/1\n", said.out)


def test_an_empty_password_makes_nothing(terminal: Terminal):
    said = terminal.type(*INIT, "--password-stdin", stdin="\n")

    assert (said.code, said.out) == (2, "")
    assert terminal.type("members", "list").code == 1


def test_a_short_password_is_taken_with_a_warning(terminal: Terminal):
    said = terminal.type(*INIT, "--password-stdin", "--json", stdin="short\n")

    assert (said.code, said.document["project"]) == (0, "web")
    assert "easily guessed" in said.err


def test_a_machine_without_anything_gets_a_directory_that_nobody_else_reads(bare_terminal: Terminal, tmp_path: Path):
    bare_terminal.do(*INIT)

    data = tmp_path / "data"
    assert (stat.S_IMODE(data.stat().st_mode), (data / "tocsin.db").exists()) == (0o700, True)


def test_other_verbs_say_how_to_begin_and_make_no_file(bare_terminal: Terminal, tmp_path: Path):
    said = bare_terminal.type("issues", "list", "--json")

    assert (said.code, said.out) == (1, "")
    assert "begin with `tocsin init`" in said.err
    assert not (tmp_path / "data" / "tocsin.db").exists()


@pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)
def test_postgresql_waits_for_migrate(bare_terminal: Terminal, empty_database_url: str):
    bare_terminal.setting("DATABASE_URL", empty_database_url)

    refusals = [bare_terminal.type(*INIT), bare_terminal.type("issues", "list")]
    migrated = [bare_terminal.do("migrate") for _ in range(2)]

    assert [(said.code, "`tocsin migrate`" in said.err) for said in refusals] == [(1, True)] * 2
    assert migrated == [{"migrated": True}] * 2
    assert bare_terminal.do(*INIT)["project_id"] == 1


def test_migrate_makes_a_sqlite_database_that_init_can_use(bare_terminal: Terminal):
    bare_terminal.do("migrate")

    assert bare_terminal.type("issues", "list").code == 1
    assert bare_terminal.do(*INIT)["project_id"] == 1


@pytest.mark.parametrize(("option", "value"), [("--organization", "Ac me"), ("--project", "12"), ("--email", "owner")])
def test_what_cannot_be_a_name_is_a_mistake_in_usage_and_makes_nothing(bare_terminal: Terminal, option, value):
    line = list(INIT)
    line[line.index(option) + 1] = value

    said = bare_terminal.type(*line)

    assert (said.code, said.out) == (2, "")
    assert "no organization yet" in bare_terminal.type("members", "list").err
