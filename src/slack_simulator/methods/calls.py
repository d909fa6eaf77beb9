"""One Web API call as a method sees it, and what nearly all methods ask first."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from slack_simulator.arguments import Arguments
from slack_simulator.engine import Engine
from slack_simulator.errors import SlackError
from slack_simulator.state import State
from slack_simulator.workspace import App, Channel, Installation, Message, User

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Call:
    """The method's name, its arguments and the installation that calls."""

    method: str
    arguments: Arguments
    engine: Engine
    installation: Installation

    @property
    def state(self) -> State:
        return self.engine.state

    @property
    def app(self) -> App:
        return self.installation.app

    @property
    def team(self) -> str:
        return self.installation.team

    @property
    def bot_user(self) -> str:
        return self.installation.bot_user


def known_channel(call: Call, name: str = "channel") -> Channel:
    """The conversation of that id, if this bot may know that it exists.

    Raises:
        SlackError: `channel_not_found`: no such id, an old id, another workspace's, or private and the bot not in it.
    """
    channel = call.state.channels.get(call.arguments.text(name) or "")
    if channel is None or call.team not in channel.teams:
        raise SlackError("channel_not_found")
    if channel.is_private and call.bot_user not in channel.members:
        raise SlackError("channel_not_found")
    return channel


def joined_channel(call: Call) -> Channel:
    """Like `known_channel`, and the bot is a member; raises `not_in_channel` for a public one it only knows of."""
    channel = known_channel(call)
    if call.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def known_user(call: Call, user_id: str | None) -> User:
    """A user of the own workspace, or one of another with whom some channel is shared.

    Raises:
        SlackError: `user_not_found`, or `user_not_visible` for somebody elsewhere.
    """
    user = call.state.users.get(user_id or "")
    if user is None:
        raise SlackError("user_not_found")
    if user.team != call.team and not shares_a_channel(call, user):
        raise SlackError("user_not_visible")
    return user


def shares_a_channel(call: Call, user: User) -> bool:
    return any(user.id in channel.members and call.team in channel.teams for channel in call.state.channels.values())


def page(call: Call, items: Sequence[Item], *, default: int, most: int) -> tuple[list[Item], str]:
    """One page of `items` and the cursor of the next, empty at the end; raises `invalid_limit` or `invalid_cursor`."""
    size = call.arguments.limit(default=default, most=most)
    place = _read_cursor(call, "next")
    if not re.fullmatch(r"\d{1,9}", place):
        raise SlackError("invalid_cursor")
    following = int(place) + size
    return list(items[int(place) : following]), _cursor("next", following) if following < len(items) else ""


def page_after(call: Call, items: Sequence[Message], *, default: int, most: int) -> tuple[list[Message], str]:
    """Like `page` for messages: the cursor is a message's ts, so that new ones do not move the pages."""
    size = call.engine.limits.page(call.method, call.arguments.limit(default=default, most=most))
    last = _read_cursor(call, "next_ts")
    places = {message.ts: place for place, message in enumerate(items)}
    if last != "0" and last not in places:
        raise SlackError("invalid_cursor")
    start = places.get(last, -1) + 1
    some = list(items[start : start + size])
    return some, _cursor("next_ts", some[-1].ts) if start + size < len(items) else ""


def with_cursor(answer: dict[str, Any], cursor: str) -> dict[str, Any]:
    return answer | {"response_metadata": {"next_cursor": cursor}}


def _cursor(kind: str, place: int | str) -> str:
    return base64.b64encode(f"{kind}:{place}".encode()).decode()


def _read_cursor(call: Call, kind: str) -> str:
    cursor = call.arguments.text("cursor")
    if cursor is None:
        return "0"
    try:
        found, _, place = base64.b64decode(cursor, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None
    if found != kind or not place:
        raise SlackError("invalid_cursor")
    return place
