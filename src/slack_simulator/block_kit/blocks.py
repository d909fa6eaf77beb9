"""Blocks, as data: what each type holds and on which surfaces it may stand.

Limits and surfaces: https://docs.slack.dev/reference/block-kit/blocks; what is newer, as slack_sdk 3.47 knows it.
"""

from typing import Literal

from slack_simulator.block_kit.elements import BUTTON, CONTEXT_ACTIONS, IMAGE, IN_ACTIONS, IN_INPUT, IN_SECTION
from slack_simulator.block_kit.objects import (
    BLOCK_ID,
    COLUMN_SETTINGS,
    RAW_NUMBER,
    RAW_TEXT,
    SLACK_FILE,
    WEB_URL,
    either,
    mrkdwn,
    plain,
)
from slack_simulator.block_kit.rich_text import RICH_TEXT
from slack_simulator.block_kit.rules import (
    action_ids_differ,
    at_least_one,
    cells_fit,
    collapsed_needs_collapsible,
    exactly_one,
    first_row_is_plain,
    rows_are_equally_long,
    text_or_fields,
)
from slack_simulator.block_kit.shapes import Choice, Flag, Items, Number, Record, Rule, Shape, Tagged, Text

Surface = Literal["message", "modal", "home"]
MARKDOWN_CHARACTERS = 12_000


def _block(
    name: str, fields: dict[str, Shape], *, required: tuple[str, ...] = (), rules: tuple[Rule, ...] = ()
) -> Record:
    own: dict[str, Shape] = {"type": Choice((name,)), "block_id": BLOCK_ID}
    return Record(own | fields, required=("type", *required), rules=rules)


_CARD = _block(
    "card",
    {
        "hero_image": IMAGE,
        "icon": IMAGE,
        "title": either(150),
        "subtitle": either(150),
        "body": either(200),
        "actions": Items(Tagged({"button": BUTTON}), 25, 1),
    },
    rules=(at_least_one("hero_image", "title", "actions", "body"),),
)
_CELL = Tagged({"raw_text": RAW_TEXT, "raw_number": RAW_NUMBER, "rich_text": RICH_TEXT})
_ROW = Items(_CELL, 20, 1)
_URL_SOURCE = Record(
    {"type": Choice(("url",)), "url": WEB_URL, "text": Text(None, 1)}, required=("type", "url", "text")
)
_TASK_CARD = _block(
    "task_card",
    {
        "task_id": Text(None, 1),
        "title": Text(None, 1),
        "details": RICH_TEXT,
        "output": RICH_TEXT,
        "sources": Items(_URL_SOURCE),
        "status": Choice(("pending", "in_progress", "complete", "error")),
    },
    required=("task_id", "title", "status"),
)

_EVERYWHERE = {
    "section": _block(
        "section",
        {
            "text": either(3000),
            "fields": Items(either(2000), 10, 1),
            "accessory": Tagged(IN_SECTION),
            "expand": Flag(),
        },
        rules=(text_or_fields,),
    ),
    "header": _block("header", {"text": plain(150)}, required=("text",)),
    "divider": _block("divider", {}),
    "image": _block(
        "image",
        {
            "image_url": WEB_URL,
            "slack_file": SLACK_FILE,
            "alt_text": Text(2000, 1),
            "title": plain(2000),
        },
        required=("alt_text",),
        rules=(exactly_one("image_url", "slack_file"),),
    ),
    "context": _block(
        "context",
        {"elements": Items(Tagged({"image": IMAGE, "plain_text": plain(3000), "mrkdwn": mrkdwn(3000)}), 10, 1)},
        required=("elements",),
    ),
    "actions": _block(
        "actions", {"elements": Items(Tagged(IN_ACTIONS), 25, 1)}, required=("elements",), rules=(action_ids_differ,)
    ),
    "input": _block(
        "input",
        {
            "label": plain(2000),
            "element": Tagged(IN_INPUT),
            "hint": plain(2000),
            "dispatch_action": Flag(),
            "optional": Flag(),
        },
        required=("label", "element"),
    ),
    "rich_text": RICH_TEXT,
    "video": _block(
        "video",
        {
            "alt_text": Text(2000, 1),
            "video_url": Text(3000, 1, r"https://\S+"),
            "thumbnail_url": WEB_URL,
            "title": plain(199),
            "title_url": Text(3000, 1, r"https://\S+"),
            "description": plain(200),
            "provider_icon_url": WEB_URL,
            "provider_name": Text(),
            "author_name": Text(49),
        },
        required=("alt_text", "video_url", "thumbnail_url", "title"),
    ),
    "card": _CARD,
    "auth_provider": _block(
        "auth_provider",
        {
            "value": Text(150, 1),
            "name": plain(75),
            "is_connected": Flag(),
            "description": plain(150),
            "icon_url": Text(3000, 1, r"https://\S+"),
            "auth_url": Text(3000, 1, r"https://\S+"),
            "disconnect_url": Text(3000, 1, r"https://\S+"),
            "connected_identity": plain(75),
            "connected_context": plain(75),
            "accessory": Tagged({"overflow": IN_SECTION["overflow"]}),
        },
        required=("value", "name", "is_connected"),
    ),
}
_IN_CONTAINER = {name: _EVERYWHERE[name] for name in _EVERYWHERE if name != "auth_provider"}
_MESSAGE_ONLY = {
    "context_actions": _block(
        "context_actions",
        {"elements": Items(Tagged(CONTEXT_ACTIONS), 5, 1)},
        required=("elements",),
        rules=(action_ids_differ,),
    ),
    "markdown": _block("markdown", {"text": Text(MARKDOWN_CHARACTERS, 1)}, required=("text",)),
    "file": _block(
        "file", {"external_id": Text(None, 1), "source": Choice(("remote",))}, required=("external_id", "source")
    ),
    "call": _block("call", {"call_id": Text(None, 1), "api_decoration_available": Flag()}, required=("call_id",)),
    "table": _block(
        "table",
        {"rows": Items(_ROW, 100, 1), "column_settings": Items(COLUMN_SETTINGS, 20)},
        required=("rows",),
        rules=(cells_fit,),
    ),
    "data_table": _block(
        "data_table",
        {
            "rows": Items(_ROW, 101, 2),
            "caption": Text(None, 1),
            "page_size": Number(1, 100),
            "row_header_column_index": Number(0, 19),
        },
        required=("rows", "caption"),
        rules=(first_row_is_plain, rows_are_equally_long),
    ),
    "task_card": _TASK_CARD,
    "plan": _block(
        "plan", {"title": Text(None, 1), "tasks": Items(Tagged({"task_card": _TASK_CARD}))}, required=("title",)
    ),
    "container": _block(
        "container",
        {
            "title": plain(150),
            "rich_text_title": RICH_TEXT,
            "subtitle": either(150),
            "child_blocks": Items(Tagged(_IN_CONTAINER), 10, 1),
            "width": Choice(("narrow", "standard", "wide", "full")),
            "icon": IMAGE,
            "is_collapsible": Flag(),
            "default_collapsed": Flag(),
            "has_header_divider": Flag(),
        },
        required=("child_blocks",),
        rules=(at_least_one("title", "rich_text_title"), collapsed_needs_collapsible),
    ),
}
_CAROUSEL = {
    "carousel": _block("carousel", {"elements": Items(Tagged({"card": _CARD}), 10, 1)}, required=("elements",))
}
_ALERT = {
    "alert": _block(
        "alert",
        {"text": either(3000), "level": Choice(("default", "info", "warning", "error", "success"))},
        required=("text",),
    )
}

BLOCKS: dict[Surface, dict[str, Record]] = {
    "message": _EVERYWHERE | _MESSAGE_ONLY | _CAROUSEL,
    "modal": _EVERYWHERE | _ALERT,
    "home": _EVERYWHERE | _CAROUSEL,
}
"""Block type to its shape, for each surface. A new block is a row here."""
