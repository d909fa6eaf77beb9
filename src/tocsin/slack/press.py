"""A press: one use of a button, a menu or a form, as the handlers see it, with ids only."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tocsin.kernel.ids import IntegrationId
from tocsin.organizations.permit import Source, Via
from tocsin.slack.messages.keys import CardKey, read_block_key, read_card_key
from tocsin.slack.payloads import Interaction, UsedElement, View
from tocsin.slack.workspaces import Workspace

BUTTON, FORM, TYPING = "block_actions", "view_submission", "block_suggestion"
"""Slack's words for the gestures that somebody is answered for."""

ID = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
OVERFLOW = "overflow"
"""Several buttons folded into one: what is chosen there is the button."""


@dataclass(frozen=True, slots=True)
class Press:
    """Who used what, where.

    `arrived` is `time.monotonic()`; `response_url` and `trigger_id` are as good as passwords and never logged.
    """

    workspace: Workspace
    slack_user_id: str
    user_name: str
    is_outsider: bool
    """Whether the person belongs to another company, in a channel that both share."""
    channel: str
    message_ts: str
    thread_ts: str | None
    action_id: str
    """Of a form, its `callback_id`."""
    action_ts: str
    """When; of a form, its id, since one form is submitted once."""
    card_key: str | None
    """The opaque key of the card, where what was used is of today's making."""
    response_url: str | None
    arrived: float
    kind: str = BUTTON
    outdated_key: str | None = None
    """The same of a card that an older version drew."""
    chosen: str | None = None
    """The option of a menu; `None` when it was cleared. Of a button, what its value says beside the card."""
    typed: str = ""
    """What was typed so far into a menu that asks for its choices."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What a form holds, by action id; what is empty is not there."""
    sealed: str | None = field(default=None, repr=False)
    """What the form was given when it was opened."""
    trigger_id: str | None = field(default=None, repr=False)

    @property
    def integration_id(self) -> IntegrationId:
        return self.workspace.integration_id

    @property
    def source(self) -> Source:
        """What history keeps of where this came from."""
        return Source(Via.SLACK, self.integration_id, self.slack_user_id, self.channel, self.message_ts)

    @property
    def delivery_key(self) -> str:
        """The same for each delivery of one gesture, and for no other gesture."""
        return self.make_key()

    def make_key(self, *of: str) -> str:
        """The key of something that is noted of this gesture, and of no other."""
        parts = (self.workspace.team_id, self.slack_user_id, self.action_id, self.action_ts, self.message_ts, *of)
        return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def read_press(interaction: Interaction, workspace: Workspace, *, arrived: float) -> Press | None:
    """The press that `interaction` tells of; `None` when it is another gesture, or nobody's."""
    person, container = interaction.user, interaction.container
    used = _used(interaction)
    if person is None or not person.id or used is None or not used.action_id:
        return None
    channel = interaction.channel.id if interaction.channel is not None else None
    view = interaction.view or View()
    key = _key(used)
    return Press(
        workspace=workspace,
        slack_user_id=person.id,
        user_name=person.name or person.username or person.id,
        is_outsider=bool(person.team_id) and person.team_id not in interaction.team_ids,
        channel=channel or (container.channel_id if container else None) or "",
        message_ts=(container.message_ts if container else None) or "",
        thread_ts=container.thread_ts if container else None,
        action_id=used.action_id,
        action_ts=used.action_ts or "",
        card_key=key.message_key if key.is_current else None,
        response_url=interaction.response_url,
        arrived=arrived,
        kind=interaction.type,
        outdated_key=None if key.is_current else key.message_key,
        chosen=used.selected_option.value if used.selected_option is not None else key.detail,
        typed=(interaction.value or "") if interaction.type == TYPING else "",
        values=_values(view),
        sealed=view.private_metadata,
        trigger_id=interaction.trigger_id,
    )


def get_logging_data(press: Press) -> dict[str, object]:
    """What a log line may hold of a press: ids, and of those only the ones that there are."""
    known = {
        "integration_id": press.integration_id,
        "organization_ids": list(press.workspace.organization_ids),
        "slack_team_id": press.workspace.team_id,
        "slack_user_id": _id(press.slack_user_id),
        "slack_channel_id": _id(press.channel),
        "slack_message_ts": _id(press.message_ts),
        "action_id": _id(press.action_id),
    }
    return {name: value for name, value in known.items() if value}


def _id(given: str) -> str:
    """`given` as far as it can be an id: whoever signs a request could write anything there, and logs keep it."""
    return given if not given or ID.fullmatch(given) else "no id"


def _used(interaction: Interaction) -> UsedElement | None:
    """What was used, of whichever kind of gesture."""
    match interaction.type:
        case "block_actions" if interaction.actions:
            used = interaction.actions[0]
            if used.type == OVERFLOW and used.selected_option is not None:
                return UsedElement(OVERFLOW, used.selected_option.value, used.action_ts, used.block_id)
            return used
        case "view_submission" if interaction.view is not None:
            return UsedElement(action_id=interaction.view.callback_id, action_ts=interaction.view.id)
        case "block_suggestion":
            return UsedElement(action_id=interaction.action_id, block_id=interaction.block_id)
    return None


def _key(used: UsedElement) -> CardKey:
    """A button says its card itself, a menu has no room for it but in the id of its block."""
    return read_block_key(used.block_id) if used.value is None else read_card_key(used.value)


def _values(view: View) -> Mapping[str, str]:
    state = view.state
    if state is None:
        return MappingProxyType({})
    filled = ((action_id, each) for block in state.values.values() for action_id, each in block.items())
    read = ((name, each.selected_option.value if each.selected_option else each.value) for name, each in filled)
    return {name: value.strip() for name, value in read if value is not None and value.strip()}
