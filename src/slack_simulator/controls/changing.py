"""Controls that change the world around an app: faults, limits, time, channels, people, tokens and addresses."""

from __future__ import annotations

from typing import Any, cast, get_args

from slack_simulator import lifecycle
from slack_simulator.config import ChannelConfig, ChannelKind, HistoryMode, RetryAfterMode, UserConfig
from slack_simulator.engine import Engine
from slack_simulator.errors import NotPossibleError
from slack_simulator.faults import Fault
from slack_simulator.workspace import Installation

_PERSON = "USLACKBOT"


def fail(
    engine: Engine,
    method: str,
    fault: str,
    times: int = 1,
    nth: int | None = None,
    channel: str | None = None,
    seconds: float = 60.0,
    error: str = "",
    retry_after: str = "30",
) -> None:
    """Script one fault; see `slack_simulator.faults` for their names."""
    where = None if channel is None else engine.state.get_channel(channel).id
    engine.faults.add(Fault(method, fault, times, nth, where, seconds, error, retry_after))


def heal(engine: Engine) -> None:
    """Forget every scripted fault."""
    engine.faults.clear()


def faults(engine: Engine) -> list[Fault]:
    """The script as it stands, with what has happened so far."""
    return list(engine.faults.lines)


def limits(engine: Engine, on: bool | None = None, retry_after: str | None = None, history: str | None = None) -> None:
    """Switch rate limits, the kind of Retry-After, or the mode of history and replies; fills every bucket again."""
    if retry_after is not None:
        engine.limits.retry_after = cast("RetryAfterMode", _one_of(retry_after, RetryAfterMode))
    if history is not None:
        engine.limits.history = cast("HistoryMode", _one_of(history, HistoryMode))
    if on is not None:
        engine.limits.on = on
    engine.limits.forget()


def clock(engine: Engine, speed: float | None = None, advance: float | None = None) -> float:
    """Let time run `speed` times as fast, leap `advance` seconds, or both; returns the time it is then."""
    if speed is not None:
        engine.clock.set_speed(speed)
    if advance is not None:
        engine.clock.advance(advance)
    engine.changes.notify()
    return engine.clock.now()


def timestamp_offset(engine: Engine, seconds: float) -> None:
    """Sign requests as if Slack's clock went `seconds` ahead of real time."""
    engine.courier.timestamp_offset = seconds


def archive(engine: Engine, channel: str) -> None:
    lifecycle.archive(engine, engine.state.get_channel(channel), by=_PERSON)


def unarchive(engine: Engine, channel: str) -> None:
    lifecycle.unarchive(engine, engine.state.get_channel(channel), by=_PERSON)


def rename(engine: Engine, channel: str, name: str) -> None:
    lifecycle.rename(engine, engine.state.get_channel(channel), name)


def delete_channel(engine: Engine, channel: str) -> None:
    lifecycle.delete_channel(engine, engine.state.get_channel(channel), by=_PERSON)


def change_channel_id(engine: Engine, channel: str, shared_with: str | None = None) -> str:
    """Convert a channel so that it gets a new id; returns it, the old one is `channel_not_found`."""
    return lifecycle.change_id(engine, engine.state.get_channel(channel), shared_with=shared_with)


def share(engine: Engine, channel: str, team: str) -> None:
    """Share a channel with another workspace."""
    lifecycle.share(engine, engine.state.get_channel(channel), team)


def restrict(engine: Engine, channel: str, restriction: str | None) -> None:
    """Let posts to a channel fail with a `restricted_action…`, or lift it with null."""
    engine.state.get_channel(channel).restriction = restriction
    engine.changes.notify()


def lock_thread(engine: Engine, channel: str, ts: str) -> None:
    engine.state.get_channel(channel).locked_threads.add(ts)
    engine.changes.notify()


def make_private(engine: Engine, channel: str) -> None:
    engine.state.get_channel(channel).kind = "private_channel"
    engine.changes.notify()


def add_channel(
    engine: Engine,
    channel: str,
    name: str,
    kind: str = "public_channel",
    members: list[str] | None = None,
    team: str | None = None,
) -> str:
    """Make a channel; returns its id."""
    config = ChannelConfig(channel, name, cast("ChannelKind", _one_of(kind, ChannelKind)), tuple(members or ()))
    lifecycle.channel_created(engine, engine.state.add_channel(team or next(iter(engine.state.workspaces)), config))
    return channel


def add_user(engine: Engine, user: dict[str, Any], team: str | None = None) -> str:
    """Add a person; `user` has the fields of the config's users; returns the id."""
    made = engine.state.add_user(team or next(iter(engine.state.workspaces)), UserConfig(**user))
    engine.changes.notify()
    engine.announce({"type": "team_join", "user": {"id": made.id, "team_id": made.team}}, channel=None, team=made.team)
    return made.id


def change_user(engine: Engine, user: str, changes: dict[str, Any]) -> None:
    """Change fields of a person (`deleted`, `email`, `is_restricted`, …); apps hear `user_change`."""
    person = engine.state.get_user(user)
    for name, value in changes.items():
        if name not in UserConfig.__struct_fields__ or name == "id":
            raise NotPossibleError(f"a user has no {name}")
        setattr(person, name, value)
    engine.changes.notify()
    shown = {"id": person.id, "team_id": person.team, "deleted": person.deleted}
    engine.announce({"type": "user_change", "user": shown}, channel=None, team=person.team)


def join(engine: Engine, channel: str, user: str, inviter: str | None = None) -> None:
    """Put a person or a bot into a channel."""
    lifecycle.join(engine, engine.state.get_channel(channel), engine.state.get_user(user).id, inviter=inviter)


def leave(engine: Engine, channel: str, user: str) -> None:
    """Take a person or a bot out of a channel."""
    lifecycle.leave(engine, engine.state.get_channel(channel), engine.state.get_user(user).id)


def delete_message(engine: Engine, channel: str, ts: str) -> None:
    """A person deletes a message; a parent with replies leaves a tombstone, and new replies to it go astray."""
    where = engine.state.get_channel(channel)
    engine.delete(where, engine.state.get_message(where, ts))


def revoke_token(engine: Engine, token: str | None = None, because: str = "token_revoked") -> None:
    """A token dies with the error `because`; without one, the first there is."""
    lifecycle.revoke(engine, _installation(engine, token), because=because)


def uninstall(engine: Engine, token: str | None = None) -> None:
    """The app is removed from the workspace of that token."""
    lifecycle.uninstall(engine, _installation(engine, token))


def reinstall(engine: Engine, token: str | None = None, new_token: str | None = None) -> None:
    """A dead token lives again, or is replaced by another."""
    installation = _installation(engine, token)
    installation.token, installation.dead_because = new_token or installation.token, None
    engine.changes.notify()


def set_scopes(engine: Engine, scopes: list[str], token: str | None = None) -> None:
    """What the installation may do from now on."""
    _installation(engine, token).scopes = frozenset(scopes)
    engine.changes.notify()


def set_request_urls(
    engine: Engine,
    url: str = "",
    actions: str = "",
    options: str = "",
    events: str = "",
    commands: str = "",
    app: str | None = None,
) -> None:
    """Where an app lives: one `url` for everything, and others where they differ."""
    owner = engine.state.get_app(app)
    if url:
        owner.use_url(url)
    owner.actions_url = actions or owner.actions_url
    owner.options_url = options or owner.options_url
    owner.events_url = events or owner.events_url
    owner.commands_url = commands or owner.commands_url


def _installation(engine: Engine, token: str | None) -> Installation:
    for installation in engine.state.installations():
        if token in {None, installation.token}:
            return installation
    raise NotPossibleError("there is no such token")


def _one_of(value: str, allowed: Any) -> str:  # noqa: ANN401 - a Literal is no type
    if value not in get_args(allowed):
        raise NotPossibleError(f"{value} is none of {', '.join(get_args(allowed))}")
    return value


CHANGING: dict[str, Any] = {
    "add_channel": add_channel,
    "add_user": add_user,
    "archive": archive,
    "change_channel_id": change_channel_id,
    "change_user": change_user,
    "clock": clock,
    "delete_channel": delete_channel,
    "delete_message": delete_message,
    "fail": fail,
    "faults": faults,
    "heal": heal,
    "join": join,
    "leave": leave,
    "limits": limits,
    "lock_thread": lock_thread,
    "make_private": make_private,
    "reinstall": reinstall,
    "rename": rename,
    "restrict": restrict,
    "revoke_token": revoke_token,
    "set_request_urls": set_request_urls,
    "set_scopes": set_scopes,
    "share": share,
    "timestamp_offset": timestamp_offset,
    "unarchive": unarchive,
    "uninstall": uninstall,
}
