"""Slack's rate limits (https://docs.slack.dev/apis/web-api/rate-limits) on a clock that stands still."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.slack_simulator.conftest import new_client

OPS, GENERAL = "C0OPS", "C0GENERAL"


@pytest.fixture
def limited(simulate):
    return simulate(limits=True, clock_speed=0.0)


@pytest.fixture
def client(limited):
    return new_client(limited)


def refused_posts(client, channel, count):
    """How Slack refused each of `count` posts: (status, error, Retry-After), None for those it took."""
    return [refusal_of(client, "chat_postMessage", channel=channel, text="hi") for _ in range(count)]


def refusal_of(client, method, **arguments):
    try:
        getattr(client, method)(**arguments)
    except SlackApiError as refused:
        response = refused.response
        return response.status_code, response["error"], response.headers.get("retry-after")
    return None


def test_a_channel_takes_a_burst_of_three_and_then_waits(client):
    refused = refused_posts(client, OPS, 5)

    assert refused == [None, None, None, (429, "ratelimited", "1"), (429, "ratelimited", "1")]


def test_of_100_posts_within_a_second_a_channel_takes_three(limited, client):
    refused = []
    for _ in range(100):
        refused += refused_posts(client, OPS, 1)
        limited.clock(advance=0.01)

    assert len(limited.messages(OPS)) == 3
    assert refused.count((429, "ratelimited", "1")) == 97


def test_an_app_that_obeys_retry_after_posts_once_a_second(limited, client):
    began = limited.now()
    while len(limited.messages(OPS)) < 13:
        for refused in refused_posts(client, OPS, 1):
            limited.clock(advance=int(refused[2]) if refused else 0)

    assert limited.now() - began == pytest.approx(10, abs=0.1)


def test_another_channel_has_a_pace_of_its_own(client):
    refused_posts(client, OPS, 4)

    assert refused_posts(client, GENERAL, 1) == [None]


def test_a_refused_post_does_not_make_the_wait_longer(limited, client):
    refused_posts(client, OPS, 50)
    limited.clock(advance=1)

    assert refused_posts(client, OPS, 1) == [None]


def test_a_post_by_name_counts_for_the_same_channel(client):
    refused_posts(client, OPS, 3)

    assert refused_posts(client, "#ops", 1) == [(429, "ratelimited", "1")]


def test_a_workspace_has_had_enough_after_600_posts_in_a_minute(simulate):
    """https://github.com/grafana/oncall/issues/5204"""
    sim = simulate(limits=True, clock_speed=0.0)
    client = new_client(sim)
    for n in range(300):
        sim.add_channel(f"C{n}", f"c{n}", members=["U0BOT"])

    refused = [refusal_of(client, "chat_postMessage", channel=f"C{n % 300}", text="hi") for n in range(601)]

    assert refused[:600] == [None] * 600
    assert refused[600] == (200, "message_limit_exceeded", None)


@pytest.mark.parametrize(
    ("method", "arguments", "per_minute"),
    [
        ("conversations_list", {}, 20),
        ("users_list", {}, 20),
        ("conversations_history", {"channel": OPS}, 50),
        ("conversations_info", {"channel": OPS}, 50),
        ("users_info", {"user": "U0ADA"}, 100),
    ],
    ids=["tier 2 conversations.list", "tier 2 users.list", "tier 3 history", "tier 3 info", "tier 4 users.info"],
)
def test_a_tier_is_so_many_a_minute(client, method, arguments, per_minute):
    refused = [refusal_of(client, method, **arguments) for _ in range(per_minute + 1)]

    assert refused[:-1] == [None] * per_minute
    assert refused[-1] is not None
    assert refused[-1][:2] == (429, "ratelimited")


def test_one_methods_limit_leaves_the_others_alone(client):
    for _ in range(21):
        refusal_of(client, "users_list")

    assert refusal_of(client, "users_info", user="U0ADA") is None


def test_history_of_a_commercial_app_is_once_a_minute_and_15_messages(simulate):
    """https://docs.slack.dev/reference/methods/conversations.history"""
    sim = simulate(limits=True, clock_speed=0.0, history="commercial")
    client = new_client(sim)
    for _ in range(20):
        sim.say(OPS, "hi", user="ada")

    first: Any = client.conversations_history(channel=OPS, limit=200)

    assert len(first["messages"]) == 15
    assert refusal_of(client, "conversations_history", channel=OPS) == (429, "ratelimited", "60")


@pytest.mark.parametrize(("mode", "header"), [("missing", None), ("zero", "0"), ("huge", "99999"), ("normal", "1")])
def test_retry_after_can_be_as_bad_as_in_the_wild(limited, client, mode, header):
    """https://github.com/slackapi/node-slack-sdk/issues/1421"""
    limited.limits(retry_after=mode)

    refused = refused_posts(client, OPS, 4)

    assert refused[3] == (429, "ratelimited", header)


def test_a_switch_turns_all_limits_off(limited, client):
    limited.limits(on=False)

    assert refused_posts(client, OPS, 50) == [None] * 50
