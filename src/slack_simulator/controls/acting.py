"""Controls that do what people in Slack do: press, choose, type, submit, write, and the events that follow."""

from __future__ import annotations

import asyncio
from typing import Any

from slack_simulator import oauth
from slack_simulator.delivery import commands, events, forms, interactions
from slack_simulator.delivery.courier import DeliveryResult
from slack_simulator.engine import Engine
from slack_simulator.errors import NotPossibleError
from slack_simulator.workspace import Channel, Message, User


async def press(
    engine: Engine,
    channel: str,
    ts: str,
    action_id: str,
    user: str,
    block_id: str | None = None,
    chosen: Any = None,  # noqa: ANN401 - any JSON
) -> DeliveryResult:
    """Use an element of a message; `chosen` is what a select, an input or a menu is set to."""
    where, person = engine.state.get_channel(channel), engine.state.get_user(user)
    place = interactions.place_of_message(engine, where, engine.state.get_message(where, ts), person, action_id)
    return await interactions.press(engine, place, person, action_id, block_id=block_id, chosen=chosen)


def press_payload(
    engine: Engine,
    channel: str,
    ts: str,
    action_id: str,
    user: str,
    block_id: str | None = None,
    chosen: Any = None,  # noqa: ANN401 - any JSON
) -> dict[str, Any]:
    """What the app would be sent for that press; whoever asked sends it, as often and as fast as they like."""
    where, person = engine.state.get_channel(channel), engine.state.get_user(user)
    place = interactions.place_of_message(engine, where, engine.state.get_message(where, ts), person, action_id)
    return interactions.payload_of_press(engine, place, person, action_id, block_id=block_id, chosen=chosen)


async def press_in_view(
    engine: Engine,
    view_id: str,
    action_id: str,
    user: str,
    block_id: str | None = None,
    chosen: Any = None,  # noqa: ANN401 - any JSON
) -> DeliveryResult:
    """Use an element of a modal or of a Home tab."""
    person = engine.state.get_user(user)
    place = interactions.place_of_view(engine, view_id, person)
    return await interactions.press(engine, place, person, action_id, block_id=block_id, chosen=chosen)


async def type_ahead(
    engine: Engine,
    action_id: str,
    text: str,
    user: str,
    channel: str | None = None,
    ts: str | None = None,
    view_id: str | None = None,
) -> DeliveryResult:
    """Type into an external select of a message or a view; the app's options stand in the result."""
    person = engine.state.get_user(user)
    if view_id is not None:
        place = interactions.place_of_view(engine, view_id, person)
        return await interactions.type_ahead(engine, place, person, action_id, text)
    where = engine.state.get_channel(channel or "")
    place = interactions.place_of_message(engine, where, engine.state.get_message(where, ts or ""), person, action_id)
    return await interactions.type_ahead(engine, place, person, action_id, text)


async def submit_view(engine: Engine, view_id: str, user: str, values: dict[str, Any] | None = None) -> DeliveryResult:
    """Fill in `values` by action_id and submit a modal."""
    return await forms.submit_view(engine, view_id, engine.state.get_user(user), values or {})


async def close_view(engine: Engine, view_id: str, user: str, everything: bool = False) -> DeliveryResult | None:
    """Close a modal; None when the app did not ask to hear of it."""
    return await forms.close_view(engine, view_id, engine.state.get_user(user), everything=everything)


async def command(
    engine: Engine,
    command: str,
    text: str,
    user: str,
    channel: str,
    app: str | None = None,
    thread_ts: str | None = None,
) -> DeliveryResult:
    """Type a slash command; Slack knows none in threads."""
    if thread_ts is not None:
        raise NotPossibleError(f"{command} is not supported in threads")
    where, person = engine.state.get_channel(channel), engine.state.get_user(user)
    return await commands.run_command(engine, engine.state.get_app(app), where, person, command, text)


async def shortcut(
    engine: Engine,
    callback_id: str,
    user: str,
    channel: str | None = None,
    ts: str | None = None,
    app: str | None = None,
) -> DeliveryResult:
    """Use a global shortcut, or one on a message."""
    person, owner = engine.state.get_user(user), engine.state.get_app(app)
    if channel is None or ts is None:
        return await interactions.use_shortcut(engine, owner, person, callback_id)
    where = engine.state.get_channel(channel)
    message = engine.state.get_message(where, ts)
    return await interactions.use_shortcut(engine, owner, person, callback_id, channel=where, message=message)


def say(engine: Engine, channel: str, user: str, text: str, thread_ts: str | None = None) -> Message:
    """A person writes; apps hear `message`, `app_mention` and `link_shared` where they may."""
    where, person = engine.state.get_channel(channel), engine.state.get_user(user)
    if where.is_archived or person.id not in where.members:
        raise NotPossibleError(f"{person.id} cannot write in {where.id}")
    parent = None if thread_ts is None else engine.state.get_message(where, thread_ts)
    root = None if parent is None else parent.thread_ts or parent.ts
    message = Message(where.id, engine.state.next_ts(), person.team, person.id, text, author=person.id, thread_ts=root)
    engine.post(where, message)
    _mention(engine, where, message)
    events.announce_links(engine, where, message)
    return message


def compose(engine: Engine, channel: str, user: str, text: str) -> str:
    """A person types a link and has not sent it yet; returns the unfurl_id that the app hears of."""
    where = engine.state.get_channel(channel)
    return events.announce_composer_links(engine, where, engine.state.get_user(user).id, text)


def open_home(engine: Engine, user: str, tab: str = "home", app: str | None = None) -> None:
    """Look at the app's Home or Messages tab: `app_home_opened`."""
    person, owner = engine.state.get_user(user), engine.state.get_app(app)
    installation = engine.state.installation_of(owner, person.team)
    direct, _ = engine.state.open_direct(person.team, frozenset((person.id, installation.bot_user)))
    event = {"type": "app_home_opened", "user": person.id, "channel": direct.id, "tab": tab}
    engine.announce(event, channel=direct, team=person.team)


async def event(
    engine: Engine, event: dict[str, Any], channel: str | None = None, team: str | None = None, app: str | None = None
) -> list[DeliveryResult]:
    """Deliver any inner event to an app, subscribed or not, and return when Slack has given up or was answered."""
    owner = engine.state.get_app(app)
    where = None if channel is None else engine.state.get_channel(channel)
    installation = engine.state.installation_of(owner, team) if team is not None else owner.installations[0]
    return await events.deliver_event(engine, installation, event, where)


async def verify_url(engine: Engine, app: str | None = None) -> DeliveryResult:
    """Save the request URL: the app must echo the challenge."""
    return await events.verify_url(engine, engine.state.get_app(app))


def authorize(engine: Engine, url: str, user: str, allow: bool = True) -> str:
    """Answer an app's authorize address; returns where the browser is sent, with the code or access_denied."""
    question = oauth.read_question(engine, url)
    person = engine.state.get_user(user)
    return oauth.allow(engine, question, user=person.id, team=person.team) if allow else oauth.deny(question)


async def app_rate_limited(engine: Engine, app: str | None = None) -> DeliveryResult:
    """Tell an app that it gets more than 30 000 events an hour."""
    return await events.tell_rate_limited(engine, engine.state.get_app(app).installations[0])


async def ssl_check(engine: Engine, app: str | None = None) -> DeliveryResult:
    """Look whether an app's certificate is good."""
    return await events.check_certificate(engine, engine.state.get_app(app))


def react(engine: Engine, channel: str, ts: str, name: str, user: str) -> None:
    """A person adds an emoji to a message."""
    where, person = engine.state.get_channel(channel), engine.state.get_user(user)
    message = engine.state.get_message(where, ts)
    people = message.reactions.setdefault(name, [])
    if person.id in people:
        raise NotPossibleError(f"{person.id} has reacted with {name} already")
    people.append(person.id)
    engine.changes.notify()
    item = {"type": "message", "channel": where.id, "ts": ts}
    about = {"type": "reaction_added", "user": person.id, "reaction": name, "item": item, "item_user": message.user}
    engine.announce(about, channel=where, team=where.team)


async def press_together(engine: Engine, presses: list[dict[str, Any]]) -> list[DeliveryResult]:
    """Several people press at the same moment; each entry has the arguments of `press`."""
    return list(await asyncio.gather(*(press(engine, **each) for each in presses)))


def _mention(engine: Engine, channel: Channel, message: Message) -> None:
    mentioned: list[User] = [
        each for each in engine.state.users.values() if each.is_bot and f"<@{each.id}>" in message.text
    ]
    for bot in mentioned:
        installation = next((each for each in engine.state.installations_in(channel) if each.bot_user == bot.id), None)
        if installation is not None and "app_mention" in installation.app.config.events:
            about = {
                "type": "app_mention",
                "user": message.user,
                "text": message.text,
                "ts": message.ts,
                "channel": channel.id,
            }
            if message.thread_ts is not None:
                about["thread_ts"] = message.thread_ts
            engine.start(events.deliver_event(engine, installation, about, channel))


ACTING: dict[str, Any] = {
    "app_rate_limited": app_rate_limited,
    "authorize": authorize,
    "close_view": close_view,
    "command": command,
    "compose": compose,
    "event": event,
    "open_home": open_home,
    "press": press,
    "press_in_view": press_in_view,
    "press_payload": press_payload,
    "press_together": press_together,
    "react": react,
    "say": say,
    "shortcut": shortcut,
    "ssl_check": ssl_check,
    "submit_view": submit_view,
    "type_ahead": type_ahead,
    "verify_url": verify_url,
}
