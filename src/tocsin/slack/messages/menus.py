"""The choices of a menu, within Slack's limits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tocsin.slack.messages.mrkdwn import one_line

OPTIONS_AT_MOST = 100
OPTION_TEXT = 75
LABEL_TEXT = 75
"""https://docs.slack.dev/reference/block-kit/composition-objects/option-object, and option-group-object"""
ELLIPSIS = "…"
NAMELESS = "(no name)"


@dataclass(frozen=True, slots=True)
class Option:
    """What people read, which may be anybody's words, and what comes back when it is chosen."""

    text: str
    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """Options under a heading."""

    label: str
    options: tuple[Option, ...]


def draw_groups(groups: Sequence[Group]) -> dict[str, Any]:
    """The answer to a menu that asks: what is offered first, up to Slack's hundred; nothing is offered twice."""
    drawn, left, known = [], OPTIONS_AT_MOST, set[str]()
    for group in groups:
        options = [each for each in group.options if each.value not in known][:left]
        known.update(each.value for each in options)
        left -= len(options)
        if options:
            drawn.append({"label": _plain(group.label, LABEL_TEXT), "options": list(draw_options(options))})
    return {"option_groups": drawn} if drawn else {"options": []}


def draw_options(options: Sequence[Option]) -> Iterator[dict[str, Any]]:
    """Options as Slack has them."""
    for each in options:
        yield {"text": _plain(each.text, OPTION_TEXT), "value": each.value}


def _plain(text: str, most: int) -> dict[str, Any]:
    words = one_line(text) or NAMELESS
    cut = words if len(words) <= most else words[: most - 1].rstrip() + ELLIPSIS
    return {"type": "plain_text", "text": cut, "emoji": False}
