"""The shapes of the events in which Slack tells of the app and of channels; unknown fields are left alone.

Private channels have events of their own, with the same fields (https://docs.slack.dev/reference/events).
"""

from typing import Annotated

import msgspec

from tocsin.kernel.shapes import make_ready
from tocsin.slack.payloads import EventRequest

ChannelId = Annotated[str, msgspec.Meta(pattern=r"^[CG][A-Z0-9]{2,30}$")]


class AppUninstalled(msgspec.Struct, frozen=True, tag_field="type", tag="app_uninstalled"):
    """The app was taken out of the workspace."""


class RevokedTokens(msgspec.Struct, frozen=True):
    """Whose tokens: ids of users, never the tokens; `bot` are bot users of the app."""

    bot: tuple[str, ...] = ()


class TokensRevoked(msgspec.Struct, frozen=True, tag_field="type", tag="tokens_revoked"):
    """Tokens of the app are good no longer; comes before or after `app_uninstalled`, or alone."""

    tokens: RevokedTokens


class ChannelArchived(msgspec.Struct, frozen=True, tag_field="type", tag="channel_archive"):
    channel: ChannelId


class PrivateChannelArchived(ChannelArchived, frozen=True, tag="group_archive"):
    pass


class ChannelUnarchived(msgspec.Struct, frozen=True, tag_field="type", tag="channel_unarchive"):
    channel: ChannelId


class PrivateChannelUnarchived(ChannelUnarchived, frozen=True, tag="group_unarchive"):
    pass


class Renamed(msgspec.Struct, frozen=True):
    id: ChannelId


class ChannelRenamed(msgspec.Struct, frozen=True, tag_field="type", tag="channel_rename"):
    """The new name is not read from here: of two renames the older may be told last."""

    channel: Renamed


class PrivateChannelRenamed(ChannelRenamed, frozen=True, tag="group_rename"):
    pass


class ChannelIdChanged(msgspec.Struct, frozen=True, tag_field="type", tag="channel_id_changed"):
    """A private channel was shared with another company: all that is said there has the new id from now on."""

    old_channel_id: ChannelId
    new_channel_id: ChannelId


class MemberJoined(msgspec.Struct, frozen=True, tag_field="type", tag="member_joined_channel"):
    """Somebody came into a channel; of interest is only our own bot."""

    user: str
    channel: ChannelId


LifecycleEvent = (
    AppUninstalled
    | TokensRevoked
    | ChannelArchived
    | PrivateChannelArchived
    | ChannelUnarchived
    | PrivateChannelUnarchived
    | ChannelRenamed
    | PrivateChannelRenamed
    | ChannelIdChanged
    | MemberJoined
)
make_ready(LifecycleEvent)


def read_lifecycle(request: EventRequest) -> LifecycleEvent | None:
    """What an event tells of the app or of a channel; `None` for every other, and for one that cannot be understood."""
    try:
        return msgspec.json.decode(bytes(request.event), type=LifecycleEvent)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
