"""The methods that need no token: api.test, blocks.validate and oauth.v2.access."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slack_simulator.arguments import Arguments
from slack_simulator.block_kit import Problem, validate_attachments, validate_blocks, validate_view, validation_report
from slack_simulator.engine import Engine
from slack_simulator.errors import SlackError, invalid_arguments
from slack_simulator.oauth import exchange


def api_test(_engine: Engine, arguments: Arguments) -> dict[str, Any]:
    """api.test: says back what it was told; `error` makes it fail with that error."""
    if (error := arguments.text("error")) is not None:
        raise SlackError(error, args=arguments.as_sent())
    return {"args": arguments.as_sent()}


def blocks_validate(_engine: Engine, arguments: Arguments) -> dict[str, Any]:
    """blocks.validate: `blocks`, `view` or `message`; a missing text fallback is no problem to it.

    https://docs.slack.dev/reference/methods/blocks.validate
    """
    for name, check in (("blocks", _check_blocks), ("view", validate_view), ("message", _check_message)):
        if name in arguments:
            report = validation_report(check(arguments.structure(name, otherwise="invalid_arguments")), argument=name)
            if report["ok"]:
                return {}
            raise SlackError(str(report["error"]), errors=report["errors"])
    raise invalid_arguments("one of blocks, view and message is required")


def _check_blocks(blocks: object) -> list[Problem]:
    return validate_blocks(blocks, surface="message")


def _check_message(message: object) -> list[Problem]:
    if not isinstance(message, dict):
        return [Problem("must provide an object", "/message", code="invalid_type")]
    blocks, attachments = message.get("blocks"), message.get("attachments")
    found = [] if blocks is None else validate_blocks(blocks, surface="message")
    return found + ([] if attachments is None else validate_attachments(attachments))


OPEN_METHODS: dict[str, Callable[[Engine, Arguments], dict[str, Any]]] = {
    "api.test": api_test,
    "blocks.validate": blocks_validate,
    "oauth.v2.access": exchange,
}
