"""`tocsin issues comment`, `merge` and `link`, and `tocsin channels`: what people say, and what is one problem."""

from collections.abc import Iterator

import pytest

from tests.cli.terminal import Terminal
from tests.support.acme import make_issue
from tocsin.kernel.db import Database
from tocsin.kernel.ids import ProjectId


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database.open(database_url)
    yield opened
    opened.close()


@pytest.fixture
def issue(acme: Terminal, database: Database) -> int:
    acme.do("members", "add", "--email", "ada@example.com", "--role", "member")
    return make_issue(database, ProjectId(1))


def test_a_comment_is_made_changed_and_taken_back(acme: Terminal, issue: int):
    said = acme.do("issues", "comment", issue, stdin="the cache\n")
    changed = acme.do("issues", "edit-comment", said["id"], "--text", "the clock")
    listed = acme.do("issues", "comments", issue)
    acme.do("issues", "remove-comment", said["id"])

    assert (said["text"], said["by"], changed["text"], listed) == ("the cache", "owner", "the clock", [changed])
    assert acme.do("issues", "comments", issue) == []


def test_a_member_does_not_change_what_others_said(acme: Terminal, issue: int):
    said = acme.do("issues", "comment", issue, "--text", "the cache")

    refused = acme.type("issues", "remove-comment", said["id"], "--as", "ada@example.com")

    assert (refused.code, acme.do("issues", "comments", issue)) == (1, [said])


def test_a_merged_issue_is_named_and_not_acted_on(acme: Terminal, issue: int, database: Database):
    other = make_issue(database, ProjectId(1))
    acme.do("issues", "merge", other, "--into", "WEB-1")

    said = acme.type("issues", "resolve", "WEB-2")

    assert (said.code, said.err) == (1, "tocsin: WEB-2 was merged into WEB-1: act on that one.\n")
    assert [line["id"] for line in acme.do("issues", "list")] == [issue]


def test_an_issue_is_linked_elsewhere_once(acme: Terminal, issue: int):
    url = "https://github.com/acme/shop/issues/12"
    acme.do("issues", "link", issue, url)

    again = acme.type("issues", "link", issue, url)
    acme.do("issues", "unlink", issue, url)

    assert (again.code, again.err) == (1, f"tocsin: WEB-1 is already linked to {url}.\n")


def test_comments_are_switched_on_and_off_for_a_channel(connected: Terminal):
    connected.do("channels", "comments", "on", "--channel", "#ops")
    on = connected.do("channels", "list")
    connected.do("channels", "comments", "off", "--channel", "C0OPS")

    assert (on, connected.do("channels", "list")) == ([{"channel": "C0OPS", "name": "ops"}], [])
