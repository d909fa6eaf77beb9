"""What a row of the conformance suite is, and the content that rows share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from slack_simulator.client import SimulatorClient

METHODS = "https://docs.slack.dev/reference/methods/"
BLOCKS = "https://docs.slack.dev/reference/block-kit/blocks"
SCHEMA_ERRORS = "https://github.com/grafana/oncall/issues/5121"


def untouched(_sim: SimulatorClient) -> None:
    """The example company as it is."""


@dataclass(frozen=True)
class Refusal:
    """A call of slack_sdk that Slack answers with `error`; `source` is the page or the issue that says so."""

    source: str
    method: str
    arguments: dict[str, Any]
    error: str
    given: Callable[[SimulatorClient], object] = untouched
    label: str = ""


def as_parameters(rows: list[Refusal]) -> list[Any]:
    """pytest parameters whose names say method, error and what is wrong."""
    return [pytest.param(row, id=f"{row.method}-{row.error}{row.label and '-' + row.label}") for row in rows]


def section(text: str = "hello", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def button(action_id: str = "go", **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": plain("Go"), **more}


def actions(*elements: dict[str, Any], block_id: str = "row") -> dict[str, Any]:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = list(blocks) or [section()]
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain("Form"),
        "submit": plain("Send"),
        "blocks": body,
        **more,
    }


def text_input(block_id: str = "name", action_id: str = "value", **more: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": action_id}
    return {"type": "input", "block_id": block_id, "label": plain("Name"), "element": element, **more}
