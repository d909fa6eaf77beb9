"""How long what we draw may be, and the one way to cut it: by what it costs in the message's JSON."""

import json

MESSAGE_JSON = 12_000
"""Slack refuses blocks of about 13 200 characters although each is within its own limit (slackapi/bolt-js#2509)."""
BUTTON_TEXT = 75
"""https://docs.slack.dev/reference/block-kit/block-elements/button-element"""
FALLBACK_TEXT = 1_000
"""`chat.update` refuses more than 4 000 (https://docs.slack.dev/reference/methods/chat.update); a push shows 200."""
MRKDWN_TEXT = 3_000
"""https://docs.slack.dev/reference/block-kit/composition-objects/text-object"""

ELLIPSIS = "…"


def cost(text: str) -> int:
    """Characters that `text` takes in JSON written in ASCII, the longest way in which a client may write it."""
    return len(text) if _is_plain(text) else len(json.dumps(text)) - 2


def cut(text: str, budget: int) -> str:
    """As much of `text` as costs at most `budget`, with an ellipsis where something is missing."""
    if len(text) * 12 <= budget or cost(text) <= budget:  # 12 is the dearest: a pair of surrogates, `\\ud83d\\ude00`
        return text
    left = budget - cost(ELLIPSIS)
    for place, character in enumerate(text):
        left -= cost(character)
        if left < 0:
            return text[:place].rstrip() + ELLIPSIS
    return text


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text
