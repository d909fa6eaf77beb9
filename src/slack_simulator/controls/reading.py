"""Controls that look: messages, threads, views, logs and the ledger."""

from __future__ import annotations

from typing import Any

from slack_simulator.engine import Engine
from slack_simulator.ledger import Ledger, WireEntry, read_ledger
from slack_simulator.workspace import Channel, Message, User, View


def messages(engine: Engine, channel: str) -> list[Message]:
    """The living messages at the root of a channel, oldest first; broadcast replies too."""
    where = engine.state.get_channel(channel)
    return [where.messages[ts] for ts in where.roots if where.find_live(ts) is not None]


def replies(engine: Engine, channel: str, ts: str) -> list[Message]:
    """The living replies to a message, oldest first, without the message itself."""
    where = engine.state.get_channel(channel)
    return [reply for reply in where.replies(ts) if where.find_live(reply.ts) is not None]


def message(engine: Engine, channel: str, ts: str) -> Message | None:
    """One message, ephemeral or not; None when it is gone."""
    where = engine.state.get_channel(channel)
    return where.find_live(ts) or next((each for each in where.ephemerals if each.ts == ts), None)


def ephemerals(engine: Engine, channel: str, user: str) -> list[Message]:
    """What only `user` sees in a channel, oldest first."""
    seen_by = engine.state.get_user(user).id
    return [each for each in engine.state.get_channel(channel).ephemerals if each.only_for == seen_by]


def direct_messages(engine: Engine, user: str, app: str | None = None) -> list[Message]:
    """What stands in the DM between `user` and the app's bot, oldest first."""
    person = engine.state.get_user(user)
    bots = {installation.bot_user for installation in engine.state.get_app(app).installations}
    found: list[Message] = []
    for channel in engine.state.channels.values():
        if channel.kind == "im" and person.id in channel.members and channel.members & bots:
            found += [each for each in channel.messages.values() if channel.find_live(each.ts) is not None]
    return found


def channels(engine: Engine) -> list[Channel]:
    """Every conversation, without its messages."""
    return [
        Channel(
            each.id,
            each.name,
            each.kind,
            each.team,
            each.created,
            each.creator,
            set(each.members),
            each.shared_with,
            each.is_archived,
            list(each.previous_names),
            each.topic,
            each.purpose,
            each.restriction,
            set(each.locked_threads),
        )
        for each in engine.state.channels.values()
    ]


def users(engine: Engine) -> list[User]:
    return list(engine.state.users.values())


def views(engine: Engine, user: str | None = None) -> list[View]:
    """The open modals and Home tabs (of `user`), the topmost last."""
    person = None if user is None else engine.state.get_user(user).id
    return [view for view in engine.state.views.values() if view.is_open and person in {None, view.user}]


def wire_log(engine: Engine, name: str | None = None, after: int = 0) -> list[WireEntry]:
    """The requests of both directions, oldest first, credentials redacted; by method or kind of delivery if given."""
    return [entry for entry in engine.wire_log.entries if entry.number > after and name in {None, entry.name}]


def ledger(engine: Engine) -> Ledger:
    """The oracle: every message an app posted, and which of them are there now."""
    return read_ledger(engine.posted, engine.state.channels)


def now(engine: Engine) -> float:
    return engine.clock.now()


def version(engine: Engine) -> int:
    """A number that grows with every change."""
    return engine.changes.version


async def wait(engine: Engine, after: int, seconds: float) -> int:
    """The version as soon as it is beyond `after`, at the latest after `seconds` of real time."""
    return await engine.changes.wait(after=after, seconds=seconds)


READING: dict[str, Any] = {
    "channels": channels,
    "direct_messages": direct_messages,
    "ephemerals": ephemerals,
    "ledger": ledger,
    "message": message,
    "messages": messages,
    "now": now,
    "replies": replies,
    "users": users,
    "version": version,
    "views": views,
    "wait": wait,
    "wire_log": wire_log,
}
