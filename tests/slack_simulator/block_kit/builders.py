"""Block Kit payloads written out by hand, of any size, for tests that grow one measure at a time."""

from collections.abc import Callable
from typing import Any

JSON = dict[str, Any]
IMAGE_URL = "https://example.com/a.png"


def text(kind: str, length: int) -> JSON:
    return {"type": kind, "text": "x" * length}


def plain(length: int = 3) -> JSON:
    return text("plain_text", length)


def mrkdwn(length: int = 3) -> JSON:
    return text("mrkdwn", length)


def section(**more: Any) -> JSON:
    return {"type": "section", "text": mrkdwn(), **more}


def actions(*elements: JSON, **more: Any) -> JSON:
    return {"type": "actions", "elements": list(elements), **more}


def button(**more: Any) -> JSON:
    return {"type": "button", "text": plain(), **more}


def option(number: int = 0, **more: Any) -> JSON:
    return {"text": plain(), "value": f"v{number}", **more}


def options(count: int) -> list[JSON]:
    return [option(number) for number in range(count)]


def groups(count: int) -> list[JSON]:
    return [{"label": plain(), "options": options(1)} for _ in range(count)]


def select(**more: Any) -> JSON:
    return {"type": "static_select", "options": options(2), **more}


def confirm(**more: Any) -> JSON:
    return {"title": plain(), "text": mrkdwn(), "confirm": plain(), "deny": plain(), **more}


def image(**more: Any) -> JSON:
    return {"type": "image", "image_url": IMAGE_URL, "alt_text": "a chart", **more}


def input_block(element: JSON | None = None, **more: Any) -> JSON:
    return {"type": "input", "label": plain(), "element": element or {"type": "plain_text_input"}, **more}


def modal(*blocks: JSON, **more: Any) -> JSON:
    return {"type": "modal", "title": plain(), "submit": plain(), "blocks": list(blocks), **more}


def rich_text(*elements: JSON) -> JSON:
    return {"type": "rich_text", "elements": list(elements)}


def rich_list(**more: Any) -> JSON:
    line = {"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]}
    return {"type": "rich_text_list", "style": "bullet", "elements": [line], **more}


def raw_row(cells: int, length: int = 1) -> list[JSON]:
    return [{"type": "raw_text", "text": "x" * length} for _ in range(cells)]


def table(rows: list[list[JSON]], **more: Any) -> JSON:
    return {"type": "table", "rows": rows, **more}


def data_table(rows: int, **more: Any) -> JSON:
    return {"type": "data_table", "caption": "Errors", "rows": [raw_row(2) for _ in range(rows)], **more}


def card(**more: Any) -> JSON:
    return {"type": "card", "title": plain(), **more}


def container(**more: Any) -> JSON:
    return {"type": "container", "title": plain(), "child_blocks": [section()], **more}


def video(**more: Any) -> JSON:
    return {
        "type": "video",
        "alt_text": "a film",
        "video_url": "https://example.com/v",
        "thumbnail_url": IMAGE_URL,
        "title": plain(),
        **more,
    }


def auth_provider(**more: Any) -> JSON:
    return {"type": "auth_provider", "value": "github", "name": plain(), "is_connected": False, **more}


def url(length: int) -> str:
    return "https://example.com/".ljust(length, "u")


def json_of_length(characters: int) -> list[JSON]:
    """Blocks whose compact JSON has exactly so many characters."""
    frame = len('{"type":"section","text":{"type":"mrkdwn","text":""}}')
    full, rest = divmod(characters - 1, 1000 + frame + 1)
    lengths = [1000] * full
    left = rest - frame - 1
    if left < 1:
        lengths[-1] += left + frame + 1
    else:
        lengths.append(left)
    return [section(text=mrkdwn(length)) for length in lengths]


Build = Callable[[int], Any]
