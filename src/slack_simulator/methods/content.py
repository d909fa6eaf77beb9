"""What a message says: text, blocks, attachments and metadata, checked as Slack checks them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, cast

from slack_simulator.arguments import Arguments
from slack_simulator.block_kit import Problem, refusal, validate_attachments, validate_blocks
from slack_simulator.errors import SlackError
from slack_simulator.render import with_block_ids, with_ids_within
from slack_simulator.state import State

# docs.slack.dev/changelog/2018-04-truncating-really-long-messages
TRUNCATED_AT = 40_000
# The error text of chat.update's msg_too_long.
UPDATE_TEXT = 4_000
MARKDOWN_TEXT = 12_000
ATTACHMENTS = 100
# Slack publishes no number for metadata_too_large; this one is a guess on the generous side.
METADATA_CHARACTERS = 16_000


@dataclass(slots=True)
class Content:
    """`given` names the arguments that were there, which chat.update needs to know what to leave alone."""

    text: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    given: frozenset[str] = frozenset()
    truncated: bool = False


def read_content(arguments: Arguments, state: State) -> Content:
    """Check and take the content of a call.

    Raises:
        SlackError: `no_text`, `invalid_blocks`, `invalid_blocks_format`, `msg_blocks_too_long`, `invalid_attachments`,
            `too_many_attachments`, `invalid_metadata_format`, `invalid_metadata_schema`, `metadata_too_large`,
            `markdown_text_conflict` or `msg_too_long`.
    """
    blocks = read_blocks(arguments.structure("blocks", otherwise="invalid_blocks_format"))
    attachments = _read_attachments(arguments.structure("attachments", otherwise="invalid_attachments"))
    text = _read_text(arguments)
    if not text.strip() and not blocks and not attachments:
        raise SlackError("no_text")
    given = {name for name in ("text", "blocks", "attachments", "metadata") if name in arguments}
    if "markdown_text" in arguments:
        given.add("text")
    return Content(
        text[:TRUNCATED_AT],
        with_block_ids(blocks, state),
        [with_ids_within(attachment, state) for attachment in attachments],
        read_metadata(arguments),
        frozenset(given),
        truncated=len(text) > TRUNCATED_AT,
    )


def read_blocks(blocks: object) -> list[dict[str, Any]]:
    """The blocks if Slack would take them; null is none. Raises what is wrong with them."""
    if blocks is None:
        return []
    refuse_problems(validate_blocks(blocks, surface="message"), otherwise="invalid_blocks")
    return cast("list[dict[str, Any]]", blocks)


def refuse_problems(problems: list[Problem], *, otherwise: str) -> None:
    """Raise what Slack answers to `problems`, unless there are none; `otherwise` is the argument's usual error."""
    if problems:
        body = refusal(problems, error=otherwise)
        raise SlackError(
            str(body["error"]), **{name: value for name, value in body.items() if name not in {"ok", "error"}}
        )


def read_metadata(arguments: Arguments) -> dict[str, Any] | None:
    """`metadata` as `{event_type, event_payload}`; {} takes metadata away in chat.update."""
    metadata = arguments.structure("metadata", otherwise="invalid_metadata_format")
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise SlackError("invalid_metadata_format")
    if not metadata or "entities" in metadata:
        return metadata
    payload = metadata.get("event_payload")
    if not isinstance(metadata.get("event_type"), str) or not isinstance(payload, dict):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(metadata)) > METADATA_CHARACTERS:
        raise SlackError("metadata_too_large")
    return metadata


def _read_text(arguments: Arguments) -> str:
    text, markdown = arguments.text("text"), arguments.text("markdown_text")
    if markdown is None:
        return text or ""
    if text is not None or "blocks" in arguments:
        raise SlackError("markdown_text_conflict")
    if len(markdown) > MARKDOWN_TEXT:
        raise SlackError("msg_too_long")
    return markdown


def _read_attachments(attachments: object) -> list[dict[str, Any]]:
    if attachments is None:
        return []
    if not isinstance(attachments, list):
        raise SlackError("invalid_attachments")
    if len(attachments) > ATTACHMENTS:
        raise SlackError("too_many_attachments")
    refuse_problems(validate_attachments(attachments), otherwise="invalid_attachments")
    return attachments
