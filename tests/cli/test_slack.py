"""`tocsin slack`, `identities` and `rules`: what a terminal asks of Slack, and what it keeps."""

import pytest
from sqlalchemy import select

from slack_simulator.running import Simulator
from tests.cli.conftest import INIT
from tests.cli.terminal import Terminal
from tests.support.acme import NOW
from tocsin.chat.models import Integration, OrganizationIntegration
from tocsin.deliveries.mail import MAIL
from tocsin.deliveries.models import Delivery
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import OrganizationId
from tocsin.rules.conditions import CONDITIONS, word_of

CONNECT = ("slack", "connect", "--bot-token", "xoxb-example-bot", "--signing-secret", "example-signing-secret")
ADD_RULE = ("rules", "add", "--project", "web", "--when", "first_seen", "--channel")


def test_connecting_asks_slack_whose_token_it_is(acme: Terminal, slack: Simulator):
    document = acme.do(*CONNECT)

    assert (document["organization"], document["workspace"], document["bot_user"]) == ("acme", "T0ACME", "U0BOT")
    assert len(slack.calls("auth.test")) == 1
    assert [line["workspace"] for line in acme.do("slack", "list")] == ["T0ACME"]


@pytest.mark.usefixtures("slack")
def test_connecting_again_is_the_same_workspace(acme: Terminal):
    documents = [acme.do(*CONNECT) for _ in range(2)]

    assert documents[0] == documents[1]
    assert len(acme.do("slack", "list")) == 1


def test_a_workspace_is_disconnected_only_by_whoever_says_that_they_mean_it(connected: Terminal):
    asked = connected.type("slack", "disconnect", "T0ACME")

    document = connected.do("slack", "disconnect", "T0ACME", "--yes")

    assert (asked.code, "--yes" in asked.err) == (2, True)
    assert (document["workspace"], document["connected"]) == ("T0ACME", False)
    assert "disconnected" in connected.type("slack", "list").out


@pytest.mark.usefixtures("slack")
def test_secrets_can_come_from_the_environment_which_no_list_of_processes_shows(acme: Terminal):
    acme.setting("SLACK_BOT_TOKEN", "xoxb-example-bot")
    acme.setting("SLACK_SIGNING_SECRET", "example-signing-secret")

    assert acme.do("slack", "connect")["workspace"] == "T0ACME"


NEW_SECRET = (*CONNECT[:-1], "another-signing-secret")


@pytest.mark.usefixtures("slack")
def test_until_when_the_signing_secret_before_is_accepted_is_said_wherever_one_looks(acme: Terminal):
    acme.do(*CONNECT)

    said = [acme.type(*line) for line in (NEW_SECRET, ("slack", "list"), ("doctor",))]

    assert [" is accepted until 2" in each.out for each in said] == [True, True, True]
    assert [each for each in said if "signing-secret" in each.out] == []


@pytest.mark.usefixtures("slack")
def test_a_signing_secret_that_was_leaked_ends_at_once_even_when_that_is_said_later(acme: Terminal):
    acme.do(*CONNECT)
    acme.do(*NEW_SECRET)
    before = acme.do("slack", "list")[0]["old_secret_until"]

    document = acme.do(*NEW_SECRET, "--old-secret-leaked")

    assert (before is not None, document["old_secret_until"]) == (True, None)


@pytest.mark.usefixtures("slack")
def test_a_token_that_slack_does_not_know_is_refused_and_never_repeated(acme: Terminal):
    said = acme.type("slack", "connect", "--bot-token", "xoxb-wrong", "--signing-secret", "hidden", "--json")

    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert "invalid_auth" in said.err
    assert "xoxb-wrong" not in said.err
    assert acme.do("slack", "list") == []


def test_a_missing_secret_is_a_mistake_in_usage(acme: Terminal):
    said = acme.type("slack", "connect", "--bot-token", "xoxb-example-bot")

    assert (said.code, "--signing-secret" in said.err) == (2, True)


@pytest.mark.parametrize("line", [CONNECT, (*ADD_RULE, "C0OPS")], ids=["connect", "rules add"])
def test_a_slack_that_does_not_answer_is_exit_code_3(connected: Terminal, line: tuple[str, ...]):
    connected.setting("SLACK_API_URL", "http://127.0.0.1:1/api/")

    said = connected.type(*line, "--json")

    assert (said.code, said.out, said.err.count("\n")) == (3, "", 1)


def test_an_admin_may_not_connect_a_workspace_and_slack_is_not_even_asked(acme: Terminal, slack: Simulator):
    acme.do("members", "add", "--email", "ada@example.com", "--role", "admin")

    said = acme.type(*CONNECT, "--as", "ada@example.com")

    assert (said.code, "you need the role manager" in said.err) == (1, True)
    assert slack.calls("auth.test") == []


def test_a_slack_user_is_linked_to_a_member(connected: Terminal):
    document = connected.do("identities", "link", "--email", "Owner@example.com", "--slack-user", "U0ADA")

    assert document == {"workspace": "T0ACME", "slack_user": "U0ADA", "email": "owner@example.com"}
    assert connected.do("identities", "list") == [document]


def test_a_link_that_stands_is_moved_only_when_asked_to(connected: Terminal):
    connected.do("members", "add", "--email", "ada@example.com", "--role", "member")
    line = ("identities", "link", "--slack-user", "U0ADA", "--email")
    connected.do(*line, "owner@example.com")

    refused = connected.type(*line, "ada@example.com")
    connected.do(*line, "ada@example.com", "--replace")

    assert (refused.code, "linked to another account" in refused.err) == (1, True)
    assert [one["email"] for one in connected.do("identities", "list")] == ["ada@example.com"]


def mailed(terminal: Terminal) -> None:
    """A mail server is set; nothing is sent to it by a verb."""
    terminal.setting("SMTP_HOST", "127.0.0.1")
    terminal.setting("SMTP_FROM", "tocsin@example.com")


def told(url: str) -> set[tuple[str, str]]:
    """Who is to be told of what: in Slack the first words that tell them apart, by mail the letter."""
    database = Database.open(url)
    with read(database) as session:
        planned = session.scalars(select(Delivery).order_by(Delivery.id)).all()
    database.close()
    slack = {(one.recipient, one.body["text"].partition(".com")[0]) for one in planned if one.recipient is not None}
    return slack | {(one.body["to"], one.kind) for one in planned if one.platform == MAIL}


def test_both_ends_hear_of_a_link_that_was_made_at_a_terminal(connected: Terminal, database_url: str):
    mailed(connected)

    for _ in range(2):
        connected.do("identities", "link", "--email", "owner@example.com", "--slack-user", "U0ADA")

    assert told(database_url) == {
        ("U0ADA", "From now on, what you press on Tocsin's cards here is done as owner@example"),
        ("owner@example.com", "identity_linked"),
    }


def test_who_loses_a_link_to_another_at_a_terminal_hears_of_it(connected: Terminal, database_url: str):
    connected.do("members", "add", "--email", "ada@example.com", "--role", "member")
    connected.do("identities", "link", "--email", "owner@example.com", "--slack-user", "U0ADA")
    mailed(connected)

    connected.do("identities", "link", "--email", "ada@example.com", "--slack-user", "U0ADA", "--replace")

    assert {one for one in told(database_url) if one[0] != "U0ADA"} == {
        ("ada@example.com", "identity_linked"),
        ("owner@example.com", "identity_moved"),
    }


def test_both_ends_hear_of_a_link_that_was_undone_at_a_terminal(connected: Terminal, database_url: str):
    connected.do("identities", "link", "--email", "owner@example.com", "--slack-user", "U0ADA")
    mailed(connected)

    connected.do("identities", "unlink", "--slack-user", "U0ADA")

    assert told(database_url) >= {
        ("U0ADA", "This Slack account is no longer linked to owner@example"),
        ("owner@example.com", "identity_parted"),
    }


def test_a_link_is_undone(connected: Terminal):
    connected.do("identities", "link", "--email", "owner@example.com", "--slack-user", "U0ADA")

    connected.do("identities", "unlink", "--slack-user", "U0ADA")
    again = connected.type("identities", "unlink", "--slack-user", "U0ADA")

    assert (connected.do("identities", "list"), again.code) == ([], 1)


@pytest.mark.parametrize(
    ("email", "slack_user", "code"),
    [("nobody@example.com", "U0ADA", 1), ("owner@example.com", "ada", 2), ("owner@example.com", "C0OPS", 2)],
)
def test_a_link_needs_a_member_and_a_slack_user(connected: Terminal, email: str, slack_user: str, code: int):
    said = connected.type("identities", "link", "--email", email, "--slack-user", slack_user, "--json")

    assert (said.code, said.out) == (code, "")


def test_without_a_workspace_links_and_rules_say_what_comes_first(acme: Terminal):
    for line in (
        ("identities", "link", "--email", "owner@example.com", "--slack-user", "U0ADA"),
        (*ADD_RULE, "C0OPS"),
    ):
        said = acme.type(*line)
        assert (said.code, "`tocsin slack connect`" in said.err) == (1, True)


@pytest.mark.parametrize("channel", ["C0OPS", "#ops", "ops"])
def test_a_rule_tells_in_the_channel_that_was_named(connected: Terminal, channel: str):
    document = connected.do(*ADD_RULE, channel, "--when", "regressed")

    assert document == {
        "id": 1,
        "project": "web",
        "name": "first seen or regressed → #ops",
        "words": "When an issue is seen for the first time, or a resolved issue comes back",
        "when": ["first_seen", "regressed"],
        "match": "any",
        "filters": [],
        "filter_match": "all",
        "interval_minutes": None,
        "channels": ["C0OPS"],
        "repeat": "thread",
        "new_card_after": "resolve",
        "active": True,
    }
    assert connected.do("rules", "list", "--project", "web") == [document]


def test_a_rule_is_changed_in_place_and_what_is_not_named_stays(connected: Terminal):
    before = connected.do(*ADD_RULE, "#ops")

    moved = connected.do("rules", "edit", 1, "--channel", "#general", "--repeat", "update_only")
    after = connected.do("rules", "edit", 1, "--new-card-after", "30", "--active", "off")

    assert moved == before | {"name": "first seen → #general", "channels": ["C0GENERAL"], "repeat": "update_only"}
    assert after == moved | {"new_card_after": 30, "active": False}


def test_a_rule_that_counts_is_made_changed_and_said_in_words(connected: Terminal):
    add = (*ADD_RULE[:4], "--channel", "#ops", "--when", "seen_more_than:100:1h", "--interval-minutes", 60)
    made = connected.do(*add, "--filter", "level at least error", "--filter", "customer is set")

    changed = connected.do("rules", "edit", made["id"], "--filter", "none", "--interval-minutes", 0)

    assert made["words"] == (
        "When an issue is seen more than 100 times in an hour; if level at least error, and customer is set; "
        "at most every hour for an issue"
    )
    assert changed["words"] == "When an issue is seen more than 100 times in an hour"
    assert connected.do("rules", "history", made["id"]) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("--new-card-after", "sometimes"), 2),
        (("--repeat", "shout"), 2),
        (("--workspace", "T0ACME"), 2),
        (("--channel", "C0OLD"), 1),
    ],
)
def test_a_change_that_cannot_be_leaves_the_rule_as_it_was(connected: Terminal, change: tuple[str, ...], code: int):
    before = connected.do(*ADD_RULE, "#ops")

    said = connected.type("rules", "edit", 1, *change)

    assert (said.code, connected.do("rules", "list", "--project", "web")) == (code, [before])


@pytest.mark.parametrize(
    ("channel", "reason"), [("C0OLD", "archived"), ("C0HIDDEN", "invite"), ("C0NOWHERE", "no channel"), ("#x", "no")]
)
def test_a_channel_in_which_nothing_can_be_said_is_refused(connected: Terminal, channel: str, reason: str):
    said = connected.type(*ADD_RULE, channel, "--json")

    assert (said.code, said.out, reason in said.err) == (1, "", True)
    assert connected.do("rules", "list", "--project", "web") == []


def test_a_channel_shared_with_another_company_is_taken_with_a_warning(connected: Terminal):
    said = connected.type(*ADD_RULE, "C0SHARED", "--json")

    assert (said.code, said.document["channels"]) == (0, ["C0SHARED"])
    assert "people of other companies" in said.err


def test_an_app_that_may_not_look_around_is_believed_an_id_but_no_name(connected: Terminal, slack: Simulator):
    slack.set_scopes(["chat:write"])

    believed = connected.type(*ADD_RULE, "C0OPS", "--json")
    refused = connected.type(*ADD_RULE, "#ops", "--json")

    assert (believed.code, believed.document["channels"], "could not be looked up" in believed.err) == (
        0,
        ["C0OPS"],
        True,
    )
    assert (refused.code, refused.out) == (1, "")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (("rules", "add", "--project", "web", "--channel", "C0OPS"), 2),
        (("rules", "add", "--project", "web", "--channel", "C0OPS", "--when", "never"), 2),
        (("rules", "add", "--project", "nowhere", "--channel", "C0OPS", "--when", "first_seen"), 1),
        (("rules", "remove", "99"), 1),
    ],
)
def test_a_rule_that_cannot_be_is_not_made(connected: Terminal, line: tuple[str, ...], code: int):
    said = connected.type(*line, "--json")

    assert (said.code, said.out) == (code, "")


def test_a_member_may_not_make_rules(connected: Terminal):
    connected.do("members", "add", "--email", "ada@example.com", "--role", "member")

    said = connected.type(*ADD_RULE, "C0OPS", "--as", "ada@example.com")

    assert (said.code, "you need the role admin" in said.err) == (1, True)


def test_a_removed_rule_is_gone_and_one_of_another_organization_is_not_there(connected: Terminal):
    connected.do(*ADD_RULE, "C0OPS")
    connected.do(*[{"acme": "beta"}.get(token, token) for token in INIT])

    foreign = connected.type("rules", "remove", "1", "--organization", "beta")
    connected.do("rules", "remove", "1", "--organization", "acme")

    assert (foreign.code, connected.do("rules", "list", "--project", "web", "--organization", "acme")) == (1, [])


def test_the_words_of_when_are_the_conditions_that_there_are(connected: Terminal):
    words = [word_of(condition()) for condition in CONDITIONS.values()]

    document = connected.do(*ADD_RULE, "C0OPS", *(token for word in words for token in ("--when", word)))

    assert document["when"] == words


def test_with_two_workspaces_one_must_be_named(connected: Terminal, database_url: str):
    add_second_workspace(database_url)

    said = connected.type(*ADD_RULE, "C0OPS")
    named = [connected.do(*ADD_RULE, "C0OPS", "--workspace", name)["id"] for name in ("T0ACME", "Acme")]

    assert said.code == 2
    assert "--workspace" in said.err
    assert named == [1, 2]


def add_second_workspace(url: str) -> None:
    database = Database.open(url)
    with write(database) as session:
        second = Integration(
            external_id="T0SECOND", name="Second", sealed_bot_token="", sealed_signing_secret="", created_at=NOW
        )
        session.add(second)
        session.flush()
        session.add(
            OrganizationIntegration(organization_id=OrganizationId(1), integration_id=second.id, created_at=NOW)
        )
    database.close()
