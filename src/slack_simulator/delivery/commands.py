"""Slash commands (https://docs.slack.dev/interactivity/implementing-slash-commands)."""

from __future__ import annotations

import re
from typing import Any

from slack_simulator.delivery.courier import DeliveryResult
from slack_simulator.delivery.responses import answer_in_channel
from slack_simulator.engine import Engine
from slack_simulator.errors import NotPossibleError, SlackError
from slack_simulator.workspace import App, Channel, User

_MENTION = re.compile(r"@([a-z0-9_.-]+)")
_CHANNEL = re.compile(r"#([a-z0-9_-]+)")


async def run_command(
    engine: Engine, app: App, channel: Channel, user: User, command: str, text: str
) -> DeliveryResult:
    """Type a command in a channel; what the app answers becomes a message, ephemeral unless it says otherwise."""
    known = app.commands.get(command)
    if known is None:
        raise NotPossibleError(f"{command} is not a valid command of {app.id}")
    if user.id not in channel.members:
        raise NotPossibleError(f"{user.id} is not in {channel.id}")
    # An outsider of a shared channel has only the commands of their own workspace.
    engine.state.installation_of(app, user.team)
    workspace = engine.state.workspaces[user.team]
    response_url = engine.new_response_url(app, user.team, channel.id, user.id, ts=None)
    form = {
        "token": engine.verification_token(app),
        "team_id": workspace.id,
        "team_domain": workspace.domain,
        "channel_id": channel.id,
        "channel_name": {"im": "directmessage", "private_channel": "privategroup"}.get(channel.kind, channel.name),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": _escaped(engine, text) if known.should_escape else text,
        "api_app_id": app.id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": engine.new_trigger(app, user.team, user.id).id,
    }
    if workspace.enterprise_id is not None:
        form |= {"enterprise_id": workspace.enterprise_id, "enterprise_name": workspace.name}
    result = await engine.courier.post_form(app, app.commands_url, "command", form)
    if not result.ok:
        reason = "operation_timeout" if result.failure == "http_timeout" else "dispatch_failed"
        result.shown = f"{command} failed with the error “{reason}”"
    elif result.body.strip():
        _show(engine, app, channel, user, result)
    engine.changes.notify()
    return result


def _show(engine: Engine, app: App, channel: Channel, user: User, result: DeliveryResult) -> None:
    parsed = result.parsed()
    answer: dict[str, Any] = parsed if isinstance(parsed, dict) else {"text": result.body}
    try:
        answer_in_channel(engine, app, channel, user.team, user.id, answer)
    except SlackError as refused:
        result.shown = f"dispatch_failed ({refused.code}: {refused.fields})"


def _escaped(engine: Engine, text: str) -> str:
    users = {user.name: user.id for user in engine.state.users.values()}
    channels = {channel.name: channel.id for channel in engine.state.channels.values()}
    text = _MENTION.sub(lambda found: f"<@{users[found[1]]}|{found[1]}>" if found[1] in users else found[0], text)
    return _CHANNEL.sub(lambda found: f"<#{channels[found[1]]}|{found[1]}>" if found[1] in channels else found[0], text)
