"""`tocsin members`: who is on their way in, from a terminal."""

import pytest

from tests.cli.terminal import Terminal

HEDY = ("--email", "Hedy@example.com")


@pytest.fixture
def staffed(acme: Terminal) -> Terminal:
    """Acme with a manager and a plain member beside its owner."""
    for name, role in (("mona", "manager"), ("ada", "member")):
        acme.do("members", "add", "--email", f"{name}@example.com", "--role", role)
    return acme


def test_an_invitation_without_mail_gives_a_link_to_pass_on(staffed: Terminal):
    said = staffed.do("members", "invite", *HEDY, "--role", "admin")

    assert said["link"].startswith("http://127.0.0.1:8000/invitation/")
    assert said | {"link": None} == {
        "organization": "acme",
        "email": "hedy@example.com",
        "role": "admin",
        "status": "approved",
        "link": None,
    }


def test_with_a_mail_server_the_link_is_shown_to_nobody(staffed: Terminal):
    staffed.setting("SMTP_HOST", "127.0.0.1")
    staffed.setting("SMTP_FROM", "tocsin@example.com")

    assert staffed.do("members", "invite", *HEDY)["link"] is None


def test_a_plain_member_asks_and_a_manager_approves(staffed: Terminal):
    asked = staffed.do("members", "invite", *HEDY, "--as", "ada@example.com")

    approved = staffed.do("members", "approve", *HEDY, "--as", "mona@example.com")

    assert (asked["status"], asked["link"]) == ("requested_to_be_invited", None)
    assert (approved["status"], approved["link"] is None) == ("approved", False)


def test_a_request_that_was_rejected_is_no_longer_listed(staffed: Terminal):
    staffed.do("members", "invite", *HEDY, "--as", "ada@example.com")

    staffed.do("members", "reject", *HEDY)

    assert staffed.do("members", "invitations") == []
    assert "Nobody with the e-mail" in staffed.type("members", "approve", *HEDY).err


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_a_plain_member_decides_nothing(staffed: Terminal, verb: str):
    staffed.do("members", "invite", *HEDY, "--as", "ada@example.com")

    said = staffed.type("members", verb, *HEDY, "--as", "ada@example.com")

    assert said.code == 1
    assert "you need the role manager" in said.err


@pytest.mark.parametrize("verb", ["link", "resend"])
def test_a_new_link_is_another_one(staffed: Terminal, verb: str):
    first = staffed.do("members", "invite", *HEDY)["link"]

    assert staffed.do("members", verb, *HEDY)["link"] not in {None, first}


def test_an_invitation_is_taken_back(staffed: Terminal):
    staffed.do("members", "invite", *HEDY)

    assert staffed.do("members", "revoke", *HEDY)["status"] == "revoked"


def test_what_waits_is_listed_with_who_asked(staffed: Terminal):
    staffed.do("members", "invite", *HEDY, "--as", "ada@example.com")

    said = staffed.type("members", "invitations")

    assert said.out.splitlines()[1].split() == [
        *["hedy@example.com", "member", "-", "requested", "to", "be", "invited"],
        *["ada", "-", "no", "mail"],
    ]


def test_a_place_is_switched_off_and_on(staffed: Terminal):
    off = staffed.do("members", "deactivate", "--email", "ada@example.com")["active"]
    on = staffed.do("members", "reactivate", "--email", "ada@example.com")["active"]

    assert (off, on) == (False, True)


def test_asking_to_join_is_switched_on(staffed: Terminal):
    assert staffed.do("members", "join-requests", "on") == {"organization": "acme", "join_requests": "on"}
    assert staffed.type("members", "join-requests", "perhaps").code == 2
