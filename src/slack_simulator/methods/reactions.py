"""reactions.*: emoji under messages."""

from __future__ import annotations

import re
from typing import Any

from slack_simulator.errors import SlackError
from slack_simulator.methods.calls import Call, known_channel, page, with_cursor
from slack_simulator.render import message_json
from slack_simulator.workspace import Channel, Message

KINDS_PER_MESSAGE = 23
_NAME = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def add(call: Call) -> dict[str, Any]:
    """reactions.add: at most 23 kinds on one message."""
    channel, message, name = _target(call)
    if channel.is_archived:
        raise SlackError("is_archived")
    people = message.reactions.get(name, [])
    if call.bot_user in people:
        raise SlackError("already_reacted")
    if not people and len(message.reactions) >= KINDS_PER_MESSAGE:
        raise SlackError("too_many_emoji")
    message.reactions[name] = [*people, call.bot_user]
    _announce(call, "reaction_added", channel, message, name)
    return {}


def remove(call: Call) -> dict[str, Any]:
    """reactions.remove: one's own only."""
    channel, message, name = _target(call)
    people = message.reactions.get(name, [])
    if call.bot_user not in people:
        raise SlackError("no_reaction")
    left = [user for user in people if user != call.bot_user]
    message.reactions = {each: users for each, users in message.reactions.items() if each != name} | (
        {name: left} if left else {}
    )
    _announce(call, "reaction_removed", channel, message, name)
    return {}


def get(call: Call) -> dict[str, Any]:
    """reactions.get: the message with its reactions."""
    channel, message = _message(call)
    return {"type": "message", "channel": channel.id, "message": message_json(message, channel, with_metadata=False)}


def list_reactions(call: Call) -> dict[str, Any]:
    """reactions.list: what `user`, or the bot, has reacted to where the bot can see it."""
    user = call.arguments.text("user") or call.bot_user
    found = [
        {"type": "message", "channel": channel.id, "message": message_json(message, channel, with_metadata=False)}
        for channel in call.state.channels.values()
        if call.bot_user in channel.members
        for message in channel.messages.values()
        if any(user in people for people in message.reactions.values())
    ]
    some, cursor = page(call, found, default=100, most=1000)
    return with_cursor({"items": some}, cursor)


def _target(call: Call) -> tuple[Channel, Message, str]:
    name = (call.arguments.text("name") or "").strip(":")
    if not _NAME.fullmatch(name):
        raise SlackError("invalid_name")
    return *_message(call), name


def _message(call: Call) -> tuple[Channel, Message]:
    if call.arguments.text("channel") is None or call.arguments.text("timestamp") is None:
        raise SlackError("no_item_specified")
    call.arguments.moment("timestamp", otherwise="bad_timestamp")
    channel = known_channel(call)
    message = channel.find_live(call.arguments.required("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    return channel, message


def _announce(call: Call, kind: str, channel: Channel, message: Message, name: str) -> None:
    call.engine.changes.notify()
    item = {"type": "message", "channel": channel.id, "ts": message.ts}
    event = {"type": kind, "user": call.bot_user, "reaction": name, "item": item, "item_user": message.user}
    call.engine.announce(event, channel=channel, team=call.team)
