"""Several replies that waited too long to be said one by one, as one message that says them all."""

from collections.abc import Sequence
from typing import Any

from tocsin.slack.messages.limits import MRKDWN_TEXT


def fold_replies(bodies: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One message with a line for each of `bodies`, in their order; what would not fit is counted in the last line."""
    lines = [str(body["text"]) for body in bodies]
    kept = list(lines)
    while len(_text(kept, len(lines) - len(kept))) > MRKDWN_TEXT:
        kept.pop()
    text = _text(kept, len(lines) - len(kept))
    return {"text": text, "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}]}


def _text(lines: list[str], left_out: int) -> str:
    return "\n".join([*lines, *([f"… and {left_out} more"] if left_out else [])])
