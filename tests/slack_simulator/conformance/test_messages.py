"""How messages behave in Slack: posting, threads, edits, deletion, metadata; by slack_sdk alone.

Pages: https://docs.slack.dev/reference/methods/chat.postMessage, chat.update, chat.delete, chat.postEphemeral,
conversations.history and conversations.replies.
"""

import json

import pytest
from slack_sdk.errors import SlackApiError

from tests.slack_simulator.conformance.rows import actions, button, section
from tests.slack_simulator.conftest import new_client

OPS = "C0OPS"
METADATA = {"event_type": "watch", "event_payload": {"d": "42"}}


def post(client, text="hi", **arguments):
    return client.chat_postMessage(channel=OPS, text=text, **arguments)


def test_a_post_answers_with_the_message_and_its_author(client):
    posted = post(client)

    shown = {name: posted["message"][name] for name in ("type", "user", "bot_id", "app_id", "team", "text")}
    assert shown == {
        "type": "message",
        "user": "U0BOT",
        "bot_id": "B0BOT",
        "app_id": "A0APP",
        "team": "T0ACME",
        "text": "hi",
    }


def test_each_ts_is_beyond_the_last(client):
    stamps = [post(client)["ts"] for _ in range(50)]

    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize("name", ["C0OPS", "#ops", "ops"])
def test_a_channel_is_found_by_id_and_by_name(client, name):
    posted = client.chat_postMessage(channel=name, text="hi")

    assert posted["channel"] == OPS


def test_a_renamed_channel_keeps_its_id(sim, client):
    sim.rename(OPS, "operations")

    posted = client.chat_postMessage(channel=OPS, text="hi")

    assert posted["channel"] == OPS


def test_a_post_to_a_person_goes_into_the_direct_conversation(sim, client):
    posted = client.chat_postMessage(channel="U0ADA", text="psst")

    assert posted["channel"].startswith("D")
    assert [message.text for message in sim.direct_messages("ada")] == ["psst"]


def test_a_public_channel_can_be_written_to_without_joining(client):
    posted = client.chat_postMessage(channel="C0RANDOM", text="hi")

    assert posted["ok"]


@pytest.mark.parametrize("by", ["json", "form"])
def test_blocks_travel_as_json_or_as_text_in_a_form(client, by):
    blocks = [section("from a form")]
    arguments = {"channel": OPS, "text": "hi"}

    if by == "json":
        posted = client.api_call("chat.postMessage", json=arguments | {"blocks": blocks})
    else:
        posted = client.api_call("chat.postMessage", data=arguments | {"blocks": json.dumps(blocks)})

    assert posted["message"]["blocks"][0]["text"]["text"] == "from a form"


def test_a_read_may_be_a_get(client):
    answer = client.api_call("conversations.info", http_verb="GET", params={"channel": OPS})

    assert answer["channel"]["name"] == "ops"


def test_missing_block_ids_are_filled_in(client):
    posted = post(client, blocks=[section(), section()])

    first, second = (block["block_id"] for block in posted["message"]["blocks"])
    assert first
    assert first != second


def test_text_beyond_40000_characters_is_cut(client):
    posted = post(client, "x" * 60_000)

    assert len(posted["message"]["text"]) == 40_000
    assert posted["response_metadata"]["warnings"] == ["message_truncated"]


def test_a_reply_hangs_below_its_parent(client):
    parent = post(client)

    reply = post(client, "reply", thread_ts=parent["ts"])

    assert reply["message"]["thread_ts"] == parent["ts"]


def test_a_reply_to_a_reply_hangs_below_the_root(client):
    parent = post(client)
    reply = post(client, "reply", thread_ts=parent["ts"])

    again = post(client, "again", thread_ts=reply["ts"])

    assert again["message"]["thread_ts"] == parent["ts"]


def test_a_reply_to_an_unknown_thread_silently_becomes_a_root(client):
    """https://github.com/slack-go/slack/issues/1571"""
    stray = post(client, "stray", thread_ts="1700000000.000100")

    assert stray["ok"]
    assert "thread_ts" not in stray["message"]


def test_a_reply_to_a_deleted_parent_silently_becomes_a_root(sim, client):
    """https://github.com/slack-go/slack/issues/1571"""
    parent = post(client)
    sim.delete_message(OPS, parent["ts"])

    stray = post(client, "stray", thread_ts=parent["ts"])

    assert "thread_ts" not in stray["message"]
    assert [message.text for message in sim.messages(OPS)] == ["stray"]


def test_a_float_as_thread_ts_is_taken_and_ignored(client):
    """https://github.com/slackapi/python-slack-sdk/issues/840"""
    parent = post(client)

    stray = post(client, "stray", thread_ts=float(parent["ts"]))

    assert stray["ok"]
    assert "thread_ts" not in stray["message"]


def test_a_broadcast_reply_stands_in_the_channel_too(client):
    parent = post(client)
    post(client, "for all", thread_ts=parent["ts"], reply_broadcast=True)

    history = client.conversations_history(channel=OPS)["messages"]

    assert [message["text"] for message in history] == ["for all", "hi"]


def test_a_parent_counts_its_replies(client):
    parent = post(client)
    last = [post(client, f"reply {n}", thread_ts=parent["ts"])["ts"] for n in range(3)][-1]

    shown = client.conversations_history(channel=OPS)["messages"][0]

    assert (shown["reply_count"], shown["latest_reply"], shown["reply_users"]) == (3, last, ["U0BOT"])


def test_an_edit_with_text_alone_takes_the_blocks_away(client):
    ts = post(client, blocks=[section()])["ts"]

    changed = client.chat_update(channel=OPS, ts=ts, text="only text")

    assert "blocks" not in changed["message"]


def test_an_edit_marks_the_message_only_when_its_text_changed(client):
    ts = post(client, blocks=[section("one")])["ts"]

    with pytest.warns(UserWarning, match="top-level `text` argument is missing"):
        changed = client.chat_update(channel=OPS, ts=ts, blocks=[section("two")])
    said = client.chat_update(channel=OPS, ts=ts, text="two")

    assert "edited" not in changed["message"]
    assert said["message"]["edited"]["user"] == "U0BOT"


def test_an_edit_keeps_metadata_unless_it_is_given(client):
    ts = post(client, metadata=METADATA)["ts"]

    client.chat_update(channel=OPS, ts=ts, text="changed")
    kept = client.conversations_history(channel=OPS, include_all_metadata=True)["messages"][0]
    client.chat_update(channel=OPS, ts=ts, text="changed", metadata={})
    gone = client.conversations_history(channel=OPS, include_all_metadata=True)["messages"][0]

    assert kept["metadata"] == METADATA
    assert "metadata" not in gone


def test_an_edit_keeps_attachments_unless_they_are_given(client):
    ts = post(client, attachments=[{"text": "more", "fallback": "more"}])["ts"]

    kept = client.chat_update(channel=OPS, ts=ts, text="changed")
    gone = client.chat_update(channel=OPS, ts=ts, text="changed", attachments=[])

    assert kept["message"]["attachments"][0]["text"] == "more"
    assert "attachments" not in gone["message"]


def test_a_deleted_message_is_gone_from_history(client):
    ts = post(client)["ts"]

    client.chat_delete(channel=OPS, ts=ts)

    assert client.conversations_history(channel=OPS)["messages"] == []


def test_a_deleted_parent_with_replies_leaves_a_tombstone(client):
    parent = post(client)
    post(client, "reply", thread_ts=parent["ts"])

    client.chat_delete(channel=OPS, ts=parent["ts"])

    thread = client.conversations_replies(channel=OPS, ts=parent["ts"])["messages"]
    assert [message.get("subtype") for message in thread] == ["tombstone", None]


def test_an_ephemeral_message_is_seen_by_one_person_and_in_no_history(sim, client):
    client.chat_postEphemeral(channel=OPS, user="U0ADA", text="psst")

    assert [message.text for message in sim.ephemerals(OPS, "ada")] == ["psst"]
    assert sim.ephemerals(OPS, "grace") == []
    assert client.conversations_history(channel=OPS)["messages"] == []


def test_an_ephemeral_message_carries_no_metadata(sim, client):
    client.chat_postEphemeral(channel=OPS, user="U0ADA", text="psst", metadata=METADATA)

    assert sim.ephemerals(OPS, "ada")[0].metadata is None


def test_a_permalink_names_workspace_channel_and_message(client):
    ts = post(client)["ts"]

    link = client.chat_getPermalink(channel=OPS, message_ts=ts)["permalink"]

    assert link == f"https://acme.slack.com/archives/C0OPS/p{ts.replace('.', '')}"


def test_the_permalink_of_a_reply_names_its_thread(client):
    parent = post(client)
    reply = post(client, "reply", thread_ts=parent["ts"])

    link = client.chat_getPermalink(channel=OPS, message_ts=reply["ts"])["permalink"]

    assert link.endswith(f"?thread_ts={parent['ts']}&cid=C0OPS")


def test_another_name_needs_its_scope(sim, client):
    named = post(client, username="Night watch")
    sim.set_scopes(["chat:write"])
    unnamed = post(client, username="Night watch")

    assert named["message"]["username"] == "Night watch"
    assert "username" not in unnamed["message"]


def test_a_scheduled_message_comes_when_its_time_has_come(sim, client):
    later = int(sim.now()) + 3_600
    client.chat_scheduleMessage(channel=OPS, post_at=later, text="later")

    before = sim.messages(OPS)
    sim.clock(advance=3_601)

    assert before == []
    assert sim.wait_for(lambda: sim.messages(OPS))[0].text == "later"


def test_a_scheduled_message_can_be_taken_back(sim, client):
    later = int(sim.now()) + 3_600
    scheduled = client.chat_scheduleMessage(channel=OPS, post_at=later, text="later")["scheduled_message_id"]

    listed = client.chat_scheduledMessages_list()["scheduled_messages"]
    client.chat_deleteScheduledMessage(channel=OPS, scheduled_message_id=scheduled)

    assert [each["id"] for each in listed] == [scheduled]
    assert client.chat_scheduledMessages_list()["scheduled_messages"] == []


def test_a_message_in_italics_is_a_message_too(sim, client):
    client.chat_meMessage(channel=OPS, text="waves")

    assert [(message.text, message.subtype) for message in sim.messages(OPS)] == [("waves", "me_message")]


@pytest.mark.parametrize("member", [True, False], ids=["member", "stranger"])
def test_the_channel_says_whether_the_bot_is_in_it(client, member):
    channel = client.conversations_info(channel=OPS if member else "C0RANDOM")["channel"]

    assert channel["is_member"] is member


def test_the_validator_needs_no_token_and_points_into_the_blocks(sim):
    """https://docs.slack.dev/reference/methods/blocks.validate"""
    anybody = new_client(sim, token=None)

    good = anybody.api_call("blocks.validate", json={"blocks": [section(), actions(button())]})
    with pytest.raises(SlackApiError, match="invalid_blocks") as refused:
        anybody.api_call("blocks.validate", json={"blocks": [section("x" * 3_001)]})

    problems = {(problem["code"], problem["pointer"]) for problem in refused.value.response["errors"]}
    assert good["ok"]
    assert ("failed_constraint", "/0/text/text") in problems
