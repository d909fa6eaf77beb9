"""All workspaces together: built from a config, found by id, and the makers of every kind of id."""

from __future__ import annotations

import secrets

from slack_simulator.clock import Clock
from slack_simulator.config import AppConfig, ChannelConfig, ChannelKind, SimulatorConfig, UserConfig, WorkspaceConfig
from slack_simulator.errors import NotPossibleError
from slack_simulator.workspace import App, Channel, Installation, Message, User, UserGroup, View, Workspace

_BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class State:
    """Every record of the simulator; only the server's event loop touches it."""

    def __init__(self, config: SimulatorConfig, clock: Clock) -> None:
        self.clock = clock
        self.workspaces: dict[str, Workspace] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.usergroups: dict[str, UserGroup] = {}
        self.apps: dict[str, App] = {}
        self.views: dict[str, View] = {}
        self.moved_channels: dict[str, str] = {}
        self.direct: dict[frozenset[str], str] = {}
        self.last_number = 0
        self.last_microsecond = 0
        for workspace in config.workspaces:
            self._add_workspace(workspace)
        for app in config.apps:
            self._add_app(app)

    def next_ts(self) -> str:
        """A new message id: the clock with six digits, always beyond the last one."""
        self.last_microsecond = max(int(self.clock.now() * 1_000_000), self.last_microsecond + 1)
        seconds, microseconds = divmod(self.last_microsecond, 1_000_000)
        return f"{seconds}.{microseconds:06d}"

    def new_id(self, prefix: str) -> str:
        """An id like Slack's, e.g. `C0000000001`."""
        self.last_number += 1
        number, digits = self.last_number, ""
        while number:
            number, digit = divmod(number, 36)
            digits = _BASE_36[digit] + digits
        return prefix + digits.rjust(10, "0")

    def new_secret(self) -> str:
        return secrets.token_hex(16)

    def find_channel(self, team: str, name_or_id: str) -> Channel | None:
        """By id, or by `#name` or `name` as chat.postMessage allows; None where `team` has no part in it."""
        channel = self.channels.get(name_or_id)
        if channel is None:
            name = name_or_id.removeprefix("#")
            channel = next((each for each in self.channels.values() if each.name == name and each.name), None)
        return channel if channel is not None and team in channel.teams else None

    def get_channel(self, name_or_id: str) -> Channel:
        """The channel for a person at the controls.

        Raises:
            NotPossibleError: there is none.
        """
        for team in self.workspaces:
            if (channel := self.find_channel(team, name_or_id)) is not None:
                return channel
        raise NotPossibleError(f"there is no channel {name_or_id}")

    def get_user(self, name_or_id: str) -> User:
        """The user of that id or name, for a person at the controls; raises NotPossibleError."""
        name = name_or_id.removeprefix("@")
        user = self.users.get(name_or_id) or next((each for each in self.users.values() if each.name == name), None)
        if user is None:
            raise NotPossibleError(f"there is no user {name_or_id}")
        return user

    def get_app(self, app: str | None) -> App:
        """The app of that id; without one, the only app or the first; raises NotPossibleError."""
        if app is None:
            return next(iter(self.apps.values()))
        if app not in self.apps:
            raise NotPossibleError(f"there is no app {app}")
        return self.apps[app]

    def get_message(self, channel: Channel, ts: str) -> Message:
        """A message that somebody can see, ephemeral or not; raises NotPossibleError."""
        message = channel.find_live(ts) or next((each for each in channel.ephemerals if each.ts == ts), None)
        if message is None:
            raise NotPossibleError(f"there is no message {ts} in {channel.id}")
        return message

    def installations(self) -> list[Installation]:
        return [installation for app in self.apps.values() for installation in app.installations]

    def installations_in(self, channel: Channel) -> list[Installation]:
        """The living installations whose bot is a member of `channel`."""
        return [each for each in self.installations() if each.dead_because is None and each.bot_user in channel.members]

    def installation_of(self, app: App, team: str) -> Installation:
        """Where `app` is installed in `team`; raises NotPossibleError."""
        for installation in app.installations:
            if installation.team == team:
                return installation
        raise NotPossibleError(f"{app.id} is not installed in {team}")

    def open_direct(self, team: str, people: frozenset[str]) -> tuple[Channel, bool]:
        """The DM of these people, and whether it was there before; two make an `im`, more an `mpim`."""
        if people in self.direct:
            return self.channels[self.direct[people]], True
        kind: ChannelKind = "im" if len(people) <= 2 else "mpim"
        channel_id = self.new_id("D" if kind == "im" else "G")
        name = "" if kind == "im" else "mpdm-" + "--".join(sorted(self.users[each].name for each in people)) + "-1"
        self.channels[channel_id] = Channel(channel_id, name, kind, team, self.clock.now(), members=set(people))
        self.direct[people] = channel_id
        return self.channels[channel_id], False

    def add_channel(self, team: str, channel: ChannelConfig, *, creator: str = "") -> Channel:
        made = Channel(
            channel.id,
            channel.name,
            channel.kind,
            team,
            self.clock.now(),
            creator=creator,
            members=set(channel.members),
            shared_with=channel.shared_with,
            is_archived=channel.is_archived,
        )
        self.channels[channel.id] = made
        return made

    def add_user(self, team: str, user: UserConfig) -> User:
        made = User(
            user.id,
            team,
            user.name,
            user.real_name or user.name,
            user.email,
            user.is_admin or user.is_owner,
            user.is_owner,
            user.is_restricted or user.is_ultra_restricted,
            user.is_ultra_restricted,
            deleted=user.deleted,
            tz=user.tz,
            updated=self.clock.now(),
        )
        self.users[user.id] = made
        return made

    def add_bot(self, app: App, team: str, user_id: str | None = None) -> str:
        """Give `app` a bot user in `team`; returns its id."""
        name = app.config.name
        bot = User(user_id or self.new_id("U"), team, name.lower(), name, is_bot=True, app=app.id)
        self.users[bot.id] = bot
        return bot.id

    def change_channel_id(self, channel: Channel) -> str:
        """Give `channel` a new id, as turning it into a Slack Connect channel can; the old one is found no more."""
        old, new = channel.id, self.new_id("C")
        self.channels[new] = self.channels.pop(old)
        self.moved_channels[old] = new
        channel.id = new
        for message in (*channel.messages.values(), *channel.ephemerals):
            message.channel = new
        return new

    def _add_workspace(self, workspace: WorkspaceConfig) -> None:
        self.workspaces[workspace.id] = Workspace(
            workspace.id, workspace.name, workspace.domain, workspace.enterprise_id
        )
        for user in workspace.users:
            self.add_user(workspace.id, user)
        for channel in workspace.channels:
            self.add_channel(workspace.id, channel)
        for group in workspace.usergroups:
            self.usergroups[group.id] = UserGroup(group.id, workspace.id, group.handle, group.name, group.users)

    def _add_app(self, config: AppConfig) -> None:
        app = App(
            config,
            config.actions_url or config.request_url,
            config.options_url or config.request_url,
            config.events_url or config.request_url,
            config.commands_url or config.request_url,
            {command.command: command for command in config.commands},
        )
        self.apps[config.id] = app
        for place in config.installations:
            granted = config.scopes if place.scopes is None else place.scopes
            app.installations.append(
                Installation(app, place.workspace, place.bot_token, place.bot_user_id, place.bot_id, frozenset(granted))
            )
            self.add_bot(app, place.workspace, place.bot_user_id)
