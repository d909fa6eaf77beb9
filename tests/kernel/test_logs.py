"""The net under our logs."""

import pytest

from tocsin.kernel.logs import REDACTED, redact


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-1234-abcd",
        "xapp-1-A0-abcdef",
        "https://hooks.slack.com/actions/T0/1/abc",
        "redis://user:hunter2@db:6379",
        "https://tocsin.example/link/0123456789abcdef0123",
        "GET /page?token=abcdef",
    ],
)
def test_what_looks_like_a_secret_never_reaches_a_log(secret: str) -> None:
    line = redact(None, "info", {"event": "slack.call.failed", "reason": f"no answer for {secret} in time"})

    assert (secret in line["reason"], REDACTED in line["reason"]) == (False, True)


@pytest.mark.parametrize("key", ["token", "payload", "text", "response_url", "email", "password"])
def test_some_facts_are_never_logged_whatever_they_hold(key: str) -> None:
    assert redact(None, "info", {"event": "e", key: "harmless"})[key] == REDACTED


def test_ids_are_left_alone() -> None:
    line = {"event": "slack.threads.planned", "activity_id": 3, "channel": "C042", "ts": "1700000000.000100"}

    assert redact(None, "info", dict(line)) == line
