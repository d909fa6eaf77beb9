"""Records as the JSON that Slack shows to apps."""

from __future__ import annotations

import json
from typing import Any

from slack_simulator.config import ChannelKind
from slack_simulator.state import State
from slack_simulator.workspace import Channel, Installation, Message, User, UserGroup, View

CHANNEL_TYPES: dict[ChannelKind, str] = {
    "public_channel": "channel",
    "private_channel": "group",
    "im": "im",
    "mpim": "mpim",
}


def message_json(message: Message, channel: Channel, *, with_metadata: bool) -> dict[str, Any]:
    """A message as history, replies and payloads carry it; metadata only when it was asked for."""
    if message.subtype == "tombstone":
        return _tombstone_json(message, channel)
    optional = {
        "subtype": message.subtype,
        "bot_id": message.bot_id,
        "app_id": message.app_id,
        "username": message.username,
        "icons": message.icons,
        "blocks": message.blocks,
        "attachments": _numbered([*message.attachments, *message.unfurls.values()]),
        "thread_ts": message.thread_ts,
        "edited": message.edited,
        "reactions": [{"name": name, "users": users, "count": len(users)} for name, users in message.reactions.items()],
        "metadata": message.metadata if with_metadata else None,
        "parent_user_id": _author_of_parent(message, channel),
    }
    common = ("user", "ts", "text", "team")
    shown: dict[str, Any] = {"type": "message"} | {name: getattr(message, name) for name in common}
    if message.app_id is not None:
        shown["bot_profile"] = {
            "id": message.bot_id,
            "app_id": message.app_id,
            "team_id": message.team,
            "deleted": False,
        }
    shown |= {name: value for name, value in optional.items() if value}
    return shown | _thread_facts(message, channel)


def channel_json(channel: Channel, state: State, *, bot_user: str) -> dict[str, Any]:
    """A conversation object (docs.slack.dev/reference/objects/conversation-object) as `bot_user` sees it."""
    common = {
        "id": channel.id,
        "created": int(channel.created),
        "is_archived": channel.is_archived,
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_org_shared": False,
        "context_team_id": channel.team,
        "updated": int(channel.created * 1000),
    }
    if channel.kind == "im":
        other = next((each for each in sorted(channel.members) if each != bot_user), bot_user)
        return common | {"user": other, "is_user_deleted": state.users[other].deleted, "priority": 0}
    shared = bool(channel.shared_with)
    return common | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "public_channel",
        "is_group": channel.kind == "private_channel",
        "is_private": channel.is_private,
        "is_general": channel.name == "general",
        "is_shared": shared,
        "is_ext_shared": shared,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "unlinked": 0,
        "shared_team_ids": list(channel.teams),
        "creator": channel.creator,
        "is_member": bot_user in channel.members,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
        "previous_names": channel.previous_names,
    }


def user_json(user: User, *, seen_from: str, with_email: bool) -> dict[str, Any]:
    """A user object; a stranger from another workspace shows little, and never an address."""
    stranger = user.team != seen_from
    profile = {
        "real_name": user.real_name,
        "display_name": user.name,
        "team": user.team,
        "title": "",
        "status_text": "",
    }
    if with_email and user.email is not None and not stranger and not user.deleted:
        profile["email"] = user.email
    shown: dict[str, Any] = {
        "id": user.id,
        "team_id": user.team,
        "name": user.name,
        "deleted": user.deleted,
        "profile": profile,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": int(user.updated),
    }
    if stranger:
        return shown | {"is_stranger": True}
    if user.deleted:
        return shown
    return shown | {
        "real_name": user.real_name,
        "tz": user.tz,
        "is_admin": user.is_admin,
        "is_owner": user.is_owner,
        "is_primary_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
        "is_email_confirmed": user.email is not None,
    }


def usergroup_json(group: UserGroup) -> dict[str, Any]:
    return {
        "id": group.id,
        "team_id": group.team,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "date_delete": 0,
        "user_count": len(group.users),
        "users": list(group.users),
    }


def view_json(view: View) -> dict[str, Any]:
    """A view object as views.* answer it and as payloads carry it (docs.slack.dev/reference/views)."""
    payload = view.payload
    shown = {
        "id": view.id,
        "team_id": view.team,
        "type": view.type,
        "blocks": payload.get("blocks", []),
        "private_metadata": payload.get("private_metadata", ""),
        "callback_id": payload.get("callback_id", ""),
        "external_id": payload.get("external_id", ""),
        "state": {"values": view.values},
        "hash": view.hash,
        "title": payload.get("title"),
        "close": payload.get("close"),
        "submit": payload.get("submit"),
        "clear_on_close": bool(payload.get("clear_on_close")),
        "notify_on_close": bool(payload.get("notify_on_close")),
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "app_id": view.app,
        "app_installed_team_id": view.team,
        "bot_id": view.bot_id,
    }
    return json.loads(json.dumps(shown))


def message_event(message: Message, channel: Channel) -> dict[str, Any]:
    """The inner `message` event of a new message (docs.slack.dev/reference/events/message)."""
    shown = message_json(message, channel, with_metadata=False)
    for name in ("reply_count", "reply_users", "reply_users_count", "latest_reply", "is_locked", "subscribed"):
        shown.pop(name, None)
    return shown | {"channel": channel.id, "event_ts": message.ts, "channel_type": CHANNEL_TYPES[channel.kind]}


def metadata_deleted_event(message: Message, channel: Channel, *, at: str) -> dict[str, Any]:
    """What apps are told of a message with metadata that was deleted (docs.slack.dev, event message_metadata_deleted).

    `at` is when, as a ts. It says neither in which thread the message stood nor who deleted it.
    """
    told = {
        "type": "message_metadata_deleted",
        "channel_id": channel.id,
        "event_ts": at,
        "previous_metadata": message.metadata,
        "app_id": message.app_id,
        "bot_id": message.bot_id,
        "user_id": message.user,
        "team_id": message.team,
        "message_ts": message.ts,
        "deleted_ts": at,
    }
    return {name: value for name, value in told.items() if value is not None}


def bot_user_of(installation: Installation, state: State) -> User:
    return state.users[installation.bot_user]


def with_block_ids(blocks: list[dict[str, Any]], state: State) -> list[dict[str, Any]]:
    """A copy of `blocks` with the block_ids and action_ids that the app left out, as Slack fills them in."""
    copied: list[dict[str, Any]] = json.loads(json.dumps(blocks))
    for block in copied:
        if not block.get("block_id"):
            block["block_id"] = state.new_secret()[:5]
        for element in interactive_elements(block):
            if not element.get("action_id"):
                element["action_id"] = state.new_secret()[:5]
    return copied


def with_ids_within(attachment: dict[str, Any], state: State) -> dict[str, Any]:
    """A copy of an attachment or unfurl whose blocks have their ids; one without blocks stays as it is."""
    if "blocks" not in attachment:
        return attachment
    return attachment | {"blocks": with_block_ids(attachment["blocks"], state)}


def interactive_elements(block: dict[str, Any]) -> list[dict[str, Any]]:
    """The elements of a block that a person can use, i.e. those that Slack knows by action_id."""
    candidates = [block.get("accessory"), block.get("element")]
    if block.get("type") == "actions":
        candidates += block.get("elements", [])
    passive = {"image", None}
    return [each for each in candidates if isinstance(each, dict) and each.get("type") not in passive]


def _tombstone_json(message: Message, channel: Channel) -> dict[str, Any]:
    shown = {"type": "message", "subtype": "tombstone", "text": message.text, "user": message.user, "hidden": True}
    return shown | {"ts": message.ts, "thread_ts": message.ts} | _thread_facts(message, channel)


def _thread_facts(message: Message, channel: Channel) -> dict[str, Any]:
    replies = channel.replies(message.ts)
    if not replies:
        return {}
    people = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": people[:5],
        "reply_users_count": len(people),
        "latest_reply": replies[-1].ts,
        "is_locked": message.ts in channel.locked_threads,
        "subscribed": False,
    }


def _author_of_parent(message: Message, channel: Channel) -> str | None:
    parent = channel.messages.get(message.thread_ts or "")
    return None if parent is None else parent.user


def _numbered(attachments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": number, **attachment} for number, attachment in enumerate(attachments, start=1)]
