"""`tocsin teams`: teams and their channels from a terminal."""

import pytest

from tests.cli.terminal import Terminal


@pytest.fixture
def with_team(connected: Terminal) -> Terminal:
    """A terminal whose organization has the team `pay`, a member in it, and a workspace."""
    connected.do("members", "add", "--email", "ada@example.com", "--team", "pay")
    return connected


def test_a_team_is_linked_and_parted(with_team: Terminal):
    linked = with_team.do("teams", "link", "#pay", "--channel", "#ops")
    listed = with_team.do("teams", "list")
    parted = with_team.do("teams", "unlink", "pay")

    assert linked == {"team": "pay", "workspace": "T0ACME", "channel": "C0OPS"}
    assert listed[0]["channels"] == [{"workspace": "Acme", "channel": "C0OPS", "name": "ops"}]
    assert parted["channel"] is None
    assert with_team.do("teams", "list")[0]["channels"] == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (("pay", "--channel", "#ops", "--as", "ada@example.com"), "you need the role admin"),
        (("spies", "--channel", "#ops"), "no team 'spies'"),
        (("pay", "--channel", "#random"), "/invite @Tocsin"),
        (("pay", "--channel", "#nowhere"), "no channel #nowhere"),
    ],
    ids=["a member", "no such team", "the app is not there", "no such channel"],
)
def test_what_cannot_be_linked_is_refused_with_a_reason(with_team: Terminal, line: tuple[str, ...], words: str):
    refused = with_team.type("teams", "link", *line)

    assert (refused.code, refused.out, words in refused.err) == (1, "", True)


def test_a_team_is_made_filled_renamed_and_deleted(acme: Terminal):
    acme.do("members", "add", "--email", "ada@example.com")
    acme.do("teams", "add", "pay")
    joined = acme.do("teams", "join", "#pay", "--email", "ada@example.com")
    renamed = acme.do("teams", "rename", "pay", "--slug", "payments", "--name", "Payments")
    listed = acme.do("teams", "list")
    acme.do("teams", "leave", "payments", "--email", "ada@example.com")
    emptied = acme.do("teams", "list")[0]["members"]
    deleted = acme.do("teams", "delete", "payments", "--yes")

    assert joined == {"team": "pay", "email": "ada@example.com", "in_team": True}
    assert renamed == {"team": "payments", "name": "Payments"}
    assert listed == [
        {"team": "payments", "name": "Payments", "members": ["ada@example.com"], "projects": [], "channels": []}
    ]
    assert (emptied, deleted["deleted"], acme.do("teams", "list")) == ([], True, [])


def test_a_team_is_not_deleted_before_somebody_who_was_told_what_ends_says_so(acme: Terminal):
    acme.do("members", "add", "--email", "ada@example.com", "--team", "pay")

    refused = acme.type("teams", "delete", "pay")

    assert (refused.code, "members in it: 1" in refused.err) == (2, True)
    assert len(acme.do("teams", "list")) == 1
