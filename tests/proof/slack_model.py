"""Owns the model of Slack in the proofs: a few channels, exact about what stands where and since when."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.proof.faults import Draw, Fate, Faults, Refused
from tests.proof.virtual_time import BEGINNING, VirtualLoop
from tocsin.kernel.ids import IntegrationId
from tocsin.slack.client import TOTAL_SECONDS, SlackClient
from tocsin.slack.errors import UncertainError, read_refusal

BOT_ID = "B0MODEL"
PAGE = 40
"""Messages in a page: fewer than asked for, as Slack may do, so that every look turns pages."""
BEHIND = 3.0
"""Seconds by which Slack's clock is behind ours."""


@dataclass(slots=True)
class Message:
    """A message that Slack has taken."""

    ts: str
    channel: str
    thread_ts: str | None
    text: str
    metadata: dict[str, Any]
    visible_at: float
    deleted: bool = False


class ModelSlack(SlackClient):
    """The client that the drains and the looks get: its own methods, with the model where the network would be.

    A sender that dies never goes on: its call does not return, and the lease of its run runs out, as after kill -9.
    """

    def __init__(self, loop: VirtualLoop, random: Random, faults: Faults, draw: Callable[[], Draw]) -> None:
        super().__init__("http://slack.invalid/", lambda _integration_id: "xoxb-model")
        self.loop = loop
        self.random = random
        self.faults = faults
        self.draw = draw
        self.channels: dict[str, dict[str, Message]] = {}
        """What each channel holds, by ts; the order of taking is the order of ts."""
        self.posts: Counter[Draw] = Counter()
        self.reads = 0
        self.deletions = 0
        self.asleep = 0
        """Senders that sleep, or have posted after their sleep and wait for the answer.

        What a sender said after its sleep is only looked for when it has written that down, which a drain does in the
        very step in which it is answered. A life that ended between the two would be judged before its last sweeps.
        """
        self.death: asyncio.Future[None] = loop.create_future()
        """Done when somebody has died, for whoever waits for them."""
        self._graves: list[asyncio.Future[None]] = []
        """What the dead wait for; kept, because asyncio complains of a task that is forgotten before it ends."""
        self._last_ts = 0

    async def call(self, integration_id: IntegrationId, method: str, **arguments: Any) -> dict[str, Any]:
        match method:
            case "chat.postMessage":
                return await self._post(self.draw(), arguments)
            case "chat.delete":
                return await self._unreliably(method, self._delete, arguments)
            case "conversations.history" | "conversations.replies":
                self.reads += 1
                return await self._unreliably(method, self._page, arguments)
        raise AssertionError(f"the model of Slack has no {method} (workspace {integration_id})")

    def standing(self) -> Iterator[Message]:
        """Every message that stands; within its channel the oldest first."""
        return (message for channel in self.channels.values() for message in channel.values() if not message.deleted)

    async def _post(self, fate: Draw, arguments: dict[str, Any]) -> dict[str, Any]:
        method = "chat.postMessage"
        self.posts[fate] += 1
        await asyncio.sleep(self.random.uniform(0.02, 0.2))
        match fate:
            case Refused(slack_code):
                raise read_refusal(method, 200, {}, {"ok": False, "error": slack_code})
            case Fate.DIES_BEFORE:
                await self._die()
            case Fate.DIES_AFTER:
                self._take(arguments)
                await self._die()
            case Fate.FAILS:
                raise read_refusal(method, 503, {}, None)
            case Fate.TOLD_TO_WAIT:
                headers = {"Retry-After": str(self.random.randint(1, 30))}
                raise read_refusal(method, 429, headers, {"ok": False, "error": "ratelimited"})
            case Fate.NEVER_ARRIVES:
                await self._time_out(method)
            case Fate.ANSWER_LOST:
                self._take(arguments)
                await self._time_out(method)
            case Fate.ARRIVES_LATE:
                self.loop.call_later(self.random.uniform(5, 45), self._take, arguments)
                await self._time_out(method)
            case Fate.SLEEPS:
                return await self._sleep_and_answer(arguments)
        return await self._answer(arguments)

    async def _sleep_and_answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self.asleep += 1
        try:
            await asyncio.sleep(self.random.uniform(35, 900))
            return await self._answer(arguments)
        finally:
            self.asleep -= 1

    async def _answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        message = self._take(arguments)
        await asyncio.sleep(self.random.uniform(0.02, 0.2))
        return {"ok": True, "ts": message.ts, "message": _as_slack_shows(message)}

    def _take(self, arguments: dict[str, Any]) -> Message:
        thread_ts = arguments.get("thread_ts")
        if thread_ts is not None and not self._stands(arguments["channel"], thread_ts):
            thread_ts = None
        message = Message(
            ts=self._next_ts(),
            channel=arguments["channel"],
            thread_ts=thread_ts,
            text=arguments["text"],
            metadata=arguments["metadata"],
            visible_at=self.loop.time() + self.random.uniform(0, self.faults.lag),
        )
        self.channels.setdefault(message.channel, {})[message.ts] = message
        return message

    def _next_ts(self) -> str:
        microseconds = int((BEGINNING.timestamp() + self.loop.time() - BEHIND) * 1_000_000)
        self._last_ts = max(self._last_ts + 1, microseconds)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    async def _unreliably(self, method: str, answer: Any, arguments: dict[str, Any]) -> dict[str, Any]:
        """Answer, or fail before or after doing what was asked, or outlive the asker."""
        await asyncio.sleep(self.random.uniform(0.02, 0.2))
        if self.random.random() < self.faults.read_fails / 2:
            raise read_refusal(method, 503, {}, None)
        answered = answer(method, arguments)
        if self.random.random() < self.faults.read_fails / 2:
            await self._time_out(method)
        if self.random.random() < self.faults.looker_dies:
            await self._die()
        return answered

    def _delete(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if not self._stands(arguments["channel"], arguments["ts"]):
            raise read_refusal(method, 200, {}, {"ok": False, "error": "message_not_found"})
        self.channels[arguments["channel"]][arguments["ts"]].deleted = True
        self.deletions += 1
        return {"ok": True}

    def _page(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        thread_ts = arguments.get("ts")
        if thread_ts is not None and not self._stands(arguments["channel"], thread_ts):
            raise read_refusal(method, 200, {}, {"ok": False, "error": "thread_not_found"})
        found = [
            message
            for message in self.channels.get(arguments["channel"], {}).values()
            if message.visible_at <= self.loop.time()
            and not message.deleted
            and (message.ts == thread_ts or (message.thread_ts == thread_ts and message.ts >= arguments["oldest"]))
        ]
        cursor = arguments.get("cursor")
        if thread_ts is None:
            rest = [message for message in reversed(found) if cursor is None or message.ts < cursor]
        else:
            rest = [message for message in found if cursor is None or message.ts > cursor]
        return {
            "ok": True,
            "messages": [_as_slack_shows(message) for message in rest[:PAGE]],
            "response_metadata": {"next_cursor": rest[PAGE - 1].ts if len(rest) > PAGE else ""},
        }

    def _stands(self, channel: str, ts: str) -> bool:
        message = self.channels.get(channel, {}).get(ts)
        return message is not None and not message.deleted

    async def _time_out(self, method: str) -> None:
        await asyncio.sleep(self.random.choice((0.0, TOTAL_SECONDS)))
        raise UncertainError(method, "TimeoutError")

    async def _die(self) -> None:
        if not self.death.done():
            self.death.set_result(None)
        grave = self.loop.create_future()
        self._graves.append(grave)
        await grave


def _as_slack_shows(message: Message) -> dict[str, Any]:
    shown = {"ts": message.ts, "text": message.text, "bot_id": BOT_ID, "metadata": message.metadata}
    return shown if message.thread_ts is None else {**shown, "thread_ts": message.thread_ts}
