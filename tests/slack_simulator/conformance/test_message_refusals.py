"""What Slack refuses in chat.*, by slack_sdk alone."""

import pytest
from slack_sdk.errors import SlackApiError

from slack_simulator.config import ALL_BOT_SCOPES
from tests.slack_simulator.conformance.rows import (
    BLOCKS,
    METHODS,
    SCHEMA_ERRORS,
    Refusal,
    as_parameters,
    button,
    section,
    untouched,
)

POST, UPDATE, DELETE = METHODS + "chat.postMessage", METHODS + "chat.update", METHODS + "chat.delete"
EPHEMERAL, PERMALINK, UNFURL = METHODS + "chat.postEphemeral", METHODS + "chat.getPermalink", METHODS + "chat.unfurl"
SCHEDULE = METHODS + "chat.scheduleMessage"
METADATA = "https://docs.slack.dev/messaging/message-metadata"
MISSING_TS = "1700000000.000100"
OPS = {"channel": "C0OPS"}


def without(*scopes):
    return lambda sim: sim.set_scopes([scope for scope in ALL_BOT_SCOPES if scope not in scopes])


def posting(error, given=None, label="", source=POST, **arguments):
    arguments = OPS | {"text": "hi"} | arguments
    return Refusal(source, "chat_postMessage", arguments, error, given or untouched, label)


def with_blocks(blocks, label, source=BLOCKS):
    return posting("invalid_blocks", label=label, source=source, blocks=blocks)


WHERE = [
    posting("channel_not_found", channel="C0NOBODY", label="unknown id"),
    posting("channel_not_found", channel="#nobody", label="unknown name"),
    posting("channel_not_found", channel="C0HIDDEN", label="private without the bot"),
    posting("channel_not_found", channel="U0NOBODY", label="unknown person"),
    posting("channel_not_found", channel="", label="none"),
    posting("channel_not_found", lambda sim: sim.delete_channel("C0OPS"), label="deleted"),
    posting("channel_not_found", lambda sim: sim.change_channel_id("C0OPS"), label="id changed"),
    posting("is_archived", channel="C0OLD"),
    posting("is_archived", lambda sim: sim.archive("C0OPS"), label="archived since"),
    posting("not_in_channel", without("chat:write.public"), channel="C0RANDOM"),
    posting(
        "not_in_channel", lambda sim: (without("chat:write.public")(sim), sim.leave("C0OPS", "U0BOT")), label="kicked"
    ),
    posting("restricted_action", lambda sim: sim.restrict("C0OPS", "restricted_action")),
    posting(
        "restricted_action_read_only_channel", lambda sim: sim.restrict("C0OPS", "restricted_action_read_only_channel")
    ),
    posting(
        "restricted_action_thread_only_channel",
        lambda sim: sim.restrict("C0OPS", "restricted_action_thread_only_channel"),
    ),
    posting("user_disabled", channel="U0GONE", source=METHODS + "conversations.open"),
]

CONTENT = [
    posting("no_text", text=""),
    posting("no_text", text="   ", label="blank"),
    posting("markdown_text_conflict", markdown_text="*hi*", label="with text"),
    posting("markdown_text_conflict", text=None, markdown_text="hi", blocks=[section()], label="with blocks"),
    posting("msg_too_long", text=None, markdown_text="x" * 12_001, label="markdown"),
    posting("invalid_blocks_format", blocks="no json"),
    posting("invalid_blocks_format", blocks={"type": "section"}, label="an object"),
    posting("invalid_metadata_format", metadata="no json", source=METADATA),
    posting("invalid_metadata_schema", metadata={"event_type": "x"}, label="no payload", source=METADATA),
    posting("invalid_metadata_schema", metadata={"event_payload": {}}, label="no type", source=METADATA),
    posting("metadata_too_large", metadata={"event_type": "x", "event_payload": {"a": "x" * 20_000}}, source=METADATA),
    posting("too_many_attachments", attachments=[{"text": "x"}] * 101),
    posting("invalid_attachments", attachments="no json"),
    posting(
        "msg_blocks_too_long",
        blocks=[section("x" * 2_900)] * 5,
        source="https://github.com/slackapi/bolt-js/issues/2509",
    ),
    with_blocks([{"type": "bogus"}], "bogus block"),
    with_blocks([section()] * 51, "51 blocks"),
    with_blocks([section()] * 60, "60 blocks"),
    with_blocks([section("x" * 3_001)], "3 001 characters", SCHEMA_ERRORS),
    with_blocks([section("x" * 60_000)], "60 000 characters", SCHEMA_ERRORS),
    with_blocks([section(unknown=1)], "unknown key"),
    with_blocks([section("")], "empty text"),
    with_blocks([section(block_id="a"), section(block_id="a")], "block_id twice"),
    with_blocks(
        [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "long header", BLOCKS + "/header-block"
    ),
    with_blocks(
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "mrkdwn header", BLOCKS + "/header-block"
    ),
    with_blocks(
        [{"type": "actions", "elements": [button(f"b{n}") for n in range(26)]}], "26 buttons", BLOCKS + "/actions-block"
    ),
    with_blocks([{"type": "actions", "elements": []}], "no buttons", BLOCKS + "/actions-block"),
    with_blocks([{"type": "actions", "elements": [button(), button()]}], "action_id twice", BLOCKS + "/actions-block"),
    with_blocks(
        [{"type": "actions", "elements": [button(value="x" * 2_001)]}], "long value", BLOCKS + "/actions-block"
    ),
    with_blocks([{"type": "actions", "elements": [button(style="loud")]}], "unknown style", BLOCKS + "/actions-block"),
    with_blocks([{"type": "image", "image_url": "https://example.com/i.png"}], "no alt_text", BLOCKS + "/image-block"),
    with_blocks(
        [{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}],
        "11 in context",
        BLOCKS + "/context-block",
    ),
    with_blocks(
        [{"type": "input", "label": {"type": "mrkdwn", "text": "x"}, "element": {}}],
        "bad input",
        BLOCKS + "/input-block",
    ),
]

TOKENS = [
    posting("missing_scope", without("chat:write")),
    posting("token_revoked", lambda sim: sim.revoke_token(), source=METHODS + "auth.revoke"),
    posting("account_inactive", lambda sim: sim.uninstall(), source=METHODS + "apps.uninstall"),
    posting("token_expired", lambda sim: sim.revoke_token(because="token_expired"), source=METHODS + "oauth.v2.access"),
    posting("invalid_auth", lambda sim: sim.reinstall(new_token="xoxb-other"), label="wrong token"),
]

OTHERS = [
    Refusal(UPDATE, "chat_update", OPS | {"ts": MISSING_TS, "text": "x"}, "message_not_found"),
    Refusal(UPDATE, "chat_update", {"channel": "C0NOBODY", "ts": MISSING_TS, "text": "x"}, "channel_not_found"),
    Refusal(
        UPDATE, "chat_update", {"channel": "#ops", "ts": MISSING_TS, "text": "x"}, "channel_not_found", label="by name"
    ),
    Refusal(DELETE, "chat_delete", OPS | {"ts": MISSING_TS}, "message_not_found"),
    Refusal(DELETE, "chat_delete", {"channel": "C0HIDDEN", "ts": MISSING_TS}, "channel_not_found"),
    Refusal(EPHEMERAL, "chat_postEphemeral", OPS | {"user": "U0LINUS", "text": "x"}, "user_not_in_channel"),
    Refusal(EPHEMERAL, "chat_postEphemeral", OPS | {"user": "U0ADA", "text": ""}, "no_text"),
    Refusal(EPHEMERAL, "chat_postEphemeral", {"channel": "C0OLD", "user": "U0ADA", "text": "x"}, "is_archived"),
    Refusal(
        EPHEMERAL, "chat_postEphemeral", {"channel": "C0HIDDEN", "user": "U0ADA", "text": "x"}, "channel_not_found"
    ),
    Refusal(EPHEMERAL, "chat_postEphemeral", OPS | {"user": "U0ADA", "text": "x" * 40_001}, "msg_too_long"),
    Refusal(PERMALINK, "chat_getPermalink", OPS | {"message_ts": MISSING_TS}, "message_not_found"),
    Refusal(PERMALINK, "chat_getPermalink", {"channel": "C0NOBODY", "message_ts": MISSING_TS}, "channel_not_found"),
    Refusal(
        UNFURL,
        "chat_unfurl",
        OPS | {"ts": MISSING_TS, "unfurls": {"https://a.example": {"text": "x"}}},
        "cannot_find_message",
    ),
    Refusal(UNFURL, "chat_unfurl", {"channel": "C0HIDDEN", "ts": MISSING_TS, "unfurls": {}}, "cannot_find_channel"),
    Refusal(UNFURL, "chat_unfurl", {"unfurl_id": "x", "source": "composer", "unfurls": {}}, "invalid_unfurl_id"),
    Refusal(UNFURL, "chat_unfurl", {"unfurl_id": "x", "source": "elsewhere", "unfurls": {}}, "invalid_source"),
    Refusal(SCHEDULE, "chat_scheduleMessage", OPS | {"post_at": 1, "text": "x"}, "time_in_past"),
    Refusal(SCHEDULE, "chat_scheduleMessage", OPS | {"post_at": 9_999_999_999, "text": "x"}, "time_too_far"),
    Refusal(
        METHODS + "chat.deleteScheduledMessage",
        "chat_deleteScheduledMessage",
        OPS | {"scheduled_message_id": "Q1"},
        "invalid_scheduled_message_id",
    ),
]


@pytest.mark.filterwarnings("ignore:.*`text` argument is missing")
@pytest.mark.filterwarnings("ignore:.*`fallback` argument is missing")
@pytest.mark.parametrize("row", as_parameters(WHERE + CONTENT + TOKENS + OTHERS))
def test_slack_refuses(sim, client, row):
    row.given(sim)

    with pytest.raises(SlackApiError) as refused:
        getattr(client, row.method)(**row.arguments)

    assert refused.value.response["error"] == row.error
    assert sim.ledger.posted == []
