"""conversations.*: joining, opening, making and changing conversations."""

from __future__ import annotations

import re
from typing import Any

from slack_simulator import lifecycle
from slack_simulator.config import ChannelConfig
from slack_simulator.errors import SlackError
from slack_simulator.methods.calls import Call, joined_channel, known_channel, known_user, shares_a_channel
from slack_simulator.render import channel_json
from slack_simulator.tokens import require_any_scope
from slack_simulator.workspace import Channel

DIRECT_PEOPLE = 8
NAME_LENGTH = 80
TOPIC_LENGTH = 250
_NAME = re.compile(r"[a-z0-9_-]+")


def join(call: Call) -> dict[str, Any]:
    """conversations.join: public channels only."""
    channel = known_channel(call)
    if channel.kind != "public_channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    if call.bot_user in channel.members:
        warned = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
        return _shown(call, channel) | warned
    lifecycle.join(call.engine, channel, call.bot_user)
    return _shown(call, channel)


def open_direct(call: Call) -> dict[str, Any]:
    """conversations.open: the DM with one person, or with up to eight."""
    if "channel" in call.arguments:
        channel = known_channel(call)
        return {"no_op": True, "already_open": True, "channel": _opened(call, channel)}
    people = call.arguments.listing("users")
    if not people:
        raise SlackError("users_list_not_supplied")
    if len(people) > DIRECT_PEOPLE:
        raise SlackError("too_many_users")
    require_any_scope(call.installation, ("im:write",) if len(people) == 1 else ("mpim:write",))
    for user_id in people:
        _refuse_unreachable(call, user_id)
    channel, was_open = call.state.open_direct(call.team, frozenset((*people, call.bot_user)))
    call.engine.changes.notify()
    return {"no_op": was_open, "already_open": was_open, "channel": _opened(call, channel)}


def close_direct(call: Call) -> dict[str, Any]:
    """conversations.close: the DM goes out of sight, nothing is lost."""
    channel = known_channel(call)
    if channel.kind not in {"im", "mpim"}:
        raise SlackError("method_not_supported_for_channel_type")
    return {}


def leave(call: Call) -> dict[str, Any]:
    """conversations.leave; not being there is no error."""
    channel = _named(call)
    if call.bot_user not in channel.members:
        return {"not_in_channel": True}
    lifecycle.leave(call.engine, channel, call.bot_user)
    return {}


def invite(call: Call) -> dict[str, Any]:
    """conversations.invite: all of the users, or none."""
    channel = _writable(call)
    people = call.arguments.listing("users")
    for user_id in people:
        if user_id == call.bot_user:
            raise SlackError("cant_invite_self")
        if known_user(call, user_id).id in channel.members:
            raise SlackError("already_in_channel")
    for user_id in people:
        lifecycle.join(call.engine, channel, user_id, inviter=call.bot_user)
    return _shown(call, channel)


def kick(call: Call) -> dict[str, Any]:
    """conversations.kick."""
    channel = _writable(call)
    user_id = call.arguments.required("user")
    if user_id == call.bot_user:
        raise SlackError("cant_kick_self")
    if known_user(call, user_id).id not in channel.members:
        raise SlackError("not_in_channel")
    lifecycle.leave(call.engine, channel, user_id)
    return {"errors": {}}


def create(call: Call) -> dict[str, Any]:
    """conversations.create: the bot is the first member."""
    name = _checked_name(call)
    kind = "private_channel" if call.arguments.flag("is_private") else "public_channel"
    made = ChannelConfig(call.state.new_id("C"), name, kind, (call.bot_user,))
    channel = call.state.add_channel(call.team, made, creator=call.bot_user)
    lifecycle.channel_created(call.engine, channel)
    return _shown(call, channel)


def rename(call: Call) -> dict[str, Any]:
    """conversations.rename: only what this bot made."""
    channel = _writable(call)
    if channel.creator != call.bot_user:
        raise SlackError("not_authorized")
    lifecycle.rename(call.engine, channel, _checked_name(call))
    return _shown(call, channel)


def archive(call: Call) -> dict[str, Any]:
    """conversations.archive."""
    channel = _named(call)
    if call.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("already_archived")
    if channel.name == "general":
        raise SlackError("cant_archive_general")
    lifecycle.archive(call.engine, channel, by=call.bot_user)
    return {}


def unarchive(call: Call) -> dict[str, Any]:
    """conversations.unarchive."""
    channel = _named(call)
    if not channel.is_archived:
        raise SlackError("not_archived")
    lifecycle.unarchive(call.engine, channel, by=call.bot_user)
    return {}


def set_topic(call: Call) -> dict[str, Any]:
    """conversations.setTopic."""
    channel = _writable(call)
    channel.topic = _short_text(call, "topic")
    return _shown(call, channel)


def set_purpose(call: Call) -> dict[str, Any]:
    """conversations.setPurpose."""
    channel = _writable(call)
    channel.purpose = _short_text(call, "purpose")
    return {"purpose": channel.purpose}


def mark(call: Call) -> dict[str, Any]:
    """conversations.mark: how far the bot has read."""
    channel = joined_channel(call)
    ts = call.arguments.required("ts")
    if ts not in channel.messages:
        raise SlackError("invalid_timestamp")
    channel.last_read[call.bot_user] = ts
    call.engine.changes.notify()
    return {}


def _named(call: Call) -> Channel:
    channel = known_channel(call)
    if channel.kind in {"im", "mpim"}:
        raise SlackError("method_not_supported_for_channel_type")
    return channel


def _writable(call: Call) -> Channel:
    channel = _named(call)
    if call.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def _refuse_unreachable(call: Call, user_id: str) -> None:
    user = call.state.users.get(user_id)
    if user is None:
        raise SlackError("user_not_found")
    if user.deleted:
        raise SlackError("user_disabled")
    if user.team != call.team and not shares_a_channel(call, user):
        raise SlackError("invalid_user_combination")


def _opened(call: Call, channel: Channel) -> dict[str, Any]:
    whole = channel_json(channel, call.state, bot_user=call.bot_user)
    return whole if call.arguments.flag("return_im") else {"id": channel.id}


def _checked_name(call: Call) -> str:
    name = call.arguments.required("name")
    if len(name) > NAME_LENGTH:
        raise SlackError("invalid_name_maxlength")
    if not _NAME.fullmatch(name):
        raise SlackError("invalid_name_specials")
    if any(channel.name == name and channel.team == call.team for channel in call.state.channels.values()):
        raise SlackError("name_taken")
    return name


def _short_text(call: Call, name: str) -> str:
    text = call.arguments.text(name) or ""
    if len(text) > TOPIC_LENGTH:
        raise SlackError("too_long")
    call.engine.changes.notify()
    return text


def _shown(call: Call, channel: Channel) -> dict[str, Any]:
    return {"channel": channel_json(channel, call.state, bot_user=call.bot_user)}
