"""A press: one use of a button on a card, as the handlers see it, with ids only."""

import hashlib
from dataclasses import dataclass

from tocsin.kernel.ids import IntegrationId
from tocsin.organizations.permit import Source, Via
from tocsin.slack.messages.buttons import read_card_key
from tocsin.slack.payloads import Interaction
from tocsin.slack.workspaces import Workspace


@dataclass(frozen=True, slots=True)
class Press:
    """Who used what, where.

    `arrived` is `time.monotonic()`; `response_url` is as good as a password and never logged.
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
    action_ts: str
    card_key: str | None
    """The opaque key of the card, where the button's value is one of today's making."""
    response_url: str | None
    arrived: float

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
        parts = (self.workspace.team_id, self.slack_user_id, self.action_id, self.action_ts, self.message_ts)
        return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def read_press(interaction: Interaction, workspace: Workspace, *, arrived: float) -> Press | None:
    """The press that `interaction` tells of; `None` when it is another gesture, or nobody's."""
    if interaction.type != "block_actions" or not interaction.actions:
        return None
    person, used, container = interaction.user, interaction.actions[0], interaction.container
    if person is None or not person.id or not used.action_id:
        return None
    channel = interaction.channel.id if interaction.channel is not None else None
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
        card_key=read_card_key(used.value),
        response_url=interaction.response_url,
        arrived=arrived,
    )


def get_logging_data(press: Press) -> dict[str, object]:
    """What a log line may hold of a press: ids, and of those only the ones that there are."""
    known = {
        "integration_id": press.integration_id,
        "organization_ids": list(press.workspace.organization_ids),
        "slack_team_id": press.workspace.team_id,
        "slack_user_id": press.slack_user_id,
        "slack_channel_id": press.channel,
        "slack_message_ts": press.message_ts,
        "action_id": press.action_id,
    }
    return {name: value for name, value in known.items() if value}
