"""The things a workspace holds: people, apps, conversations, messages and views, as plain mutable records."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from typing import Any

from slack_simulator.config import AppConfig, ChannelKind, CommandConfig


@dataclass(slots=True)
class User:
    """A person or a bot user; `team` is the workspace it belongs to, another for an outsider of a shared channel."""

    id: str
    team: str
    name: str
    real_name: str
    email: str | None = None
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False
    deleted: bool = False
    tz: str = "Europe/London"
    app: str | None = None
    updated: float = 0.0

    @property
    def is_guest(self) -> bool:
        return self.is_restricted or self.is_ultra_restricted


@dataclass(slots=True)
class Message:
    """One message. `ts` is Slack's id of it within its channel (text, e.g. "1700000000.000100"), not a time.

    `only_for` is the user who sees an ephemeral message; `author` says who may change it: an app's id or a user's.
    `visible_from` is the clock's time from which history and replies show it.
    """

    channel: str
    ts: str
    team: str
    user: str
    text: str = ""
    author: str = ""
    app_id: str | None = None
    bot_id: str | None = None
    username: str | None = None
    icons: dict[str, Any] | None = None
    blocks: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    unfurls: dict[str, dict[str, Any]] = field(default_factory=dict)
    metadata: dict[str, Any] | None = None
    thread_ts: str | None = None
    subtype: str | None = None
    edited: dict[str, str] | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    only_for: str | None = None
    visible_from: float = 0.0
    chosen: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)


@dataclass(slots=True)
class Channel:
    """A conversation of any kind. Messages keep the order of their ts; ephemeral ones are in no history."""

    id: str
    name: str
    kind: ChannelKind
    team: str
    created: float
    creator: str = ""
    members: set[str] = field(default_factory=set)
    shared_with: tuple[str, ...] = ()
    is_archived: bool = False
    previous_names: list[str] = field(default_factory=list)
    topic: str = ""
    purpose: str = ""
    restriction: str | None = None
    locked_threads: set[str] = field(default_factory=set)
    messages: dict[str, Message] = field(default_factory=dict)
    roots: list[str] = field(default_factory=list)
    threads: dict[str, list[str]] = field(default_factory=dict)
    ephemerals: list[Message] = field(default_factory=list)
    last_read: dict[str, str] = field(default_factory=dict)

    @property
    def teams(self) -> tuple[str, ...]:
        return (self.team, *self.shared_with)

    @property
    def is_private(self) -> bool:
        return self.kind != "public_channel"

    def add(self, message: Message) -> None:
        """Keep `message` where its ts belongs, as a root or in its thread."""
        self.messages[message.ts] = message
        if message.thread_ts is None:
            bisect.insort(self.roots, message.ts)
            return
        bisect.insort(self.threads.setdefault(message.thread_ts, []), message.ts)
        if message.subtype == "thread_broadcast":
            bisect.insort(self.roots, message.ts)

    def remove(self, message: Message, *, tombstone_by: str) -> None:
        """Delete `message`; a parent with replies leaves a tombstone, as in Slack."""
        if self.threads.get(message.ts):
            self.messages[message.ts] = Message(
                self.id, message.ts, message.team, tombstone_by, "This message was deleted.", subtype="tombstone"
            )
            return
        self._forget(message.ts, self.roots)
        del self.messages[message.ts]
        if message.thread_ts is not None:
            self._forget(message.ts, self.threads[message.thread_ts])

    def find_live(self, ts: str) -> Message | None:
        """The message unless it is gone; a tombstone is gone."""
        message = self.messages.get(ts)
        return None if message is None or message.subtype == "tombstone" else message

    def replies(self, ts: str) -> list[Message]:
        return [self.messages[reply] for reply in self.threads.get(ts, [])]

    @staticmethod
    def _forget(ts: str, order: list[str]) -> None:
        place = bisect.bisect_left(order, ts)
        if place < len(order) and order[place] == ts:
            del order[place]


@dataclass(slots=True)
class View:
    """A modal or a Home tab as one user sees it; `payload` is what the app sent, `errors` what it found wrong in it."""

    id: str
    team: str
    app: str
    bot_id: str
    user: str
    payload: dict[str, Any]
    hash: str
    root_id: str
    previous_id: str | None = None
    is_open: bool = True
    errors: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def type(self) -> str:
        return str(self.payload.get("type"))


@dataclass(slots=True)
class UserGroup:
    id: str
    team: str
    handle: str
    name: str
    users: tuple[str, ...]


@dataclass(slots=True)
class Installation:
    """An app in a workspace, with its bot user and its token; `dead_because` is the error that a dead token gets."""

    app: App
    team: str
    token: str
    bot_user: str
    bot_id: str
    scopes: frozenset[str]
    dead_because: str | None = None


@dataclass(slots=True)
class App:
    """A Slack app as its settings page knows it."""

    config: AppConfig
    actions_url: str
    options_url: str
    events_url: str
    commands_url: str
    commands: dict[str, CommandConfig]
    installations: list[Installation] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.config.id

    def use_url(self, url: str) -> None:
        """Send everything to one address."""
        self.actions_url = self.options_url = self.events_url = self.commands_url = url


@dataclass(slots=True)
class Workspace:
    id: str
    name: str
    domain: str
    enterprise_id: str | None
