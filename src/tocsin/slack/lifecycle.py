"""Lifecycle: what follows when Slack tells that the app was removed, or that a channel was archived, renamed or mended.

Events come late, more than once and in any order, so but for one none of them changes anything by itself. It is a
reason to ask Slack how things stand, whose answer is heeded as that to any other call, or to let what waits be tried.
"""

import asyncio
from typing import Any

import structlog

from tocsin.chat.channels import find_channel_name, remember_channel
from tocsin.chat.models import Integration
from tocsin.deliveries.health import probe_now
from tocsin.deliveries.models import BrokenPlace
from tocsin.deliveries.recovery import Place
from tocsin.kernel.db import read
from tocsin.kernel.errors import UnreachableError
from tocsin.kernel.ids import IntegrationId
from tocsin.notifications.moving import move_channel
from tocsin.notifications.responsible import affected_by_place
from tocsin.rules.channels import list_channels, rename_channel
from tocsin.slack.edge import SlackEdge, write_press
from tocsin.slack.errors import InstallDeadError, PlaceGoneError, SlackCallError
from tocsin.slack.heed import heed, is_about_an_old_token
from tocsin.slack.lifecycle_payloads import (
    AppUninstalled,
    ChannelArchived,
    ChannelIdChanged,
    ChannelRenamed,
    ChannelUnarchived,
    LifecycleEvent,
    MemberJoined,
    Renamed,
    TokensRevoked,
)
from tocsin.slack.workspaces import Workspace

log = structlog.get_logger()

LOOK_SECONDS = 1.0
"""How long Slack may take to say how things stand; then there is time left to write that down and to answer."""


class NotLookedError(UnreachableError):
    """Slack did not say in time how things stand; it tells the event again, and is asked again."""

    code = "slack.not_looked"


async def follow(edge: SlackEdge, workspace: Workspace, event: LifecycleEvent, *, arrived: float) -> bool:
    """Do what follows from `event`, which came in at `arrived` (`time.monotonic()`); false if nothing does.

    Raises:
        NotLookedError: Slack did not say how things stand.
        WriterBusyError: the writer was not free within 1.5 s of `arrived`. Either way Slack sends the event again.
    """
    match event:
        case AppUninstalled():
            return await _look_at_workspace(edge, workspace, arrived)
        case TokensRevoked():
            is_ours = workspace.bot_user_id in event.tokens.bot
            return is_ours and await _look_at_workspace(edge, workspace, arrived)
        case ChannelArchived(channel) | ChannelRenamed(Renamed(channel)):
            return await _look_at_channel(edge, workspace, channel, arrived)
        case ChannelUnarchived():
            return await edge.in_thread(_try_again, edge, (workspace.integration_id, event.channel), arrived)
        case ChannelIdChanged():
            return await edge.in_thread(_move, edge, workspace, event, arrived)
        case MemberJoined():
            is_ours = event.user == workspace.bot_user_id
            place = (workspace.integration_id, event.channel)
            return is_ours and await edge.in_thread(_try_again, edge, place, arrived)


async def _look_at_workspace(edge: SlackEdge, workspace: Workspace, arrived: float) -> bool:
    """Ask whether the token is good still: the event may be of one that was replaced since."""
    sealed_token = await edge.in_thread(_sealed_token, edge, workspace.integration_id)
    try:
        await _ask(edge, workspace.integration_id, "auth.test")
    except InstallDeadError as error:
        await edge.in_thread(_switch_off, edge, workspace.integration_id, error, sealed_token, arrived)
        return True
    return False


def _sealed_token(edge: SlackEdge, integration_id: IntegrationId) -> str:
    with read(edge.deps.database) as session:
        return session.get_one(Integration, integration_id).sealed_bot_token


def _switch_off(
    edge: SlackEdge, integration_id: IntegrationId, error: InstallDeadError, sealed_token: str, arrived: float
) -> None:
    with write_press(edge.deps.database, arrived) as session:
        if not is_about_an_old_token(session, integration_id, error, sealed_token):
            heed(session, (integration_id, ""), error, (), mailing=edge.deps.mailing, now=edge.deps.clock())


async def _look_at_channel(edge: SlackEdge, workspace: Workspace, channel: str, arrived: float) -> bool:
    """Ask what a channel is called and whether it is archived; Slack tells of every public one that there is."""
    if not await edge.in_thread(_is_known, edge, workspace, channel):
        return False
    sealed_token = await edge.in_thread(_sealed_token, edge, workspace.integration_id)
    found: dict[str, Any] | PlaceGoneError
    try:
        found = (await _ask(edge, workspace.integration_id, "conversations.info", channel=channel))["channel"]
    except InstallDeadError as error:
        await edge.in_thread(_switch_off, edge, workspace.integration_id, error, sealed_token, arrived)
        return True
    except PlaceGoneError as error:
        found = error
    await edge.in_thread(_note_channel, edge, (workspace.integration_id, channel), found, arrived)
    return True


def _is_known(edge: SlackEdge, workspace: Workspace, channel: str) -> bool:
    integration_id = workspace.integration_id
    with read(edge.deps.database) as session:
        if find_channel_name(session, integration_id, channel) is not None:
            return True
        return any((integration_id, channel) in list_channels(session, each) for each in workspace.organization_ids)


def _note_channel(edge: SlackEdge, place: Place, found: dict[str, Any] | PlaceGoneError, arrived: float) -> None:
    now, error = edge.deps.clock(), found if isinstance(found, PlaceGoneError) else None
    with write_press(edge.deps.database, arrived) as session:
        if isinstance(found, dict):
            name = str(found["name"])
            remember_channel(session, *place, name)
            rename_channel(session, *place, name)
            error = PlaceGoneError("conversations.info", "is_archived") if found.get("is_archived") else None
        # A channel in which nobody wants to be told anything would stay broken for ever: nothing comes to try it.
        if error is not None and affected_by_place(session, *place):
            heed(session, place, error, (), mailing=edge.deps.mailing, now=now)


def _move(edge: SlackEdge, workspace: Workspace, event: ChannelIdChanged, arrived: float) -> bool:
    """No other answer of Slack's knows both ids, and the old one never comes back: this event alone is believed."""
    if event.old_channel_id == event.new_channel_id or not _is_known(edge, workspace, event.old_channel_id):
        return False
    place = (workspace.integration_id, event.old_channel_id)
    with write_press(edge.deps.database, arrived) as session:
        move_channel(session, place, event.new_channel_id, now=edge.deps.clock())
    log.info("slack.channel.moved", integration_id=place[0], channel=place[1], new_channel=event.new_channel_id)
    return True


def _try_again(edge: SlackEdge, place: Place, arrived: float) -> bool:
    """Somebody mended a channel, it seems: what waits there is tried at once, which tells whether they did."""
    with read(edge.deps.database) as session:
        if session.get(BrokenPlace, place) is None:
            return False
    with write_press(edge.deps.database, arrived) as session:
        return probe_now(session, place, now=edge.deps.clock())


async def _ask(edge: SlackEdge, integration_id: IntegrationId, method: str, **arguments: str) -> dict[str, Any]:
    """Slack's answer.

    Raises:
        InstallDeadError, PlaceGoneError: this is the answer.
        NotLookedError: there was none in time, or one that says nothing of how things stand.
    """
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await edge.client.call(integration_id, method, **arguments)
    except (InstallDeadError, PlaceGoneError):
        raise
    except (SlackCallError, TimeoutError) as error:
        log.warning("slack.lifecycle.not_looked", integration_id=integration_id, method=method, error=repr(error))
        raise NotLookedError(f"Slack did not answer {method} in time.") from error
