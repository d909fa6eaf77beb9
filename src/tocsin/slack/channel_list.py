"""The channels of each workspace, as they were a few minutes ago at most: for whoever chooses one while they type.

A token sees what its app sees: once a workspace is connected anew, what another token saw is over.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from tocsin.kernel.ids import IntegrationId
from tocsin.slack.client import SlackClient
from tocsin.slack.errors import RateLimitedError, SlackCallError, UncertainError, UnreachedError

PAGE = 1000
"""Slack's most per page of `conversations.list`; one page may hold fewer, even none, before the last."""
PAGES = 50
"""A workspace of 50 000 channels; beyond that the id must be given."""
PAGES_TO_CHOOSE_FROM = 5
"""Somebody who types waits for no more than so many pages; a channel beyond them is found by its whole name."""
REMEMBERED_SECONDS = 300.0
"""Slack lets an app list channels twenty times a minute (Tier 2), and somebody types faster than that."""
SILENCE_REMEMBERED_SECONDS = 15.0
"""Each letter that is typed asks, and while Slack does not answer each would hold one of the pages' threads for as long
as a call may take, one after the other; so one that asked in vain speaks for all for a while."""

Channel = dict[str, Any]
"""A channel as Slack tells it (https://docs.slack.dev/reference/objects/conversation-object)."""


@dataclass(slots=True)
class _Remembered:
    """One workspace's channels, or why there are none; whoever asks while they are read waits for the same answer."""

    token: str = field(default="", repr=False)
    """The one under which they were read."""
    until: float = 0.0
    channels: list[Channel] = field(default_factory=list)
    silence: SlackCallError | None = None
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
            SlackCallError: Slack gave no list, or did not answer within the last 15 s; what was remembered is over.
        """
        remembered = self._of[integration_id]
        async with remembered.reading:
            token = await self._client.renew_token(integration_id)
            if token != remembered.token or self._monotonic() >= remembered.until:
                await self._remember(remembered, integration_id, token)
        if remembered.silence is not None:
            raise remembered.silence
        return remembered.channels

    async def _remember(self, remembered: _Remembered, integration_id: IntegrationId, token: str) -> None:
        remembered.channels, remembered.silence = [], None
        remembered.token, remembered.until = token, 0.0
        try:
            remembered.channels = [each async for each in self.read(integration_id, pages=PAGES_TO_CHOOSE_FROM)]
            remembered.until = self._monotonic() + REMEMBERED_SECONDS
        except (RateLimitedError, UncertainError, UnreachedError) as silence:
            # What somebody can mend is not remembered: it comes at once, and the list is to be there once it is mended.
            remembered.silence = silence
            remembered.until = self._monotonic() + SILENCE_REMEMBERED_SECONDS

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
