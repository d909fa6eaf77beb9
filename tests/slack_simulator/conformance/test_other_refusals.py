"""What Slack refuses outside chat.*: conversations, people, views, reactions, tokens; by slack_sdk alone."""

import pytest
from slack_sdk.errors import SlackApiError

from slack_simulator.config import ALL_BOT_SCOPES
from tests.slack_simulator.conformance.rows import (
    METHODS,
    Refusal,
    as_parameters,
    modal,
    plain,
    section,
    text_input,
    untouched,
)
from tests.slack_simulator.conftest import new_client

PAGING = "https://docs.slack.dev/apis/web-api/pagination"
RATE_LIMITS = "https://docs.slack.dev/apis/web-api/rate-limits"
VIEWS = "https://docs.slack.dev/reference/views/modal-views"
MISSING_TS = "1700000000.000100"
OPS, HIDDEN, NOBODY = {"channel": "C0OPS"}, {"channel": "C0HIDDEN"}, {"channel": "C0NOBODY"}


def row(method, error, label="", given=None, source=None, **arguments):
    page = source or METHODS + method
    return Refusal(page, method.replace(".", "_"), arguments, error, given or untouched, label)


def without(*scopes):
    return lambda sim: sim.set_scopes([scope for scope in ALL_BOT_SCOPES if scope not in scopes])


def said(sim):
    found = sim.messages("C0OPS")
    return found[0].ts if found else sim.say("C0OPS", "hi", user="ada").ts


READING = [
    row("conversations.history", "channel_not_found", **NOBODY),
    row("conversations.history", "channel_not_found", "private without the bot", **HIDDEN),
    row("conversations.history", "not_in_channel", channel="C0RANDOM"),
    row("conversations.history", "invalid_cursor", cursor="bogus", source=PAGING, **OPS),
    row("conversations.history", "invalid_limit", limit=-1, source=PAGING, **OPS),
    row("conversations.history", "invalid_ts_oldest", oldest="yesterday", **OPS),
    row("conversations.history", "invalid_ts_latest", latest="tomorrow", **OPS),
    row("conversations.history", "missing_scope", "public", without("channels:history"), **OPS),
    row("conversations.history", "missing_scope", "private", without("groups:history"), channel="C0SECRET"),
    row("conversations.replies", "thread_not_found", ts=MISSING_TS, **OPS),
    row("conversations.replies", "channel_not_found", ts=MISSING_TS, **NOBODY),
    row("conversations.replies", "not_in_channel", ts=MISSING_TS, channel="C0RANDOM"),
    row("conversations.info", "channel_not_found", **NOBODY),
    row("conversations.info", "channel_not_found", "private without the bot", **HIDDEN),
    row("conversations.info", "missing_scope", "private", without("groups:read"), channel="C0SECRET"),
    row("conversations.members", "channel_not_found", **HIDDEN),
    row("conversations.list", "invalid_types", types="public_channel,secret_channel"),
    row("conversations.list", "missing_scope", "private", without("groups:read"), types="private_channel"),
    row("conversations.list", "invalid_cursor", cursor="bm90aGluZzox", source=PAGING),
]

WRITING = [
    row("conversations.join", "channel_not_found", **HIDDEN),
    row("conversations.join", "is_archived", channel="C0OLD"),
    row("conversations.join", "method_not_supported_for_channel_type", channel="C0SECRET"),
    row("conversations.join", "missing_scope", "", without("channels:join"), channel="C0RANDOM"),
    row("conversations.open", "users_list_not_supplied", users=""),
    row("conversations.open", "user_not_found", users="U0NOBODY"),
    row("conversations.open", "user_disabled", users="U0GONE"),
    row("conversations.open", "too_many_users", users=",".join(f"U{n}" for n in range(9))),
    row("conversations.open", "missing_scope", "", without("im:write"), users="U0ADA"),
    row(
        "conversations.open",
        "invalid_user_combination",
        "stranger",
        lambda sim: sim.leave("C0SHARED", "U0OUTSIDE"),
        users="U0OUTSIDE",
    ),
    row("conversations.create", "name_taken", name="ops"),
    row("conversations.create", "invalid_name_specials", name="Not A Name"),
    row("conversations.create", "invalid_name_maxlength", name="x" * 81),
    row("conversations.invite", "already_in_channel", users="U0ADA", **OPS),
    row("conversations.invite", "cant_invite_self", users="U0BOT", **OPS),
    row("conversations.kick", "cant_kick_self", user="U0BOT", **OPS),
    row("conversations.kick", "not_in_channel", user="U0LINUS", **OPS),
    row("conversations.archive", "already_archived", channel="C0OLD"),
    row("conversations.archive", "cant_archive_general", channel="C0GENERAL"),
    row("conversations.unarchive", "not_archived", **OPS),
    row("conversations.rename", "not_authorized", name="other", **OPS),
    row("conversations.setTopic", "too_long", topic="x" * 251, **OPS),
    row("conversations.mark", "invalid_timestamp", ts=MISSING_TS, **OPS),
    row("conversations.close", "method_not_supported_for_channel_type", **OPS),
]

PEOPLE = [
    row("users.info", "user_not_found", user="U0NOBODY"),
    row("users.info", "user_not_visible", "stranger", lambda sim: sim.leave("C0SHARED", "U0OUTSIDE"), user="U0OUTSIDE"),
    row("users.info", "missing_scope", "", without("users:read"), user="U0ADA"),
    row("users.lookupByEmail", "users_not_found", "unknown", email="nobody@acme.example"),
    row("users.lookupByEmail", "users_not_found", "external", email="otto@partner.example"),
    row("users.lookupByEmail", "users_not_found", "deactivated", email="greta@acme.example"),
    row("users.lookupByEmail", "missing_scope", "", without("users:read.email"), email="ada@acme.example"),
    row("users.list", "invalid_cursor", cursor="bogus", source=PAGING),
    row("bots.info", "bot_not_found", bot="B0NOBODY"),
    row("team.info", "team_not_found", team="T0PARTNER"),
    row("usergroups.users.list", "no_such_subteam", usergroup="S0NOBODY"),
]

VIEW_ROWS = [
    row("views.open", "invalid_trigger_id", trigger_id="1.2.bogus", view=modal()),
    row(
        "views.open",
        "invalid_arguments",
        "no title",
        trigger_id="1.2.x",
        view={"type": "modal", "blocks": []},
        source=VIEWS,
    ),
    row(
        "views.open",
        "invalid_arguments",
        "long title",
        trigger_id="1.2.x",
        view=modal(title=plain("x" * 25)),
        source=VIEWS,
    ),
    row(
        "views.open",
        "invalid_arguments",
        "long metadata",
        trigger_id="1.2.x",
        view=modal(private_metadata="x" * 3_001),
        source=VIEWS,
    ),
    row(
        "views.open",
        "invalid_arguments",
        "101 blocks",
        trigger_id="1.2.x",
        view=modal(*[section()] * 101),
        source=VIEWS,
    ),
    row(
        "views.open",
        "invalid_arguments",
        "input without submit",
        trigger_id="1.2.x",
        view=modal(text_input(), submit=None),
        source=VIEWS,
    ),
    row("views.open", "invalid_arguments", "a home", trigger_id="1.2.x", view={"type": "home", "blocks": [section()]}),
    row("views.push", "invalid_trigger_id", trigger_id="1.2.bogus", view=modal()),
    row("views.update", "not_found", view_id="V0NOBODY", view=modal()),
    row("views.update", "not_found", "external id", external_id="nobody", view=modal()),
    row("views.publish", "user_not_found", user_id="U0NOBODY", view={"type": "home", "blocks": [section()]}),
    row("views.publish", "invalid_arguments", "a modal", user_id="U0ADA", view=modal()),
]

REACTIONS = [
    row("reactions.add", "message_not_found", name="eyes", timestamp=MISSING_TS, **OPS),
    row("reactions.add", "channel_not_found", name="eyes", timestamp=MISSING_TS, **HIDDEN),
    row("reactions.add", "invalid_name", name="no such name!", timestamp=MISSING_TS, **OPS),
    row("reactions.add", "bad_timestamp", name="eyes", timestamp="yesterday", **OPS),
    row("reactions.remove", "message_not_found", name="eyes", timestamp=MISSING_TS, **OPS),
    row("reactions.add", "missing_scope", "", without("reactions:write"), name="eyes", timestamp=MISSING_TS, **OPS),
]

TOKENS = [
    Refusal(METHODS + "auth.test", "auth_test", {}, "token_revoked", lambda sim: sim.revoke_token()),
    Refusal(METHODS + "auth.test", "auth_test", {}, "account_inactive", lambda sim: sim.uninstall()),
    Refusal(METHODS + "auth.test", "auth_test", {"token": "xoxb-wrong"}, "invalid_auth"),
    Refusal(METHODS + "auth.test", "auth_test", {"token": "xapp-example"}, "not_allowed_token_type"),
    Refusal(
        METHODS + "apps.uninstall", "apps_uninstall", {"client_id": "9", "client_secret": "x"}, "invalid_client_id"
    ),
    Refusal(
        METHODS + "apps.uninstall",
        "apps_uninstall",
        {"client_id": "1111.2222", "client_secret": "x"},
        "bad_client_secret",
    ),
]


@pytest.mark.parametrize("row", as_parameters(READING + WRITING + PEOPLE + VIEW_ROWS + REACTIONS + TOKENS))
def test_slack_refuses(sim, client, row):
    row.given(sim)

    with pytest.raises(SlackApiError) as refused:
        getattr(client, row.method)(**row.arguments)

    assert refused.value.response["error"] == row.error


def test_a_method_that_does_not_exist_is_unknown(client):
    with pytest.raises(SlackApiError) as refused:
        client.api_call("chat.shout")

    assert refused.value.response["error"] == "unknown_method"


def test_a_call_without_a_token_is_not_authed(sim):
    with pytest.raises(SlackApiError) as refused:
        new_client(sim, token=None).auth_test()

    assert refused.value.response["error"] == "not_authed"


def test_a_missing_scope_is_named_with_those_there_are(sim, client):
    sim.set_scopes(["users:read"])

    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel="C0OPS", text="hi")

    assert (refused.value.response["needed"], refused.value.response["provided"]) == ("chat:write", "users:read")


def test_a_second_reaction_of_the_same_kind_is_refused(sim, client):
    ts = said(sim)
    client.reactions_add(channel="C0OPS", name="eyes", timestamp=ts)

    with pytest.raises(SlackApiError) as refused:
        client.reactions_add(channel="C0OPS", name="eyes", timestamp=ts)

    assert refused.value.response["error"] == "already_reacted"


def test_somebody_elses_message_cannot_be_changed(sim, client):
    ts = said(sim)

    with pytest.raises(SlackApiError) as refused:
        client.chat_update(channel="C0OPS", ts=ts, text="mine now")

    assert refused.value.response["error"] == "cant_update_message"


def test_somebody_elses_message_cannot_be_deleted(sim, client):
    ts = said(sim)

    with pytest.raises(SlackApiError) as refused:
        client.chat_delete(channel="C0OPS", ts=ts)

    assert refused.value.response["error"] == "cant_delete_message"


def test_an_edit_may_not_exceed_4000_characters(client):
    ts = client.chat_postMessage(channel="C0OPS", text="short")["ts"]

    with pytest.raises(SlackApiError) as refused:
        client.chat_update(channel="C0OPS", ts=ts, text="x" * 4_001)

    assert refused.value.response["error"] == "msg_too_long"


def test_a_message_in_an_archived_channel_can_no_longer_be_changed(sim, client):
    ts = client.chat_postMessage(channel="C0OPS", text="before")["ts"]
    sim.archive("C0OPS")

    with pytest.raises(SlackApiError) as refused:
        client.chat_update(channel="C0OPS", ts=ts, text="after")

    assert refused.value.response["error"] == "is_inactive"


def test_refused_blocks_are_named_by_pointer(client):
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel="C0OPS", text="hi", blocks=[section("x" * 3_001)])

    assert "must be less than 3001 characters [json-pointer:/blocks/0/text/text]" in refused.value.response["errors"]
    assert refused.value.response["response_metadata"]["messages"][0].startswith("[ERROR] ")


def test_a_locked_thread_takes_no_reply(sim, client):
    ts = client.chat_postMessage(channel="C0OPS", text="parent")["ts"]
    sim.lock_thread("C0OPS", ts)

    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel="C0OPS", text="reply", thread_ts=ts)

    assert refused.value.response["error"] == "restricted_action_thread_locked"


def test_a_channel_without_threads_takes_no_reply(sim, client):
    ts = client.chat_postMessage(channel="C0OPS", text="parent")["ts"]
    sim.restrict("C0OPS", "restricted_action_non_threadable_channel")

    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel="C0OPS", text="reply", thread_ts=ts)

    assert refused.value.response["error"] == "restricted_action_non_threadable_channel"


def test_a_view_with_somebody_elses_hash_is_a_conflict(client):
    first = client.views_publish(user_id="U0ADA", view={"type": "home", "blocks": [section("one")]})
    client.views_publish(user_id="U0ADA", view={"type": "home", "blocks": [section("two")]})

    with pytest.raises(SlackApiError) as refused:
        client.views_publish(
            user_id="U0ADA", hash=first["view"]["hash"], view={"type": "home", "blocks": [section("three")]}
        )

    assert refused.value.response["error"] == "hash_conflict"
