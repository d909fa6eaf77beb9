"""What people are told by direct message when a channel or a whole workspace takes nothing any more."""

from collections.abc import Sequence
from typing import Any

from tocsin.slack.messages import mrkdwn

RULES = 5
"""Rules that are named; of more, their number is told."""
NAME, REASON, CODE = 300, 400, 120


def draw_broken_place(
    channel: str, reason: str, rules: Sequence[tuple[str, str]], *, log_url: str, health_url: str
) -> dict[str, Any]:
    """That `channel` (`C...`) takes nothing; `rules` are names and addresses of those that post there."""
    lines = [f":warning: I can no longer post in <#{channel}>. Slack says {mrkdwn.escape_within(reason, REASON)}."]
    if rules:
        named = ", ".join(mrkdwn.link(url, name, NAME) for name, url in rules[:RULES])
        more = f" and {len(rules) - RULES} more" if len(rules) > RULES else ""
        lines.append(f"What posts there: {named}{more}.")
    lines.append(
        f"{mrkdwn.link(log_url, 'What waits', NAME)} goes out by itself once the channel takes it: I try every five "
        f"minutes, and at once when you press *Try again* on {mrkdwn.link(health_url, 'the Slack page', NAME)}. "
        "Cards wait for an hour, replies for a day."
    )
    return _message(lines)


def draw_broken_workspace(name: str, code: str, *, health_url: str) -> dict[str, Any]:
    """That the workspace `name` refused our token, or our app, with Slack's `code`."""
    broken = (
        f":warning: The Slack workspace *{mrkdwn.escape_within(name, NAME)}* takes nothing from me any more. "
        f"Slack says {mrkdwn.escape_within(code, CODE)}."
    )
    remedy = (
        f"Install the app there again and {mrkdwn.link(health_url, 'connect the workspace', NAME)} with its token. "
        "What waits goes out then; cards wait for an hour, replies for a day."
    )
    return _message([broken, remedy])


def _message(lines: list[str]) -> dict[str, Any]:
    text = "\n".join(lines)
    return {"text": text, "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}]}
