"""Views: modals and Home tabs.

Limits: https://docs.slack.dev/reference/views/modal-views and home-tab-views. The fields that Slack adds to a view it
returns (id, hash, state, …) are refused when sent back, as any unknown field is.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from slack_simulator.block_kit.objects import plain
from slack_simulator.block_kit.payload import check_blocks, compact_json
from slack_simulator.block_kit.problems import Problem, failed, missing, within
from slack_simulator.block_kit.shapes import Choice, Flag, JSONObject, Record, Shape, Tagged, Text

VIEW_BYTES = 250_000
"""`view_too_large`: "greater than 250kb" (https://docs.slack.dev/reference/methods/views.open)."""

_COMMON: dict[str, Shape] = {
    "callback_id": Text(255),
    "external_id": Text(255),
    "private_metadata": Text(3000),
}
VIEWS: Mapping[str, Record] = {
    "modal": Record(
        _COMMON
        | {
            "type": Choice(("modal",)),
            "title": plain(24),
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": Flag(),
            "notify_on_close": Flag(),
        },
        required=("type", "title"),
    ),
    "home": Record(_COMMON | {"type": Choice(("home",))}, required=("type",)),
}


def validate_view(view: object) -> list[Problem]:
    """What Slack would refuse in the `view` argument of views.*; pointers begin with /view. Never raises."""
    if not isinstance(view, dict):
        return list(Tagged(VIEWS).check(view, "/view"))

    envelope = {name: value for name, value in view.items() if name != "blocks"}
    found = list(Tagged(VIEWS).check(envelope, "/view"))
    if "blocks" not in view:
        found.append(missing("blocks", "/view"))
    elif view.get("type") == "modal":
        found += _within_view(view["blocks"], "modal")
    elif view.get("type") == "home":
        found += _within_view(view["blocks"], "home")
    if found:
        return found

    return [*_inputs_without_submit(view), *_too_large(view)]


def _within_view(blocks: object, surface: Literal["modal", "home"]) -> list[Problem]:
    return within(check_blocks(blocks, surface, "/view/blocks"), "invalid_arguments")


def _inputs_without_submit(view: JSONObject) -> Iterator[Problem]:
    if view["type"] != "modal" or "submit" in view:
        return
    blocks = view["blocks"]
    assert isinstance(blocks, list), "the blocks were found sound"
    for index, block in enumerate(blocks):
        if block["type"] == "input":
            message = "must define `submit` to use an `input` block in modals"
            yield failed(message, f"/view/blocks/{index}/input", "all_of")


def _too_large(view: JSONObject) -> Iterator[Problem]:
    size = len(compact_json(view).encode(errors="surrogatepass"))
    if size > VIEW_BYTES:
        too_large = failed(
            f"must be less than {VIEW_BYTES + 1} bytes", "/view", "max_length", expected=VIEW_BYTES, got=size
        )
        yield from within([too_large], "view_too_large")
