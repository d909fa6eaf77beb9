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
