"""The simulated Slack as one object: state, clock, limits, faults, logs and what waits to be told to apps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from slack_simulator.changes import Changes
from slack_simulator.clock import Clock
from slack_simulator.config import SimulatorConfig
from slack_simulator.delivery.courier import Courier
from slack_simulator.errors import SlackError
from slack_simulator.faults import FaultPlan
from slack_simulator.ledger import Posted, WireLog, as_posted
from slack_simulator.limits import Limits
from slack_simulator.render import message_event, message_json, metadata_deleted_event
from slack_simulator.state import State
from slack_simulator.workspace import App, Channel, Message

TRIGGER_SECONDS = 3
RESPONSE_URL_SECONDS = 30 * 60
RESPONSE_URL_USES = 5
SLACKBOT = "USLACKBOT"


@dataclass(slots=True)
class Trigger:
    """A trigger_id: one app's right to open a view for one user, once, within three seconds."""

    id: str
    app: str
    team: str
    user: str
    expires_at: float
    used: bool = False
    view: str | None = None


@dataclass(slots=True)
class ResponseURL:
    """A response_url; `ts` is the message it may replace, None after a slash command."""

    id: str
    app: str
    team: str
    channel: str
    user: str
    ts: str | None
    expires_at: float
    uses: int = 0


@dataclass(slots=True)
class Scheduled:
    """A message for later; `post_at` is in seconds since 1970."""

    id: str
    app: str
    message: Message
    post_at: int


@dataclass(slots=True)
class OAuthCode:
    """What a person allowed: ten minutes and one exchange, with the redirect_uri that was sent."""

    app: str
    team: str
    user: str
    scopes: frozenset[str]
    redirect_uri: str
    expires_at: float
    used: bool = False


class Engine:
    """Everything the routes, the controls and the delivery share. It belongs to one event loop."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.clock = Clock(speed=config.clock_speed)
        self.state = State(config, self.clock)
        self.limits = Limits(self.clock, config.limits, config.retry_after, config.history)
        self.faults = FaultPlan()
        self.wire_log = WireLog()
        self.changes = Changes()
        self.courier = Courier(
            wire_log=self.wire_log, faults=self.faults, clock=self.clock, deadline=config.ack_deadline
        )
        self.posted: list[Posted] = []
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseURL] = {}
        self.scheduled: dict[str, Scheduled] = {}
        self.oauth_codes: dict[str, OAuthCode] = {}
        # The options that an app last sent for an external select, by (app, action_id).
        self.offered: dict[tuple[str, str], list[dict[str, Any]]] = {}
        # Links an app was told about, by (app, channel, ts) or (app, source, unfurl id).
        self.unfurlable: dict[tuple[str, str, str], set[str]] = {}
        self.composer_unfurls: dict[str, dict[str, dict[str, Any]]] = {}
        self.own_url = ""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._listeners: list[Callable[[dict[str, Any], Channel | None, str], None]] = []

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run `work` beside everything else; `stop` cancels what is left."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        """Give up all that is still waiting."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.courier.close()

    def listen(self, listener: Callable[[dict[str, Any], Channel | None, str], None]) -> None:
        """Call `listener(event, channel, team)` for each event that Slack would tell apps about."""
        self._listeners.append(listener)

    def announce(self, event: dict[str, Any], *, channel: Channel | None, team: str) -> None:
        """Something happened that the Events API knows; whom it concerns is the listeners' affair."""
        for listener in self._listeners:
            listener(event, channel, team)

    def post(self, channel: Channel, message: Message) -> None:
        """Put `message` into its channel, and into the ledger when an app wrote it."""
        channel.add(message)
        if message.app_id is not None:
            self.posted.append(as_posted(message))
        self.changes.notify()
        self.announce(message_event(message, channel), channel=channel, team=message.team)

    def delete(self, channel: Channel, message: Message) -> None:
        """Take `message` away, whoever does it; nobody else hears of an ephemeral one."""
        if message.only_for is not None:
            channel.ephemerals.remove(message)
            self.changes.notify()
            return
        channel.remove(message, tombstone_by=SLACKBOT)
        self.changes.notify()
        event = {
            "type": "message",
            "subtype": "message_deleted",
            "hidden": True,
            "channel": channel.id,
            "deleted_ts": message.ts,
        }
        now = self.state.next_ts()
        event |= {"ts": now, "previous_message": message_json(message, channel, with_metadata=False)}
        self.announce(event, channel=channel, team=message.team)
        if message.metadata is not None and "event_type" in message.metadata:
            self.announce(metadata_deleted_event(message, channel, at=now), channel=channel, team=message.team)

    def verification_token(self, app: App) -> str:
        """The deprecated secret that Slack still puts into every request."""
        return f"verification-{app.id}"

    def new_trigger(self, app: App, team: str, user: str, *, view: str | None = None) -> Trigger:
        """A trigger_id as it stands in a payload."""
        number = self.state.new_id("").lstrip("0")
        trigger_id = f"{int(self.clock.now())}.{number}.{self.state.new_secret()}"
        self.triggers[trigger_id] = Trigger(
            trigger_id, app.id, team, user, self.clock.now() + TRIGGER_SECONDS, view=view
        )
        return self.triggers[trigger_id]

    def use_trigger(self, trigger_id: str | None, app: App) -> Trigger:
        """Exchange a trigger_id; raises `invalid_trigger_id`, `exchanged_trigger_id` or `expired_trigger_id`."""
        trigger = self.triggers.get(trigger_id or "")
        if trigger is None or trigger.app != app.id:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self.clock.now() > trigger.expires_at:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_response_url(self, app: App, team: str, channel: str, user: str, *, ts: str | None) -> str:
        """The address to which an app may answer what `user` did."""
        url_id = self.state.new_secret()
        expires_at = self.clock.now() + RESPONSE_URL_SECONDS
        self.response_urls[url_id] = ResponseURL(url_id, app.id, team, channel, user, ts, expires_at)
        return f"{self.own_url}/response/{url_id}"
