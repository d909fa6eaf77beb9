"""Rule actions: where a firing is told. `RuleDataError` refuses an incomplete one before it is written."""

from typing import Any
from uuid import uuid4

import msgspec

from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import IntegrationId
from tocsin.kernel.shapes import make_ready
from tocsin.rules.models import Rule
from tocsin.rules.repeat import NewCardAfter, Repeat


class RuleDataError(InvalidInputError):
    """A rule, its firing or its action lacks what a card needs: a firing, an action, an address."""

    code = "rules.data"


class NotifyChannel(msgspec.Struct, frozen=True, tag_field="kind", tag="notify_channel"):
    """Posts the issue's card in a channel; `channel` is Slack's id, `channel_name` what people read."""

    uuid: str
    integration_id: IntegrationId
    channel: str
    channel_name: str
    tags: tuple[str, ...] = ("environment", "release")
    """The tags that the card shows, in this order."""
    repeat: Repeat = Repeat.THREAD
    new_card_after: NewCardAfter = "resolve"


Action = NotifyChannel
make_ready(list[Action])


def notify_channel(
    integration_id: IntegrationId,
    channel: str,
    channel_name: str,
    *,
    repeat: Repeat = Repeat.THREAD,
    new_card_after: NewCardAfter = "resolve",
) -> NotifyChannel:
    """A new action with an id of its own.

    Raises:
        RuleDataError: the channel is missing.
    """
    if not channel:
        raise RuleDataError("a rule that notifies needs a channel")
    return NotifyChannel(
        str(uuid4()), integration_id, channel, channel_name, repeat=repeat, new_card_after=new_card_after
    )


def decode_actions(stored: list[dict[str, Any]]) -> list[Action]:
    """The actions of a rule as stored in its row."""
    return msgspec.convert(stored, list[Action])


def encode_actions(actions: list[Action]) -> list[dict[str, Any]]:
    """The inverse of `decode_actions`."""
    return msgspec.to_builtins(actions)


def get_rule_action_details_by_uuid(rule: Rule, uuid: str) -> Action | None:
    """The rule's action of that id; `None` when the rule was edited since."""
    return next((action for action in decode_actions(rule.actions) if action.uuid == uuid), None)
