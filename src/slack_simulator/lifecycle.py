"""What happens to installations and channels: tokens die, channels are archived, renamed, shared, deleted."""

from __future__ import annotations

from typing import Any

from slack_simulator.engine import Engine
from slack_simulator.render import channel_json
from slack_simulator.workspace import App, Channel, Installation


def install(engine: Engine, app: App, team: str, scopes: frozenset[str]) -> Installation:
    """Put `app` into a workspace; again, it keeps its token and gains scopes, after a removal it gets a new token."""
    for installation in app.installations:
        if installation.team == team:
            break
    else:
        bot_user = engine.state.add_bot(app, team)
        installation = Installation(app, team, _new_token(engine), bot_user, engine.state.new_id("B"), frozenset())
        app.installations.append(installation)
    if installation.dead_because is not None:
        installation.token, installation.dead_because, installation.scopes = _new_token(engine), None, frozenset()
    installation.scopes |= scopes
    engine.changes.notify()
    return installation


def revoke(engine: Engine, installation: Installation, *, because: str = "token_revoked") -> None:
    """The token answers `because` from now on; the app hears `tokens_revoked`."""
    installation.dead_because = because
    engine.changes.notify()
    event = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [installation.bot_user]}}
    engine.announce(event | {"app_id": installation.app.id}, channel=None, team=installation.team)


def uninstall(engine: Engine, installation: Installation) -> None:
    """The app is removed: its token is `account_inactive`; it hears `app_uninstalled` and `tokens_revoked`."""
    installation.dead_because = "account_inactive"
    for channel in engine.state.channels.values():
        channel.members.discard(installation.bot_user)
    engine.changes.notify()
    engine.announce({"type": "app_uninstalled", "app_id": installation.app.id}, channel=None, team=installation.team)
    revoke(engine, installation, because="account_inactive")


def archive(engine: Engine, channel: Channel, *, by: str) -> None:
    channel.is_archived = True
    _tell(engine, channel, "archive", {"user": by})


def unarchive(engine: Engine, channel: Channel, *, by: str) -> None:
    channel.is_archived = False
    _tell(engine, channel, "unarchive", {"user": by})


def rename(engine: Engine, channel: Channel, name: str) -> None:
    channel.previous_names.append(channel.name)
    channel.name = name
    about = {"id": channel.id, "name": name, "created": int(channel.created)}
    _tell(engine, channel, "rename", {"channel": about})


def delete_channel(engine: Engine, channel: Channel, *, by: str) -> None:
    """The channel is gone for good; `channel_deleted` is the last that is heard of it."""
    _tell(engine, channel, "deleted", {"actor_id": by})
    del engine.state.channels[channel.id]
    engine.changes.notify()


def change_id(engine: Engine, channel: Channel, *, shared_with: str | None) -> str:
    """The conversion to a Slack Connect channel that gives a new id; returns it."""
    old, new = channel.id, engine.state.change_channel_id(channel)
    if shared_with is not None:
        channel.shared_with = (*channel.shared_with, shared_with)
    event = {"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": new}
    engine.changes.notify()
    engine.announce(event, channel=channel, team=channel.team)
    return new


def share(engine: Engine, channel: Channel, team: str) -> None:
    """Make it a Slack Connect channel that keeps its id."""
    channel.shared_with = (*channel.shared_with, team)
    engine.changes.notify()
    event = {"type": "channel_shared", "connected_team_id": team, "channel": channel.id}
    engine.announce(event, channel=channel, team=channel.team)


def join(engine: Engine, channel: Channel, user: str, *, inviter: str | None = None) -> None:
    channel.members.add(user)
    engine.changes.notify()
    event = _membership("member_joined_channel", engine, channel, user)
    if inviter is not None:
        event["inviter"] = inviter
    engine.announce(event, channel=channel, team=channel.team)


def leave(engine: Engine, channel: Channel, user: str) -> None:
    """`user` is no member any more; its app hears `channel_left` or `group_left`, the others `member_left_channel`."""
    event = _membership("member_left_channel", engine, channel, user)
    engine.announce(event, channel=channel, team=channel.team)
    kind = "channel_left" if channel.kind == "public_channel" else "group_left"
    if engine.state.users[user].is_bot:
        left = {"type": kind, "channel": channel.id, "actor_id": "", "event_ts": engine.state.next_ts(), "user": user}
        engine.announce(left, channel=channel, team=channel.team)
    channel.members.discard(user)
    engine.changes.notify()


def _membership(kind: str, engine: Engine, channel: Channel, user: str) -> dict[str, Any]:
    channel_type = "C" if channel.kind == "public_channel" else "G"
    team = engine.state.users[user].team
    return {"type": kind, "user": user, "channel": channel.id, "channel_type": channel_type, "team": team}


def _tell(engine: Engine, channel: Channel, what: str, fields: dict[str, Any]) -> None:
    family = "channel" if channel.kind == "public_channel" else "group"
    engine.changes.notify()
    event = {"type": f"{family}_{what}", "channel": channel.id} | fields
    engine.announce(event, channel=channel, team=channel.team)


def channel_created(engine: Engine, channel: Channel) -> None:
    about = channel_json(channel, engine.state, bot_user="")
    shown = {name: about[name] for name in ("id", "name", "created", "creator")}
    engine.changes.notify()
    engine.announce({"type": "channel_created", "channel": shown}, channel=channel, team=channel.team)


def _new_token(engine: Engine) -> str:
    return f"xoxb-{engine.state.new_secret()}"
