"""`tocsin policy`: what is told in threads."""

import pytest

from tests.cli.terminal import Terminal


def test_one_choice_changes_one_thing(acme: Terminal):
    before = acme.do("policy", "show")["policy"]

    after = acme.do("policy", "set", "assigned", "--user", "off")["policy"]

    assert before["assigned"] == {"user": True, "system": False}
    assert {name for name in after if after[name] != before[name]} == {"assigned"}
    assert after["assigned"] == {"user": False, "system": False}


def test_all_threads_can_be_switched_off_and_on(acme: Terminal):
    seen = [acme.do("policy", "threads", state)["threads"] for state in ("off", "off", "on")]

    assert seen == [False, False, True]


def test_the_table_shows_what_was_changed(acme: Terminal):
    acme.do("policy", "set", "regressed", "--system", "off")

    lines = acme.type("policy", "show").out.splitlines()

    assert [line.split() for line in lines if line.endswith("changed")] == [
        ["regressed", "told", "not", "told", "changed"]
    ]


@pytest.mark.parametrize("arguments", [("first_seen", "--user", "on"), ("nonsense", "--user", "on"), ("resolved",)])
def test_what_cannot_be_chosen_is_refused(acme: Terminal, arguments: tuple[str, ...]):
    said = acme.type("policy", "set", *arguments)

    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)


def test_a_member_is_refused(acme: Terminal):
    acme.do("members", "add", "--email", "ada@example.com", "--role", "member")

    said = acme.type("policy", "threads", "off", "--as", "ada@example.com")

    assert said.code == 1
    assert acme.do("policy", "show")["threads"]
