"""Replies that Slack silently put at the root of the channel because their parent was gone."""

from __future__ import annotations

import itertools
from collections import deque

from slack_simulator.ledger import WireEntry

RECENT = 500
"""How many requests back the page looks."""


def stray_replies(entries: deque[WireEntry]) -> set[tuple[str, str]]:
    """(channel, ts) of each message that was posted with a thread_ts and answered without one.

    The missing thread_ts is the only sign that Slack gives (https://github.com/slack-go/slack/issues/1571).
    """
    found = set()
    for entry in itertools.islice(reversed(entries), RECENT):
        if (
            entry.name != "chat.postMessage"
            or not isinstance(entry.arguments, dict)
            or not isinstance(entry.answer, dict)
        ):
            continue
        message = entry.answer.get("message")
        if entry.arguments.get("thread_ts") and isinstance(message, dict) and "thread_ts" not in message:
            found.add((str(entry.answer.get("channel")), str(entry.answer.get("ts"))))
    return found
