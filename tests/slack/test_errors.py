import json
from datetime import UTC, datetime
from importlib import resources

import pytest

from tocsin.slack.errors import (
    MEANING_OF,
    MEANINGS,
    InstallDeadError,
    MessageGoneError,
    NotNowError,
    PayloadError,
    PlaceGoneError,
    RateLimitedError,
    SetupError,
    UncertainError,
    read_refusal,
    read_retry_after,
)

USED = (
    "chat.postMessage",
    "chat.update",
    "chat.delete",
    "chat.postEphemeral",
    "conversations.history",
    "conversations.replies",
)
USED += ("conversations.open", "conversations.info", "conversations.join", "auth.test", "users.info", "views.open")


def documented_errors() -> list[tuple[str, str]]:
    methods = json.loads(resources.files("slack_simulator").joinpath("methods.json").read_text())
    return [(method["name"], code) for method in methods if method["name"] in USED for code in method["errors"]]


@pytest.mark.parametrize(("method", "code"), documented_errors())
def test_every_error_that_slack_documents_for_our_methods_has_a_meaning(method, code):
    error = read_refusal(method, 200, {}, {"ok": False, "error": code})

    assert code in MEANING_OF or isinstance(error, RateLimitedError)


def test_no_error_means_two_things():
    listed = [code for meaning in MEANINGS for code in meaning.slack_errors]

    assert sorted(listed) == sorted(set(listed))


@pytest.mark.parametrize(
    ("code", "meaning", "permanent"),
    [
        ("is_archived", PlaceGoneError, True),
        ("channel_not_found", PlaceGoneError, True),
        ("not_in_channel", PlaceGoneError, True),
        ("message_not_found", MessageGoneError, True),
        ("cant_update_message", MessageGoneError, True),
        ("token_revoked", InstallDeadError, True),
        ("account_inactive", InstallDeadError, True),
        ("missing_scope", SetupError, True),
        ("msg_blocks_too_long", PayloadError, True),
        ("external_channel_migrating", NotNowError, False),
        ("fatal_error", UncertainError, False),
        ("internal_error", UncertainError, False),
        ("rate_limited", RateLimitedError, False),
        ("message_limit_exceeded", RateLimitedError, False),
    ],
)
def test_an_error_says_what_stands_in_the_way_and_whether_trying_again_can_help(code, meaning, permanent):
    error = read_refusal("chat.postMessage", 200, {}, {"ok": False, "error": code})

    assert (type(error), error.permanent, error.slack_code) == (meaning, permanent, code)


def test_an_error_that_slack_never_documented_leaves_it_open_whether_the_message_was_posted():
    error = read_refusal("chat.postMessage", 200, {}, {"ok": False, "error": "flux_capacitor_empty"})

    assert type(error) is UncertainError


@pytest.mark.parametrize("answer", [None, {}, [], "<html>", {"ok": False}, {"error": 7}, {"error": None}])
def test_an_answer_that_is_not_slacks_leaves_it_open_whether_the_message_was_posted(answer):
    error = read_refusal("chat.postMessage", 502, {}, answer)

    assert (type(error), error.slack_code) == (UncertainError, "http_502")


def test_too_many_requests_is_a_limit_whatever_its_body_says():
    error = read_refusal("chat.update", 429, {"Retry-After": "30"}, "<html>")

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == 30


def test_the_flood_limit_of_a_workspace_waits_a_minute_since_slack_names_no_time():
    error = read_refusal("chat.postMessage", 200, {}, {"ok": False, "error": "message_limit_exceeded"})

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == 60


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        ("0", 1),
        ("-5", 1),
        ("99999", 3600),
        ("2.5", 2.5),
        ("nan", 1),
        ("inf", 3600),
        ("", 1),
        ("soon", 1),
        ("Sun, 22 Nov 2026 10:00:40 GMT", 40),
        ("Sun, 22 Nov 2026 09:00:00 GMT", 1),
        ("Sun, 22 Nov 2026 10:00:40 -0000", 40),
    ],
)
def test_the_time_to_wait_is_between_a_second_and_an_hour_however_slack_writes_it(header, seconds):
    now = datetime(2026, 11, 22, 10, tzinfo=UTC)

    assert read_retry_after({"Retry-After": header}, now=now) == seconds


def test_without_a_time_to_wait_it_is_a_second():
    assert read_retry_after({}) == 1


def test_a_missing_scope_is_named():
    body = {"ok": False, "error": "missing_scope", "needed": "channels:history", "provided": "chat:write"}

    assert read_refusal("conversations.history", 200, {}, body).detail == "needs channels:history"
