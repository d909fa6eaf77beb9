"""The channels of each workspace, as they were a few minutes ago at most: for whoever chooses one while they type."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from tocsin.kernel.ids import IntegrationId
from tocsin.slack.client import SlackClient

PAGE = 1000
"""Slack's most per page of `conversations.list`; one page may hold fewer, even none, before the last."""
PAGES = 50
"""A workspace of 50 000 channels; beyond that the id must be given."""
PAGES_TO_CHOOSE_FROM = 5
"""Somebody who types waits for no more than so many pages; a channel beyond them is found by its whole name."""
REMEMBERED_SECONDS = 300.0
"""Slack lets an app list channels twenty times a minute (Tier 2), and somebody types faster than that."""

Channel = dict[str, Any]
"""A channel as Slack tells it (https://docs.slack.dev/reference/objects/conversation-object)."""


@dataclass(slots=True)
class _Remembered:
    """One workspace's channels; whoever asks while they are read waits for the same answer."""

    until: float = 0.0
    channels: list[Channel] = field(default_factory=list)
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)


class ChannelList:
    """Reads channels of workspaces, and remembers those that can be chosen from. Lives on one event loop."""

    def __init__(self, client: SlackClient, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._monotonic = monotonic
        self._of: defaultdict[IntegrationId, _Remembered] = defaultdict(_Remembered)

    async def to_choose_from(self, integration_id: IntegrationId) -> list[Channel]:
        """The first 5 000 channels that are not archived.

        Raises:
            SlackCallError: Slack gave no list; what was remembered before is over.
        """
        remembered = self._of[integration_id]
        async with remembered.reading:
            if self._monotonic() >= remembered.until:
                channels = self.read(integration_id, pages=PAGES_TO_CHOOSE_FROM)
                remembered.channels = [channel async for channel in channels]
                remembered.until = self._monotonic() + REMEMBERED_SECONDS
        return remembered.channels

    async def read(self, integration_id: IntegrationId, *, pages: int = PAGES) -> AsyncIterator[Channel]:
        """Every channel that our bot can see and that is not archived, as Slack has it now.

        Raises:
            SlackCallError: Slack gave no further page.
        """
        cursor: str | None = None
        for _ in range(pages):
            answer = await self._client.call(
                integration_id,
                "conversations.list",
                types="public_channel,private_channel",
                exclude_archived=True,
                limit=PAGE,
                cursor=cursor,
            )
            for channel in answer.get("channels", []):
                yield channel
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
