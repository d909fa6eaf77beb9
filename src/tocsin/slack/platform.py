"""What the rest of Tocsin may ask Slack right now: a token's workspace, a channel, a direct message."""

import re
from typing import Any

from tocsin.chat.platform import (
    ChannelFacts,
    ChannelNotFoundError,
    ChatPersonNotFoundError,
    ChatRefusedError,
    ChatTokenRefusedError,
    ChatUnreachableError,
    PersonFacts,
    WorkspaceFacts,
)
from tocsin.kernel.errors import TocsinError
from tocsin.kernel.ids import IntegrationId
from tocsin.slack.channel_list import ChannelList
from tocsin.slack.client import SlackClient
from tocsin.slack.errors import (
    InstallDeadError,
    PlaceGoneError,
    RefusedError,
    SetupError,
    SlackCallError,
    UnreachedError,
)
from tocsin.slack.messages.link import LINK_WORDS

CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{2,}")

NO_FULL_MEMBER = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")
"""Flags of the user object (https://docs.slack.dev/reference/objects/user-object)."""


class SlackPlatform:
    """Slack as a `ChatPlatform`; each method is one question, asked once."""

    link_words = LINK_WORDS

    def __init__(self, client: SlackClient) -> None:
        self._client = client
        self._channel_list = ChannelList(client)

    async def test_token(self, token: str) -> WorkspaceFacts:
        """Ask `auth.test` whose token this is, and `bots.info` for the app, which only that knows.

        Raises:
            ChatTokenRefusedError: Slack does not know it, or it is no bot's.
        """
        try:
            answer, scopes = await self._client.test_token(token)
        except InstallDeadError as error:
            raise ChatTokenRefusedError(f"Slack does not accept this bot token ({error.slack_code}).") from error
        except SlackCallError as error:
            raise _in_general(error) from error
        if not answer.get("bot_id"):
            raise ChatTokenRefusedError(
                "This token is no bot's; use the Bot User OAuth Token, which begins with xoxb-."
            )
        return WorkspaceFacts(
            team_id=str(answer["team_id"]),
            name=str(answer.get("team", "")),
            url=str(answer.get("url", "")),
            app_id=await self._read_app_id(token, str(answer["bot_id"])),
            bot_id=str(answer["bot_id"]),
            bot_user_id=str(answer.get("user_id", "")),
            scopes=scopes,
        )

    async def resolve_channel(self, integration_id: IntegrationId, name_or_id: str) -> ChannelFacts:
        """Find the channel that `C...`, `#name` or `name` means; an id is asked for first, names are listed.

        Raises:
            ChannelNotFoundError: there is none that our bot can see; Slack says the same of a private one.
        """
        wanted = name_or_id.strip().removeprefix("#")
        try:
            found = await self._find_channel(integration_id, wanted)
        except SlackCallError as error:
            raise _in_general(error) from error
        if found is None:
            raise ChannelNotFoundError(
                f"There is no channel {name_or_id} that the app can see. "
                "If it is private, invite the app there first: /invite @Tocsin."
            )
        return _channel_facts(found)

    async def list_channels(self, integration_id: IntegrationId) -> list[ChannelFacts]:
        """What can be chosen from, at most five minutes old; in a very large workspace not all of it."""
        try:
            found = await self._channel_list.to_choose_from(integration_id)
        except SlackCallError as error:
            raise _in_general(error) from error
        return [_channel_facts(channel) for channel in found]

    async def open_direct_message(self, integration_id: IntegrationId, user: str) -> str:
        """The id (`D...`) of the conversation with `user`.

        Raises:
            ChatPersonNotFoundError: there is no such person, or they cannot be written to.
        """
        try:
            return await self._client.open_direct_message(integration_id, user)
        except PlaceGoneError as error:
            raise ChatPersonNotFoundError(f"Slack has nobody to write to as {user} ({error.slack_code}).") from error
        except SlackCallError as error:
            raise _in_general(error) from error

    async def read_person(self, integration_id: IntegrationId, user: str) -> PersonFacts:
        """Ask `users.info`; the e-mail is there only for tokens with `users:read.email`.

        Raises:
            ChatPersonNotFoundError: there is no such person.
        """
        try:
            answer = await self._client.call(integration_id, "users.info", user=user)
        except PlaceGoneError as error:
            raise ChatPersonNotFoundError(f"Slack knows nobody as {user} ({error.slack_code}).") from error
        except SlackCallError as error:
            raise _in_general(error) from error
        found = answer.get("user")
        return _person_facts(found if isinstance(found, dict) else {})

    async def _read_app_id(self, token: str, bot_id: str) -> str:
        """Empty when the token may not read it; the app's id only spares a warning when workspaces are shared."""
        try:
            answer = await self._client.call_with_token(token, "bots.info", bot=bot_id)
        except RefusedError:
            return ""
        except SlackCallError as error:
            raise _in_general(error) from error
        bot = answer.get("bot")
        return str(bot.get("app_id", "")) if isinstance(bot, dict) else ""

    async def _find_channel(self, integration_id: IntegrationId, wanted: str) -> dict[str, Any] | None:
        if CHANNEL_ID.fullmatch(wanted):
            try:
                answer = await self._client.call(integration_id, "conversations.info", channel=wanted)
            except PlaceGoneError:
                return None
            return answer["channel"]
        async for channel in self._channel_list.read(integration_id):
            if wanted.lower() in {channel.get("name"), channel.get("name_normalized")}:
                return channel
        return None


def _person_facts(person: dict[str, Any]) -> PersonFacts:
    """Whoever is no full member of the workspace has no e-mail here: it would be another company's word."""
    profile = person.get("profile")
    email = profile.get("email") if isinstance(profile, dict) else None
    is_member = not any(person.get(flag) for flag in NO_FULL_MEMBER)
    is_proved = is_member and person.get("is_email_confirmed") is True
    return PersonFacts(str(email).strip().lower() if email and is_proved else None)


def _channel_facts(channel: dict[str, Any]) -> ChannelFacts:
    return ChannelFacts(
        id=str(channel["id"]),
        name=str(channel.get("name", "")),
        is_private=bool(channel.get("is_private")),
        is_member=bool(channel.get("is_member")),
        is_archived=bool(channel.get("is_archived")),
        is_shared=bool(channel.get("is_ext_shared")),
    )


def _in_general(error: SlackCallError) -> TocsinError:
    """The error that any question may end with."""
    match error:
        case SetupError():
            return ChatRefusedError(
                f"The Slack app lacks something ({error.slack_code}{f', {error.detail}' if error.detail else ''}): "
                "add it in the app's settings and install the app again."
            )
        case InstallDeadError():
            return ChatRefusedError(
                f"Slack no longer accepts the workspace's token ({error.slack_code}); connect the workspace again."
            )
        case RefusedError() if error.permanent:
            return ChatRefusedError(f"Slack refused ({error.slack_code}).")
        case UnreachedError():  # its code is the name of an error of our own libraries
            return ChatUnreachableError("Slack cannot be reached; try again in a minute.")
        case _:
            return ChatUnreachableError(f"Slack did not answer ({error.slack_code}); try again in a minute.")
