"""What the page shows, as JSON: the workspace as one person sees it, one conversation, one thread, their topmost modal.

Pure: it reads the engine's records and changes none. The page asks for all of it after each change.
"""

from __future__ import annotations

import itertools
from collections import deque
from typing import Any, Literal

from slack_simulator.delivery.elements import state_of
from slack_simulator.engine import Engine
from slack_simulator.facts import method_facts
from slack_simulator.faults import DELIVERY_FAULTS, FAULTS
from slack_simulator.ledger import WireEntry
from slack_simulator.methods.views import stack_of
from slack_simulator.page.strays import RECENT, stray_replies
from slack_simulator.workspace import App, Channel, Message, User, View

JSON = dict[str, Any]
Role = Literal["owner", "admin", "member", "guest", "deactivated"]

MOST_MESSAGES = 300
"""Roots of a conversation that the page gets; older ones stay in the engine."""


def page_state(engine: Engine, *, me: str, channel: str | None, thread: str | None) -> JSON:
    """Everything the page needs to show `me` looking at `channel` and, beside it, at the thread of `thread`.

    An unknown person becomes the first one; a conversation that `me` cannot see is null.
    """
    person = engine.state.users.get(me) or next(iter(people(engine)))
    shown = engine.state.channels.get(channel or "")
    shown = shown if shown is not None and can_see(person, shown) else None
    strays = stray_replies(engine.wire_log.entries)
    return {
        "version": engine.changes.version,
        "now": engine.clock.now(),
        "me": person.id,
        "workspace": _workspace(engine, person),
        "actors": [_actor(engine, each) for each in people(engine)],
        "users": {user.id: _user(user) for user in engine.state.users.values()},
        "usergroups": {group.id: group.handle for group in engine.state.usergroups.values()},
        "apps": [_app(app, person) for app in engine.state.apps.values()],
        "channels": [_channel(each, person) for each in _visible(engine, person)],
        "channel": None if shown is None else _conversation(shown, person, strays),
        "thread": None if shown is None or thread is None else _thread(shown, thread, person, strays),
        "view": _topmost_modal(engine, person),
        "homes": {view.app: _view(view) for view in engine.state.views.values() if _is_home_of(view, person)},
        "controls": _controls(engine),
        "refused": _last_refusal(engine.wire_log.entries),
    }


def people(engine: Engine) -> list[User]:
    """Whom one can act as: everybody but bots, in the order of the config."""
    return [user for user in engine.state.users.values() if not user.is_bot]


def can_see(person: User, channel: Channel) -> bool:
    """Members see their conversations; a public one is open to its workspace, guests excepted."""
    if person.id in channel.members:
        return True
    return channel.kind == "public_channel" and person.team == channel.team and not person.is_guest


def wire_entries(entries: deque[WireEntry], *, after: int, most: int) -> list[JSON]:
    """The last `most` requests numbered beyond `after`, oldest first."""
    newest_first = itertools.takewhile(lambda entry: entry.number > after, reversed(entries))
    newer = reversed(list(itertools.islice(newest_first, most)))
    return [
        {
            "number": entry.number,
            "at": entry.at,
            "direction": entry.direction,
            "name": entry.name,
            "arguments": entry.arguments,
            "status": entry.status,
            "answer": entry.answer,
            "fault": entry.fault,
            "milliseconds": round(entry.milliseconds, 1),
            "channel": entry.channel,
            "headers": entry.headers,
            "refused": _refusal_of(entry),
        }
        for entry in newer
    ]


def _workspace(engine: Engine, person: User) -> JSON:
    workspace = engine.state.workspaces[person.team]
    return {"id": workspace.id, "name": workspace.name, "domain": workspace.domain}


def _actor(engine: Engine, person: User) -> JSON:
    home = next(iter(engine.state.workspaces))
    outside = engine.state.workspaces[person.team].name if person.team != home else None
    return {"id": person.id, "name": person.real_name or person.name, "role": _role(person), "outside": outside}


def _role(person: User) -> Role:
    if person.deleted:
        return "deactivated"
    if person.is_guest:
        return "guest"
    if person.is_owner:
        return "owner"
    return "admin" if person.is_admin else "member"


def _user(user: User) -> JSON:
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "team": user.team,
        "is_bot": user.is_bot,
        "deleted": user.deleted,
        "app": user.app,
    }


def _app(app: App, person: User) -> JSON:
    bots = [each.bot_user for each in app.installations if each.team == person.team]
    return {
        "id": app.id,
        "name": app.config.name,
        "bot": bots[0] if bots else None,
        "home_tab": app.config.home_tab,
        "messages_tab": app.config.messages_tab,
        "commands": [
            {"command": each.command, "description": each.description, "usage_hint": each.usage_hint}
            for each in app.commands.values()
        ],
        "installations": [
            {"team": each.team, "token": each.token[-4:], "dead_because": each.dead_because}
            for each in app.installations
        ],
    }


def _visible(engine: Engine, person: User) -> list[Channel]:
    return [each for each in engine.state.channels.values() if can_see(person, each)]


def _channel(channel: Channel, person: User) -> JSON:
    read = channel.last_read.get(person.id, "")
    unread = [channel.messages[ts] for ts in channel.roots if ts > read]
    new = [message for message in unread if message.user != person.id and message.subtype != "tombstone"]
    mentioned = [message for message in new if channel.kind == "im" or f"<@{person.id}>" in message.text]
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "is_archived": channel.is_archived,
        "is_shared": bool(channel.shared_with),
        "is_member": person.id in channel.members,
        "members": sorted(channel.members),
        "unread": len(new) if person.id in channel.members else 0,
        "mentions": len(mentioned),
    }


def _conversation(channel: Channel, person: User, strays: set[tuple[str, str]]) -> JSON:
    roots = [channel.messages[ts] for ts in channel.roots[-MOST_MESSAGES:]]
    private = [each for each in channel.ephemerals if each.only_for == person.id and each.thread_ts is None]
    return {
        **_channel(channel, person),
        "topic": channel.topic,
        "is_whole": len(channel.roots) <= MOST_MESSAGES,
        "last_read": channel.last_read.get(person.id, ""),
        "messages": _messages([*roots, *private], channel, strays),
    }


def _thread(channel: Channel, ts: str, person: User, strays: set[tuple[str, str]]) -> JSON | None:
    parent = channel.messages.get(ts)
    if parent is None:
        return None
    private = [each for each in channel.ephemerals if each.only_for == person.id and each.thread_ts == ts]
    return {
        "ts": ts,
        "is_locked": ts in channel.locked_threads,
        "parent": _message(parent, channel, strays),
        "replies": _messages([*channel.replies(ts), *private], channel, strays),
    }


def _messages(messages: list[Message], channel: Channel, strays: set[tuple[str, str]]) -> list[JSON]:
    return [_message(each, channel, strays) for each in sorted(messages, key=lambda message: message.ts)]


def _message(message: Message, channel: Channel, strays: set[tuple[str, str]]) -> JSON:
    replies = channel.replies(message.ts)
    return {
        "ts": message.ts,
        "channel": channel.id,
        "user": message.user,
        "username": message.username,
        "app": message.app_id,
        "text": message.text,
        "blocks": message.blocks,
        "attachments": [*message.attachments, *message.unfurls.values()],
        "metadata": message.metadata,
        "thread_ts": message.thread_ts,
        "subtype": message.subtype,
        "is_edited": message.edited is not None,
        "is_ephemeral": message.only_for is not None,
        "is_stray": (channel.id, message.ts) in strays,
        "reactions": [{"name": name, "users": users} for name, users in message.reactions.items() if users],
        "chosen": message.chosen,
        "reply_count": len(replies),
        "reply_users": list(dict.fromkeys(reply.user for reply in replies))[:5],
        "latest_reply": replies[-1].ts if replies else None,
    }


def _topmost_modal(engine: Engine, person: User) -> JSON | None:
    modals = [each for each in engine.state.views.values() if each.is_open and each.user == person.id]
    modals = [each for each in modals if each.type == "modal"]
    if not modals:
        return None
    return _view(modals[-1]) | {"depth": len(stack_of(engine.state, modals[-1]))}


def _view(view: View) -> JSON:
    return {
        "id": view.id,
        "root": view.root_id,
        "hash": view.hash,
        "app": view.app,
        "payload": view.payload,
        "errors": view.errors,
        "values": state_of(view.payload["blocks"], view.values),
    }


def _is_home_of(view: View, person: User) -> bool:
    return view.type == "home" and view.user == person.id


def _controls(engine: Engine) -> JSON:
    return {
        "limits": engine.limits.on,
        "retry_after": engine.limits.retry_after,
        "history": engine.limits.history,
        "clock_speed": engine.clock.speed,
        "methods": sorted(method_facts()),
        "faults": {name: kind.means for name, kind in FAULTS.items()},
        "delivery_faults": DELIVERY_FAULTS,
        "script": [
            {"method": line.method, "name": line.name, "times": line.times, "nth": line.nth, "channel": line.channel}
            | {"happened": line.happened}
            for line in engine.faults.lines
        ],
    }


def _last_refusal(entries: deque[WireEntry]) -> JSON | None:
    """The last call of an app that Slack refused, for the page to say loudly."""
    for entry in itertools.islice(reversed(entries), RECENT):
        if (reason := _refusal_of(entry)) is not None and entry.direction == "in":
            return {"number": entry.number, "name": entry.name, "reason": reason, "channel": entry.channel}
    return None


def _refusal_of(entry: WireEntry) -> str | None:
    """The error of a call and what Slack said about it; an app's failure to answer for a delivery."""
    if entry.direction == "out":
        return None if 200 <= entry.status < 300 else f"HTTP {entry.status}" if entry.status else "no answer"
    answer = entry.answer if isinstance(entry.answer, dict) else {}
    if answer.get("ok") is not False:
        return None
    said = (answer.get("response_metadata") or {}).get("messages") or []
    return ": ".join([str(answer.get("error")), *(each.removeprefix("[ERROR] ") for each in said[:1])])
