"""`tocsin accounts`: switching accounts off and on from a terminal."""

from tests.cli.terminal import Terminal


def test_an_account_is_switched_off_and_on_again(acme: Terminal):
    acme.do("members", "add", "--email", "ada@example.com")

    off = acme.do("accounts", "deactivate", "ada@example.com")
    listed = acme.do("accounts", "list")
    on = acme.do("accounts", "reactivate", "Ada@example.com")

    assert (off, on) == ({"email": "ada@example.com", "active": False}, {"email": "ada@example.com", "active": True})
    assert listed[0] == {"email": "ada@example.com", "name": "ada", "active": False, "organizations": ["acme"]}


def test_an_account_that_there_is_not_is_told(acme: Terminal):
    refused = acme.type("accounts", "deactivate", "nobody@example.com")

    assert (refused.code, "Nobody has an account" in refused.err) == (1, True)
