"""The message that tries a rule: it says that it is one, so that nobody runs."""

from collections.abc import Mapping
from typing import Any

from tocsin.slack.messages import mrkdwn
from tocsin.slack.messages.limits import FALLBACK_TEXT

NAME = 400
"""What each name in it may cost in the message's JSON."""


def draw_rule_test(body: Mapping[str, str]) -> dict[str, Any]:
    """The message for `{"rule": ..., "project": ..., "by": ...}`, all of which are somebody's words."""
    rule, project, by = (mrkdwn.escape_within(body[name], NAME) for name in ("rule", "project", "by"))
    text = (
        f":bell: This is a test: the rule “{rule}” posts its cards of {project} here. {by} tried it; nothing is wrong."
    )
    block = {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
    return {"text": mrkdwn.escape_within(f"A test of the rule {body['rule']}", FALLBACK_TEXT), "blocks": [block]}
