"""The parts of rich text: there, words are only words, whatever signs they hold.

https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

import re
from typing import Any

from tocsin.slack.messages.limits import ELLIPSIS, cut
from tocsin.slack.messages.mrkdwn import clean, one_line

Part = dict[str, Any]

_LINE_ENDS = re.compile(r"\s*\n\s*")


def words(text: str, budget: int, **style: bool) -> list[Part]:
    """`text` in one line, literally; nothing for no words, since Slack refuses an empty part."""
    return _text(cut(one_line(text), budget), style)


def literal(text: str) -> list[Part]:
    """`text` exactly as it is: blanks of our own, or words that were cleaned before."""
    return _text(text, {})


def phrase(text: str, budget: int) -> list[Part]:
    """Words between others, literally, with the blanks that part them."""
    return _text(cut(_LINE_ENDS.sub(" ", clean(text)), budget), {})


def emoji(name: str) -> Part:
    return {"type": "emoji", "name": name}


def link(url: str, text: str, budget: int, **style: bool) -> Part:
    """A link of ours, whose words may be anybody's; the address stands in for missing ones."""
    part: Part = {"type": "link", "url": url}
    if label := cut(one_line(text), budget):
        part["text"] = label
    return part | {"style": style} if style else part


def section(*parts: list[Part] | Part) -> Part:
    """One paragraph."""
    return {"type": "rich_text_section", "elements": _flat(parts)}


def preformatted(code: str) -> Part:
    """A block of code; nothing in it ends it."""
    return {"type": "rich_text_preformatted", "elements": literal(code)}


def quote(text: str, length: int, budget: int) -> Part:
    """Somebody's own words in their own lines, literally: at most `length` characters, and `budget` in cost."""
    lines = clean(text).strip()
    shown = lines if len(lines) <= length else lines[: length - 1].rstrip() + ELLIPSIS
    return {"type": "rich_text_quote", "elements": literal(cut(shown, budget))}


def block(block_id: str, *elements: Part) -> Part:
    return {"type": "rich_text", "block_id": block_id, "elements": list(elements)}


def _text(text: str, style: dict[str, bool]) -> list[Part]:
    if not text:
        return []
    part: Part = {"type": "text", "text": text}
    return [part | {"style": style}] if style else [part]


def _flat(parts: tuple[list[Part] | Part, ...]) -> list[Part]:
    return [each for part in parts for each in (part if isinstance(part, list) else [part])]
