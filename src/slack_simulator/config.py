"""What a simulated Slack consists of at the start: workspaces, people, channels and apps; read from TOML or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

ChannelKind = Literal["public_channel", "private_channel", "im", "mpim"]
RetryAfterMode = Literal["normal", "missing", "zero", "huge"]
HistoryMode = Literal["internal", "commercial"]

# What an app with no list of its own may do; the names are those of Slack's manifest.
ALL_BOT_SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:join",
    "channels:manage",
    "channels:read",
    "chat:write",
    "chat:write.customize",
    "chat:write.public",
    "commands",
    "emoji:read",
    "groups:history",
    "groups:read",
    "groups:write",
    "im:history",
    "im:read",
    "im:write",
    "links:read",
    "links:write",
    "metadata.message:read",
    "mpim:history",
    "mpim:read",
    "mpim:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users.profile:read",
    "users:read",
    "users:read.email",
)

ALL_EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "channel_archive",
    "channel_created",
    "channel_deleted",
    "channel_id_changed",
    "channel_left",
    "channel_rename",
    "channel_shared",
    "channel_unarchive",
    "channel_unshared",
    "group_archive",
    "group_deleted",
    "group_left",
    "group_rename",
    "group_unarchive",
    "link_shared",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "message_metadata_deleted",
    "reaction_added",
    "reaction_removed",
    "team_join",
    "tokens_revoked",
    "user_change",
)


class UserConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person; `is_restricted` is a multi-channel guest, `is_ultra_restricted` a single-channel one."""

    id: str
    name: str
    real_name: str = ""
    email: str | None = None
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    deleted: bool = False
    tz: str = "Europe/London"


class ChannelConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A conversation; `shared_with` names the other workspaces of a Slack Connect channel."""

    id: str
    name: str
    kind: ChannelKind = "public_channel"
    members: tuple[str, ...] = ()
    shared_with: tuple[str, ...] = ()
    is_archived: bool = False


class UserGroupConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    handle: str
    name: str
    users: tuple[str, ...] = ()


class WorkspaceConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One Slack team; `enterprise_id` is set when it belongs to an organization ("Grid")."""

    id: str
    name: str
    domain: str
    enterprise_id: str | None = None
    users: tuple[UserConfig, ...] = ()
    channels: tuple[ChannelConfig, ...] = ()
    usergroups: tuple[UserGroupConfig, ...] = ()


class CommandConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A slash command; `command` starts with a slash."""

    command: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False


class MetadataSubscription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Metadata of which an app wants to hear: of this app's messages (`*` for any app's), with this event_type."""

    app_id: str
    event_type: str


class InstallationConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An app in a workspace; `scopes=None` grants everything the app asks for."""

    workspace: str
    bot_token: str
    bot_user_id: str
    bot_id: str
    scopes: tuple[str, ...] | None = None


class AppConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Slack app. `request_url` receives what has no address of its own in the four others.

    An installation may go on at any address that begins with one of `redirect_urls`, at any at all when there are none.
    """

    id: str
    name: str
    signing_secret: str
    client_id: str = ""
    client_secret: str = ""
    app_token: str | None = None
    request_url: str = ""
    actions_url: str = ""
    options_url: str = ""
    events_url: str = ""
    commands_url: str = ""
    scopes: tuple[str, ...] = ALL_BOT_SCOPES
    events: tuple[str, ...] = ALL_EVENTS
    metadata_subscriptions: tuple[MetadataSubscription, ...] = ()
    commands: tuple[CommandConfig, ...] = ()
    unfurl_domains: tuple[str, ...] = ()
    redirect_urls: tuple[str, ...] = ()
    home_tab: bool = True
    messages_tab: bool = True
    installations: tuple[InstallationConfig, ...] = ()


class SimulatorConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole simulator. `ack_deadline` is in real seconds, Slack's is 3."""

    workspaces: tuple[WorkspaceConfig, ...]
    apps: tuple[AppConfig, ...]
    limits: bool = True
    retry_after: RetryAfterMode = "normal"
    history: HistoryMode = "internal"
    clock_speed: float = 1.0
    ack_deadline: float = 3.0


def read_config(path: Path) -> SimulatorConfig:
    """Read a `.toml` or `.json` file.

    Raises:
        OSError: the file cannot be read.
        msgspec.ValidationError: a field is unknown, missing or of the wrong type; the sentence names it.
    """
    decode = msgspec.toml.decode if path.suffix == ".toml" else msgspec.json.decode
    return decode(path.read_bytes(), type=SimulatorConfig)


def example_config(*, request_url: str = "") -> SimulatorConfig:
    """A small company with every kind of person and channel that an app has to tell apart; one app, installed once."""
    acme = WorkspaceConfig(
        id="T0ACME",
        name="Acme",
        domain="acme",
        users=(
            UserConfig("U0ADA", "ada", "Ada Lovelace", "ada@acme.example", is_admin=True, is_owner=True),
            UserConfig("U0GRACE", "grace", "Grace Hopper", "grace@acme.example", is_admin=True),
            UserConfig("U0LINUS", "linus", "Linus Pauling", "linus@acme.example"),
            UserConfig("U0GUEST", "guest", "Gus Guest", "gus@contractor.example", is_restricted=True),
            UserConfig("U0SINGLE", "single", "Sim Single", "sim@contractor.example", is_ultra_restricted=True),
            UserConfig("U0GONE", "gone", "Greta Gone", "greta@acme.example", deleted=True),
        ),
        channels=(
            ChannelConfig("C0GENERAL", "general", members=("U0ADA", "U0GRACE", "U0LINUS", "U0BOT")),
            ChannelConfig("C0OPS", "ops", members=("U0ADA", "U0GRACE", "U0GUEST", "U0BOT")),
            ChannelConfig("C0RANDOM", "random", members=("U0ADA", "U0LINUS")),
            ChannelConfig("C0SECRET", "secret", "private_channel", members=("U0ADA", "U0BOT")),
            ChannelConfig("C0HIDDEN", "hidden", "private_channel", members=("U0ADA",)),
            ChannelConfig("C0OLD", "old", members=("U0ADA", "U0BOT"), is_archived=True),
            ChannelConfig("C0SHARED", "shared", members=("U0ADA", "U0OUTSIDE", "U0BOT"), shared_with=("T0PARTNER",)),
        ),
        usergroups=(UserGroupConfig("S0ONCALL", "oncall", "On call", ("U0ADA", "U0GRACE")),),
    )
    partner = WorkspaceConfig(
        id="T0PARTNER",
        name="Partner",
        domain="partner",
        users=(UserConfig("U0OUTSIDE", "otto", "Otto Outside", "otto@partner.example", is_admin=True),),
    )
    app = AppConfig(
        id="A0APP",
        name="Watcher",
        signing_secret="example-signing-secret",  # noqa: S106 - opens nothing but the example
        client_id="1111.2222",
        client_secret="example-client-secret",  # noqa: S106 - likewise
        app_token="xapp-example",  # noqa: S106 - likewise
        request_url=request_url,
        commands=(CommandConfig("/watch", "Look after things", "[thing]"),),
        unfurl_domains=("watcher.example",),
        installations=(InstallationConfig("T0ACME", "xoxb-example-bot", "U0BOT", "B0BOT"),),
    )
    return SimulatorConfig(workspaces=(acme, partner), apps=(app,))
