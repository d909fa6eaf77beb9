"""conversations.list, info, members, history and replies: what a bot can read."""

from __future__ import annotations

from typing import Any, cast, get_args

from slack_simulator.config import ChannelKind
from slack_simulator.errors import SlackError
from slack_simulator.methods.calls import Call, joined_channel, known_channel, known_user, page, page_after, with_cursor
from slack_simulator.render import channel_json, message_json
from slack_simulator.tokens import SCOPE_FAMILY, require_any_scope, require_scope_for
from slack_simulator.workspace import Channel, Message


def list_conversations(call: Call) -> dict[str, Any]:
    """conversations.list: public channels, and the private ones and DMs where the bot is."""
    kinds = _kinds(call)
    visible = [
        channel
        for channel in call.state.channels.values()
        if channel.kind in kinds and _is_visible(call, channel) and not _is_left_out(call, channel)
    ]
    some, cursor = page(call, visible, default=100, most=999)
    shown = [_with_size(channel_json(each, call.state, bot_user=call.bot_user), each) for each in some]
    return with_cursor({"channels": shown}, cursor)


def list_own_conversations(call: Call) -> dict[str, Any]:
    """users.conversations: where the bot, or `user`, is a member."""
    kinds = _kinds(call)
    user = call.arguments.text("user") or call.bot_user
    known_user(call, user)
    visible = [
        channel
        for channel in call.state.channels.values()
        if channel.kind in kinds
        and user in channel.members
        and _is_visible(call, channel)
        and not _is_left_out(call, channel)
    ]
    some, cursor = page(call, visible, default=100, most=999)
    return with_cursor({"channels": [channel_json(each, call.state, bot_user=call.bot_user) for each in some]}, cursor)


def info(call: Call) -> dict[str, Any]:
    """conversations.info: https://docs.slack.dev/reference/methods/conversations.info."""
    channel = known_channel(call)
    require_scope_for(call.installation, channel, "read")
    shown = channel_json(channel, call.state, bot_user=call.bot_user)
    if call.arguments.flag("include_num_members"):
        shown = _with_size(shown, channel)
    if call.arguments.flag("include_locale"):
        shown["locale"] = "en-GB"
    return {"channel": shown}


def members(call: Call) -> dict[str, Any]:
    """conversations.members: ids only, sorted."""
    channel = known_channel(call)
    require_scope_for(call.installation, channel, "read")
    some, cursor = page(call, sorted(channel.members), default=100, most=1000)
    return with_cursor({"members": some}, cursor)


def history(call: Call) -> dict[str, Any]:
    """conversations.history: roots and broadcast replies, newest first."""
    channel = joined_channel(call)
    require_scope_for(call.installation, channel, "history")
    roots = [channel.messages[ts] for ts in reversed(channel.roots)]
    return _messages(call, channel, _within(call, roots))


def replies(call: Call) -> dict[str, Any]:
    """conversations.replies: the parent, whatever the bounds, then its replies in order; of a reply, only itself.

    Raises:
        SlackError: `thread_not_found` when `ts` is no message.
    """
    channel = joined_channel(call)
    require_scope_for(call.installation, channel, "history")
    parent = channel.messages.get(call.arguments.text("ts") or "")
    if parent is None or not _is_shown(call, parent):
        raise SlackError("thread_not_found")
    return _messages(call, channel, [parent, *_within(call, channel.replies(parent.ts))])


def _messages(call: Call, channel: Channel, found: list[Message]) -> dict[str, Any]:
    some, cursor = page_after(call, found, default=100, most=1000)
    with_metadata = call.arguments.flag("include_all_metadata")
    shown = [message_json(message, channel, with_metadata=with_metadata) for message in some]
    answer: dict[str, Any] = {"messages": shown, "has_more": bool(cursor), "pin_count": 0}
    return with_cursor(answer, cursor) if cursor else answer


def _within(call: Call, messages: list[Message]) -> list[Message]:
    oldest = call.arguments.moment("oldest", otherwise="invalid_ts_oldest")
    latest = call.arguments.moment("latest", otherwise="invalid_ts_latest")
    inclusive = call.arguments.flag("inclusive")

    def is_within(ts: str) -> bool:
        if ts in {oldest, latest}:
            return inclusive
        return (oldest is None or ts > oldest) and (latest is None or ts < latest)

    return [message for message in messages if is_within(message.ts) and _is_shown(call, message)]


def _is_shown(call: Call, message: Message) -> bool:
    return message.visible_from <= call.engine.clock.now()


def _kinds(call: Call) -> set[ChannelKind]:
    kinds = call.arguments.listing("types") or ["public_channel"]
    if not set(kinds) <= set(get_args(ChannelKind)):
        raise SlackError("invalid_types")
    wanted = {cast("ChannelKind", kind) for kind in kinds}
    for kind in sorted(wanted):
        require_any_scope(call.installation, (f"{SCOPE_FAMILY[kind]}:read",))
    return wanted


def _is_visible(call: Call, channel: Channel) -> bool:
    return call.team in channel.teams and (not channel.is_private or call.bot_user in channel.members)


def _is_left_out(call: Call, channel: Channel) -> bool:
    return channel.is_archived and call.arguments.flag("exclude_archived")


def _with_size(shown: dict[str, Any], channel: Channel) -> dict[str, Any]:
    return shown | {"num_members": len(channel.members)}
