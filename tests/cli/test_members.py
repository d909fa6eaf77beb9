"""`tocsin members`: people, roles and teams from a terminal."""

import re

import pytest
from sqlalchemy import select

from tests.cli.conftest import INIT
from tests.cli.terminal import Terminal
from tocsin.kernel.db import Database, read, write
from tocsin.members.models import User
from tocsin.organizations.audit import AuditEntry, AuditEvent

ADD_ADA = ("members", "add", "--email", "Ada@example.com", "--role", "admin")


def audit_lines(url: str, event: AuditEvent) -> list[AuditEntry]:
    database = Database.open(url)
    with read(database) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.event == event).order_by(AuditEntry.id)).all()
    database.close()
    return list(entries)


def test_somebody_is_added_with_a_role_and_teams_made_where_there_were_none(acme: Terminal):
    document = acme.do(*ADD_ADA, "--name", "Ada", "--team", "backend", "--team", "#frontend")

    assert document == {
        "organization": "acme",
        "email": "ada@example.com",
        "name": "Ada",
        "role": "admin",
        "teams": ["backend", "frontend"],
        "active": True,
    }


def test_the_same_line_again_is_no_mistake_and_adds_further_teams(acme: Terminal):
    acme.do(*ADD_ADA, "--team", "backend")

    assert acme.do(*ADD_ADA, "--team", "frontend")["teams"] == ["backend", "frontend"]


def test_the_one_who_acts_is_the_first_owner_and_history_says_so(acme: Terminal, database_url: str):
    acme.do(*ADD_ADA)

    entry = audit_lines(database_url, AuditEvent.MEMBER_ADD)[-1]
    assert (entry.actor_label, entry.via) == ("owner", "cli")


def test_nobody_grants_above_their_own_role_from_a_terminal_either(acme: Terminal, database_url: str):
    acme.do("members", "add", "--email", "grace@example.com", "--role", "manager")

    said = acme.type("members", "add", "--email", "zoe@example.com", "--role", "owner", "--as", "grace@example.com")

    assert (said.code, said.out) == (1, "")
    assert "above your own (manager)" in said.err
    assert "zoe@example.com" not in acme.type("members", "list").out
    [entry] = audit_lines(database_url, AuditEvent.REFUSED)
    assert (entry.actor_label, entry.via, entry.data) == ("grace", "cli", {"verb": "edit_members"})


def test_a_refusal_is_told_undone_and_written_down(acme: Terminal, database_url: str):
    acme.do(*ADD_ADA)

    said = acme.type("members", "add", "--email", "zoe@example.com", "--role", "member", "--as", "ada@example.com")

    entries = audit_lines(database_url, AuditEvent.REFUSED)
    assert (said.code, said.out) == (1, "")
    assert said.err == "tocsin: To edit members you need the role manager; yours is admin. Ask owner to grant it.\n"
    assert [(entry.actor_label, entry.data) for entry in entries] == [("ada", {"verb": "edit_members"})]
    assert len(acme.do("members", "list")) == 2


def test_a_role_that_does_not_exist_is_a_mistake_in_usage(acme: Terminal):
    said = acme.type("members", "add", "--email", "ada@example.com", "--role", "king")

    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert '"member", "admin", "manager", "owner"' in said.err


def test_another_role_for_a_member_is_refused_by_add_and_given_by_change_role(acme: Terminal):
    acme.do(*ADD_ADA)

    refused = acme.type("members", "add", "--email", "ada@example.com", "--role", "owner")
    changed = acme.do("members", "change-role", "--email", "ada@example.com", "--role", "owner")

    assert (refused.code, "with the role admin" in refused.err) == (1, True)
    assert changed["role"] == "owner"


def test_the_last_owner_cannot_go(acme: Terminal):
    for line in (("change-role", "--role", "member"), ("remove",)):
        said = acme.type("members", *line, "--email", "owner@example.com")
        assert (said.code, "last owner" in said.err) == (1, True)

    assert [line["role"] for line in acme.do("members", "list")] == ["owner"]


def test_somebody_removed_is_nobody_here_any_more(acme: Terminal):
    acme.do(*ADD_ADA)

    acme.do("members", "remove", "--email", "ada@example.com")

    said = acme.type("issues", "list", "--as", "ada@example.com")
    assert (said.code, "nobody with the e-mail" in said.err) == (1, True)


def test_an_owner_can_be_made_again_by_whoever_runs_the_server(acme: Terminal, database_url: str):
    acme.do("members", "add", "--email", "zoe@example.com", "--role", "owner")
    forget_owners(database_url)

    acme.do(*ADD_ADA)
    acme.do("members", "change-role", "--email", "ada@example.com", "--role", "owner")

    entry = audit_lines(database_url, AuditEvent.MEMBER_EDIT)[-1]
    assert (entry.actor_user_id, entry.actor_label) == (None, "The server's operator")


def forget_owners(url: str) -> None:
    database = Database.open(url)
    with write(database) as session:
        for user in session.scalars(select(User)):
            user.is_active = False
    database.close()


def test_with_two_organizations_one_must_be_named_and_each_keeps_its_people(acme: Terminal):
    other = [{"acme": "beta"}.get(token, token) for token in INIT]
    acme.do(*other)

    said = acme.type(*ADD_ADA)
    acme.do(*ADD_ADA, "--organization", "beta")

    assert (said.code, said.err) == (2, "tocsin: Say --organization: there are acme, beta.\n")
    assert [len(acme.do("members", "list", "--organization", one)) for one in ("acme", "beta")] == [1, 2]


@pytest.mark.parametrize("line", [("members", "list"), ADD_ADA, ("issues", "list"), ("deliveries", "list")])
def test_an_organization_that_does_not_exist_is_not_found(acme: Terminal, line):
    said = acme.type(*line, "--organization", "nowhere", "--json")

    assert (said.code, said.out, said.err) == (1, "", "tocsin: There is no organization 'nowhere'.\n")


def test_a_link_for_a_new_password_is_printed_where_no_mail_is_sent(acme: Terminal, database_url: str):
    acme.setting("BASE_URL", "https://bell.example.com")

    document = acme.do("members", "reset-password", "owner@example.com")

    assert document["email"] == "owner@example.com"
    assert re.fullmatch(r"https://bell\.example\.com/reset-password/[\w-]{43}/", document["link"])
    (entry,) = audit_lines(database_url, AuditEvent.PASSWORD_RESET)
    assert (entry.via, document["link"] in str(entry.data)) == ("cli", False)


def test_nobody_makes_a_link_for_somebody_above_their_own_role(acme: Terminal):
    acme.do("members", "add", "--email", "mona@example.com", "--role", "manager")

    refused = acme.type("members", "reset-password", "owner@example.com", "--as", "mona@example.com")

    assert (refused.code, refused.out) == (1, "")
