"""response_url: what an app says after an interaction (https://docs.slack.dev/interactivity/handling-user-interaction)."""

from __future__ import annotations

from typing import Any

from slack_simulator.arguments import Arguments
from slack_simulator.engine import RESPONSE_URL_USES, Engine, ResponseURL
from slack_simulator.errors import SlackError
from slack_simulator.methods.chat import change_message
from slack_simulator.methods.content import Content, read_content
from slack_simulator.workspace import App, Channel, Message


def respond(engine: Engine, url_id: str, body: dict[str, Any]) -> None:
    """Do what a POST to a response_url asks.

    Raises:
        SlackError: `used_url` after five times, `expired_url` after thirty minutes or for an unknown address,
            or what is wrong with the message.
    """
    url = engine.response_urls.get(url_id)
    if url is None or engine.clock.now() > url.expires_at:
        raise SlackError("expired_url")
    if url.uses >= RESPONSE_URL_USES:
        raise SlackError("used_url")
    url.uses += 1
    channel = engine.state.channels.get(url.channel)
    if channel is None:
        raise SlackError("channel_not_found")
    if channel.is_archived:
        raise SlackError("is_archived")
    arguments = Arguments(body)
    if arguments.flag("delete_original"):
        engine.delete(channel, _original(channel, url))
    elif arguments.flag("replace_original"):
        _replace_original(engine, channel, url, arguments)
    else:
        answer_in_channel(engine, engine.state.apps[url.app], channel, url.team, url.user, body)


def answer_in_channel(
    engine: Engine, app: App, channel: Channel, team: str, user: str, body: dict[str, Any]
) -> Message:
    """A new message: `in_channel` for all, otherwise only for `user`; it may go where the bot is no member."""
    arguments = Arguments(body)
    content = read_content(arguments, engine.state)
    thread_ts = arguments.text("thread_ts")
    parent = None if thread_ts is None else channel.find_live(thread_ts)
    message = _message(engine, app, channel, team, content)
    message.thread_ts = None if parent is None else parent.thread_ts or parent.ts
    if arguments.text("response_type") == "in_channel":
        engine.post(channel, message)
        return message
    message.only_for, message.metadata = user, None
    channel.ephemerals.append(message)
    engine.changes.notify()
    return message


def _replace_original(engine: Engine, channel: Channel, url: ResponseURL, arguments: Arguments) -> None:
    original = _original(channel, url)
    change_message(original, read_content(arguments, engine.state))
    engine.changes.notify()


def _original(channel: Channel, url: ResponseURL) -> Message:
    found = channel.find_live(url.ts or "") or next((each for each in channel.ephemerals if each.ts == url.ts), None)
    if found is None:
        raise SlackError("message_not_found")
    return found


def _message(engine: Engine, app: App, channel: Channel, team: str, content: Content) -> Message:
    installation = engine.state.installation_of(app, team)
    return Message(
        channel.id,
        engine.state.next_ts(),
        team,
        installation.bot_user,
        content.text,
        author=app.id,
        app_id=app.id,
        bot_id=installation.bot_id,
        blocks=content.blocks,
        attachments=content.attachments,
        metadata=content.metadata or None,
    )
