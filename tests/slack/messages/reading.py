"""Reads a drawn message the way Slack does: which words people see, and which tokens are live."""

import json
import re
from collections.abc import Iterator
from typing import Any

LIVE = re.compile(r"<([@!#][^>]*)>")
LINK = re.compile(r"<(https?://[^>|]*)\|?[^>]*>")


def live_tokens(text: str, blocks: list[dict[str, Any]]) -> list[str]:
    """Mentions of people, groups and channels that would ping or name somebody; dates do neither."""
    tokens = [token for words in (text, *mrkdwn_texts(blocks)) for token in LIVE.findall(words)]
    rich = [part["type"] for part in walk(blocks) if part.get("type") in {"user", "usergroup", "channel", "broadcast"}]
    return [token for token in tokens if not token.startswith("!date^")] + rich


def addresses(text: str, blocks: list[dict[str, Any]]) -> list[str]:
    linked = [address for words in (text, *mrkdwn_texts(blocks)) for address in LINK.findall(words)]
    return linked + [part["url"] for part in walk(blocks) if "url" in part]


def mrkdwn_texts(blocks: list[dict[str, Any]]) -> Iterator[str]:
    return (part["text"] for part in walk(blocks) if part.get("type") == "mrkdwn")


def words_of(blocks: list[dict[str, Any]]) -> str:
    """Everything that is read, a line for each block."""
    return "\n".join("".join(_words(block)) for block in blocks)


def buttons(blocks: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {part["text"]["text"]: part for part in walk(blocks) if part.get("type") == "button"}


def json_length(blocks: list[dict[str, Any]]) -> int:
    """Written as wastefully as a client may: in ASCII."""
    return len(json.dumps(blocks, separators=(",", ":")))


def walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from walk(each)
    elif isinstance(value, list):
        for each in value:
            yield from walk(each)


def _words(block: dict[str, Any]) -> Iterator[str]:
    for part in walk(block):
        if isinstance(part.get("text"), str):
            yield part["text"]
        elif part.get("type") == "emoji":
            yield f":{part['name']}:"
