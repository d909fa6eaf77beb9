"""Whatever an app sends, the simulator answers as Slack: with an error name, never with a crash."""

import asyncio
import json
from typing import Any
from urllib.request import Request, urlopen

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slack_simulator.config import example_config
from slack_simulator.engine import Engine
from slack_simulator.facts import method_facts
from slack_simulator.web_api import Answer, perform
from tests.slack_simulator.conformance.rows import modal, section
from tests.slack_simulator.conftest import TOKEN

NAMES = [
    "attachments",
    "blocks",
    "channel",
    "cursor",
    "email",
    "external_id",
    "hash",
    "inclusive",
    "latest",
    "limit",
    "markdown_text",
    "message",
    "message_ts",
    "metadata",
    "name",
    "oldest",
    "post_at",
    "purpose",
    "reply_broadcast",
    "scheduled_message_id",
    "source",
    "text",
    "thread_ts",
    "timestamp",
    "topic",
    "trigger_id",
    "ts",
    "types",
    "unfurl_id",
    "unfurls",
    "user",
    "user_id",
    "usergroup",
    "users",
    "view",
    "view_id",
]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
# Values that get past the first check and so reach the next.
PLAUSIBLE = st.sampled_from(
    ["C0OPS", "#ops", "U0ADA", "C0SECRET", "1700000000.000100", "eyes", "public_channel", "15", [section()], modal()]
)
ARGUMENTS = st.dictionaries(st.sampled_from(NAMES), PLAUSIBLE | ANY_JSON, max_size=8)


def perform_all(calls: list[tuple[str, dict[str, Any]]]) -> list[Answer]:
    """Run the calls one after the other against a new example company."""

    async def run() -> list[Answer]:
        engine = Engine(msgspec.structs.replace(example_config(), limits=False))
        answers = [perform(engine, method, arguments, TOKEN) for method, arguments in calls]
        await engine.stop()
        return answers

    return asyncio.run(run())


@settings(max_examples=150)
@given(calls=st.lists(st.tuples(st.sampled_from(sorted(method_facts())), ARGUMENTS), min_size=1, max_size=8))
def test_every_call_is_answered_with_ok_or_the_name_of_an_error(calls):
    answers = perform_all(calls)

    for answer in answers:
        assert answer.status == 200
        assert answer.body["ok"] is True or answer.body["error"]
        json.dumps(answer.body)


@settings(max_examples=150)
@given(text=st.text(), arguments=ARGUMENTS)
def test_any_text_can_be_posted_and_read_back(text, arguments):
    posting = {"channel": "C0OPS", "text": text or "x", "thread_ts": arguments.get("thread_ts")}

    posted, read = perform_all([("chat.postMessage", posting), ("conversations.history", {"channel": "C0OPS"})])

    expected = [] if posted.body.get("error") == "no_text" else [posting["text"]]
    assert [message["text"] for message in read.body["messages"]] == expected


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"{", "invalid_json"),
        (b"[]", "json_not_object"),
        (b'{"channel": NaN}', "invalid_json"),
        (b"[" * 100_000, "invalid_json"),
        (b'{"a b": 1}', "invalid_arg_name"),
    ],
    ids=["cut off", "a list", "NaN", "too deep", "odd name"],
)
def test_a_body_that_is_no_object_is_refused_by_name(sim, body, error):
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}

    with urlopen(Request(f"{sim.url}chat.postMessage", body, headers)) as answer:
        refused = json.loads(answer.read())

    assert refused["error"] == error


def test_a_lone_surrogate_is_said_back(client):
    posted = client.chat_postMessage(channel="C0OPS", text="half \ud83d")

    assert posted["message"]["text"] == "half \ud83d"
