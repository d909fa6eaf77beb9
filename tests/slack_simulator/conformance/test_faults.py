"""Each scripted fault: what slack_sdk sees of it, and what the ledger holds afterwards.

The faults are those of https://docs.slack.dev/apis/web-api (fatal_error: "some aspect of the operation succeeded") and
of public reports of lost and doubled posts.
"""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from slack_simulator.errors import NotPossibleError
from slack_simulator.faults import FAULTS
from tests.slack_simulator.conftest import TOKEN

OPS = "C0OPS"
SILENT = {
    "timeout_before_commit": 0,
    "timeout_after_commit": 1,
    "late_commit": 0,
    "slow_drip": 1,
    "slow": 1,
}
RESET = {"reset_before_commit": 0, "reset_after_commit": 1, "truncated_json_after_commit": 1}
ERRORS = {
    "fatal_error": ("fatal_error", 0),
    "fatal_error_after_commit": ("fatal_error", 1),
    "internal_error_after_commit": ("internal_error", 1),
    "error": ("service_unavailable", 0),
    "error_after_commit": ("service_unavailable", 1),
}
UNREADABLE = {
    "http_500": (500, 0),
    "http_500_after_commit": (500, 1),
    "http_503": (503, 0),
    "http_503_after_commit": (503, 1),
    "html": (200, 0),
    "html_after_commit": (200, 1),
    "garbage_json": (200, 0),
    "garbage_json_after_commit": (200, 1),
    "late_commit_500": (500, 0),
}


def post(sim, delivery="1", *, timeout: Any = 5, retry_handlers: Any = (), **arguments: Any) -> Any:
    """Post with slack_sdk's asynchronous client, without its hidden retry unless it is given."""
    client = AsyncWebClient(TOKEN, base_url=sim.url, timeout=timeout, retry_handlers=retry_handlers)
    metadata = {"event_type": "watch", "event_payload": {"d": delivery}}
    return asyncio.run(client.chat_postMessage(channel=OPS, text="hi", metadata=metadata, **arguments))


def living(sim):
    return sim.ledger.live_by_delivery()["1"]


@pytest.mark.parametrize(("fault", "kept"), SILENT.items())
def test_a_silent_connection_is_a_timeout(sim, fault, kept):
    sim.fail("chat.postMessage", fault, seconds=30)

    with pytest.raises(TimeoutError):
        post(sim, timeout=0.2)

    assert sim.wait_for(lambda: sim.calls("chat.postMessage"))
    assert living(sim) == kept


@pytest.mark.parametrize(("fault", "kept"), RESET.items())
def test_a_cut_connection_is_an_error_of_the_network(sim, fault, kept):
    sim.fail("chat.postMessage", fault)

    with pytest.raises(aiohttp.ClientError):
        post(sim)

    assert living(sim) == kept


@pytest.mark.parametrize(("fault", "error", "kept"), [(name, *seen) for name, seen in ERRORS.items()])
def test_an_error_of_slack_says_nothing_of_what_was_done(sim, fault, error, kept):
    sim.fail("chat.postMessage", fault, error="service_unavailable")

    with pytest.raises(SlackApiError) as seen:
        post(sim)

    assert seen.value.response["error"] == error
    assert living(sim) == kept


@pytest.mark.parametrize(("fault", "status", "kept"), [(name, *seen) for name, seen in UNREADABLE.items()])
def test_an_unreadable_answer_says_nothing_of_what_was_done(sim, fault, status, kept):
    sim.fail("chat.postMessage", fault)

    with pytest.raises(SlackApiError):
        post(sim)

    assert (sim.calls("chat.postMessage")[0].status, living(sim)) == (status, kept)


@pytest.mark.parametrize("retry_after", ["30", "0", "99999", "", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_refusal_for_pace_comes_with_any_header_there_is(sim, retry_after):
    sim.fail("chat.postMessage", "ratelimited", retry_after=retry_after)

    with pytest.raises(SlackApiError) as seen:
        post(sim)

    assert seen.value.response.status_code == 429
    assert seen.value.response.headers.get("retry-after", "") == retry_after
    assert living(sim) == 0


@pytest.mark.parametrize("error", ["ratelimited", "rate_limited", "message_limit_exceeded"])
def test_a_refusal_for_pace_may_hide_in_a_200(sim, error):
    """https://github.com/grafana/oncall/issues/5204"""
    sim.fail("chat.postMessage", "error", error=error)

    with pytest.raises(SlackApiError) as seen:
        post(sim)

    assert (seen.value.response.status_code, seen.value.response["error"]) == (200, error)


def test_every_fault_has_a_test_of_what_is_seen_and_what_is_kept():
    seen = SILENT.keys() | RESET.keys() | ERRORS.keys() | UNREADABLE.keys()

    assert seen | {"ratelimited", "delayed_visibility"} == FAULTS.keys()


def test_slack_sdk_left_to_itself_posts_twice_after_a_reset(sim):
    """Its default retry handler takes a reset for a call that was not made."""
    sim.fail("chat.postMessage", "reset_after_commit")

    post(sim, retry_handlers=None)

    assert living(sim) == 2


def test_a_late_commit_comes_when_the_clock_has_got_there(sim):
    sim.fail("chat.postMessage", "late_commit", seconds=45)
    with pytest.raises(TimeoutError):
        post(sim, timeout=0.2)

    sim.clock(advance=44)
    before = living(sim)
    sim.clock(advance=2)

    assert before == 0
    assert sim.wait_for(lambda: living(sim)) == 1


def test_a_message_may_be_there_before_history_shows_it(sim, client):
    """https://github.com/korotovsky/slack-mcp-server/pull/284"""
    sim.fail("chat.postMessage", "delayed_visibility", seconds=20)
    ts = post(sim)["ts"]

    before = client.conversations_history(channel=OPS)["messages"]
    sim.clock(advance=21)
    after = client.conversations_history(channel=OPS)["messages"]

    assert living(sim) == 1
    assert (before, [message["ts"] for message in after]) == ([], [ts])


def test_a_reply_may_be_there_before_its_thread_shows_it(sim, client):
    parent = post(sim)
    sim.fail("chat.postMessage", "delayed_visibility", seconds=20)
    post(sim, "2", thread_ts=parent["ts"])

    before = client.conversations_replies(channel=OPS, ts=parent["ts"])["messages"]
    sim.clock(advance=21)
    after = client.conversations_replies(channel=OPS, ts=parent["ts"])["messages"]

    assert (len(before), len(after)) == (1, 2)


def test_a_fault_befalls_the_call_that_was_named(sim):
    sim.fail("chat.postMessage", "fatal_error", nth=2)

    post(sim)
    with pytest.raises(SlackApiError):
        post(sim)

    assert post(sim)["ok"]


def test_a_fault_befalls_the_channel_that_was_named(sim, client):
    sim.fail("chat.postMessage", "fatal_error", channel="C0GENERAL")

    assert post(sim)["ok"]
    with pytest.raises(SlackApiError):
        client.chat_postMessage(channel="#general", text="hi")


def test_a_fault_may_befall_a_family_of_methods(sim, client):
    sim.fail("chat.*", "fatal_error", times=2)

    for method in ("chat_postMessage", "chat_meMessage"):
        with pytest.raises(SlackApiError):
            getattr(client, method)(channel=OPS, text="hi")

    assert client.auth_test()["ok"]


def test_a_script_can_be_torn_up(sim):
    sim.fail("chat.postMessage", "fatal_error", times=100)

    sim.heal()

    assert post(sim)["ok"]


def test_a_fault_that_does_not_exist_cannot_be_scripted(sim):
    with pytest.raises(NotPossibleError, match="there is no fault earthquake"):
        sim.fail("chat.postMessage", "earthquake")


def test_the_ledger_counts_a_message_said_twice(sim):
    post(sim)
    post(sim)

    assert living(sim) == 2
    assert sim.ledger.live_by_text() == {"hi": 2}


def test_the_ledger_remembers_what_was_deleted(sim, client):
    client.chat_delete(channel=OPS, ts=post(sim)["ts"])

    assert living(sim) == 0
    assert sim.ledger.posted_by_delivery()["1"] == 1


def test_the_wire_log_names_the_fault_and_hides_the_token(sim):
    sim.fail("chat.postMessage", "reset_after_commit")
    with pytest.raises(aiohttp.ClientError):
        post(sim)

    (entry,) = sim.calls("chat.postMessage")
    assert entry.fault == "reset_after_commit"
    assert TOKEN not in str(sim.wire_log)
