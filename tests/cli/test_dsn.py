"""`tocsin dsn`: further keys, and switching one off and on."""

import pytest

from tests.cli.terminal import Terminal


def dsns(terminal: Terminal) -> dict[str, bool]:
    """Whether each key is on, by its label."""
    return {each["label"]: each["active"] for each in terminal.do("dsn", "list", "--project", "web")}


def test_a_dsn_is_replaced_without_a_gap(acme: Terminal) -> None:
    [old] = acme.do("dsn", "list", "--project", "web")
    new = acme.do("dsn", "add", "--project", "web", "--label", "browsers")
    both = dsns(acme)

    acme.do("dsn", "off", old["key"], "--project", "web")

    assert (both, dsns(acme)) == ({"Default": True, "browsers": True}, {"Default": False, "browsers": True})
    assert new["dsn"].split("//")[1].startswith(f"{new['key']}@")
    assert new["key"] != old["key"]


def test_what_was_switched_off_is_switched_on_again(acme: Terminal) -> None:
    [key] = acme.do("dsn", "list", "--project", "web")
    acme.do("dsn", "off", key["key"], "--project", "web")

    acme.do("dsn", "on", key["key"], "--project", "web")

    assert dsns(acme) == {"Default": True}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("off", "f" * 32, "--project", "web"), "has no key"),
        (("add", "--project", "web", "--label", " "), "what the key is for"),
        (("list", "--project", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(acme: Terminal, words: tuple[str, ...], said: str) -> None:
    answered = acme.type("dsn", *words)

    assert (answered.code != 0, said in answered.err) == (True, True)
    assert dsns(acme) == {"Default": True}


def test_switching_off_twice_is_told(acme: Terminal) -> None:
    [key] = acme.do("dsn", "list", "--project", "web")
    acme.do("dsn", "off", key["key"], "--project", "web")

    answered = acme.type("dsn", "off", key["key"], "--project", "web")

    assert (answered.code != 0, "off already" in answered.err) == (True, True)
