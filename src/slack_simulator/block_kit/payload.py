"""A whole list of blocks: what no single block can tell, such as their number, their length and an id used twice."""

import json
from collections.abc import Iterator

from slack_simulator.block_kit.blocks import BLOCKS, MARKDOWN_CHARACTERS, Surface
from slack_simulator.block_kit.problems import Problem, already_exists, failed, within, wrong_type
from slack_simulator.block_kit.shapes import Items, JSONObject, Tagged

MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
"""https://docs.slack.dev/reference/block-kit/blocks"""
BLOCKS_CHARACTERS = 13_200
"""Undocumented: 13 297 characters of blocks were refused (https://github.com/slackapi/bolt-js/issues/2509)."""


def check_blocks(blocks: object, surface: Surface, pointer: str) -> list[Problem]:
    """What Slack would refuse in `blocks`, which stand at `pointer` of the request."""
    if not isinstance(blocks, list):
        return within([wrong_type("provide an array", pointer)], "invalid_blocks_format")

    found = list(Items(Tagged(BLOCKS[surface]), MOST_BLOCKS[surface]).check(blocks, pointer))
    found += _repeated_block_ids(blocks, pointer)
    if found:
        return found

    found += _too_much_markdown(blocks, pointer)
    found += _second_table(blocks, pointer)
    found += _second_focus(blocks, pointer)
    if surface == "message":
        found += _too_long(blocks, pointer)
    return found


def compact_json(value: object) -> str:
    """`value` as the shortest JSON, the measure of Slack's limits on whole payloads."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _repeated_block_ids(blocks: list[object], pointer: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id") if isinstance(block, dict) else None
        if not isinstance(block_id, str):
            continue
        if block_id in seen:
            yield already_exists("block_id", block_id, f"{pointer}/{index}")
        seen.add(block_id)


def _too_much_markdown(blocks: list[JSONObject], pointer: str) -> Iterator[Problem]:
    """12 000 characters over all markdown blocks (https://docs.slack.dev/reference/block-kit/blocks/markdown-block)."""
    total = 0
    for index, block in enumerate(blocks):
        if block["type"] != "markdown":
            continue
        before, total = total, total + len(str(block["text"]))
        if before <= MARKDOWN_CHARACTERS < total:
            message = f"must be less than {MARKDOWN_CHARACTERS + 1} characters"
            yield failed(message, f"{pointer}/{index}/text", "max_length", expected=MARKDOWN_CHARACTERS, got=total)


def _second_table(blocks: list[JSONObject], pointer: str) -> Iterator[Problem]:
    """One table in a message (https://docs.slack.dev/reference/block-kit/blocks/table-block)."""
    tables = [index for index, block in enumerate(blocks) if block["type"] == "table"]
    for index in tables[1:]:
        yield failed("only one table allowed", f"{pointer}/{index}", "max_items", expected=1)


def _second_focus(blocks: list[JSONObject], pointer: str) -> Iterator[Problem]:
    focused = [place for place, element in _elements(blocks, pointer) if element.get("focus_on_load") is True]
    for place in focused[1:]:
        yield failed("only one element may set `focus_on_load`", f"{place}/focus_on_load", "max_items", expected=1)


def _elements(blocks: list[JSONObject], pointer: str) -> Iterator[tuple[str, JSONObject]]:
    for index, block in enumerate(blocks):
        for name in ("element", "accessory"):
            if isinstance(element := block.get(name), dict):
                yield f"{pointer}/{index}/{name}", element
        if isinstance(elements := block.get("elements"), list):
            for place, element in enumerate(elements):
                yield f"{pointer}/{index}/elements/{place}", element


def _too_long(blocks: list[JSONObject], pointer: str) -> Iterator[Problem]:
    length = len(compact_json(blocks))
    if length > BLOCKS_CHARACTERS:
        message = f"must be less than {BLOCKS_CHARACTERS + 1} characters"
        too_long = failed(message, pointer, "max_length", expected=BLOCKS_CHARACTERS, got=length)
        yield from within([too_long], "msg_blocks_too_long")
