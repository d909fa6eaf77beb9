"""Who somebody is in Slack: a member of the workspace, or one of those who may do nothing here."""

import asyncio
import time
from enum import StrEnum
from typing import Any

import structlog

from tocsin.kernel.ids import IntegrationId
from tocsin.slack.client import SlackClient
from tocsin.slack.errors import PlaceGoneError, SlackCallError

log = structlog.get_logger()

KNOWN_SECONDS = 300.0
UNKNOWN_SECONDS = 30.0
ASKING_SECONDS = 0.8
"""The press waits for this answer; what is left of its time belongs to the writer."""
MOST_KNOWN = 10_000


class Standing(StrEnum):
    """What somebody is to the workspace."""

    MEMBER = "member"
    GUEST = "guest"
    OUTSIDER = "outsider"
    BOT = "bot"
    GONE = "gone"
    UNKNOWN = "unknown"
    """Slack did not say."""


class People:
    """Remembers for five minutes what Slack says of people, so that few presses wait for it."""

    def __init__(self) -> None:
        self._known: dict[tuple[IntegrationId, str], tuple[Standing, float]] = {}

    async def standing_of(
        self, client: SlackClient, integration_id: IntegrationId, user: str, team_id: str
    ) -> Standing:
        """What `user` is to the workspace `team_id`. Slack's silence takes nothing from anybody: then it is unknown."""
        key = (integration_id, user)
        standing, until = self._known.get(key, (Standing.UNKNOWN, 0.0))
        if until > time.monotonic():
            return standing
        standing = await _ask(client, integration_id, user, team_id)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        lasts = UNKNOWN_SECONDS if standing is Standing.UNKNOWN else KNOWN_SECONDS
        self._known[key] = (standing, time.monotonic() + lasts)
        return standing


async def _ask(client: SlackClient, integration_id: IntegrationId, user: str, team_id: str) -> Standing:
    try:
        async with asyncio.timeout(ASKING_SECONDS):
            answer = await client.call(integration_id, "users.info", user=user)
    except PlaceGoneError:
        return Standing.GONE
    except (SlackCallError, TimeoutError) as error:
        log.warning("slack.person.unknown", integration_id=integration_id, slack_user_id=user, reason=str(error))
        return Standing.UNKNOWN
    found = answer.get("user")
    return _read(found, team_id) if isinstance(found, dict) else Standing.UNKNOWN


def _read(person: dict[str, Any], team_id: str) -> Standing:
    """Slack says it in flags (https://docs.slack.dev/reference/objects/user-object)."""
    if person.get("deleted"):
        return Standing.GONE
    if person.get("is_bot") or person.get("is_workflow_bot"):
        return Standing.BOT
    if person.get("is_restricted") or person.get("is_ultra_restricted"):
        return Standing.GUEST
    if person.get("is_stranger") or _is_of_another_workspace(person, team_id):
        return Standing.OUTSIDER
    return Standing.MEMBER


def _is_of_another_workspace(person: dict[str, Any], team_id: str) -> bool:
    """Within an enterprise (`E...`) people of several workspaces are ours; there the gesture itself tells outsiders."""
    if team_id.startswith("E") or person.get("enterprise_user"):
        return False
    return person.get("team_id") not in {None, team_id}
