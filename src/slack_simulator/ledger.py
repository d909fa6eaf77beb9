"""The oracle: what Slack really holds, and every request that crossed the wire."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, Literal

from slack_simulator.workspace import Channel, Message

# Long benchmarks must not fill the memory with what nobody reads; the ledger itself forgets nothing.
WIRE_LOG_LENGTH = 5_000


@dataclass(slots=True)
class WireEntry:
    """One request. `direction` is "in" for a call of the app and "out" for a delivery to it.

    `at` is the simulator's clock in seconds, `milliseconds` how long the answer took in real time; `status` is 0 when
    there was no answer; `arguments` and `answer` hold no credentials.
    """

    number: int
    at: float
    direction: Literal["in", "out"]
    name: str
    arguments: Any
    status: int = 0
    answer: Any = None
    fault: str | None = None
    milliseconds: float = 0.0
    app: str | None = None
    channel: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


class WireLog:
    """The last requests in both directions, oldest first."""

    def __init__(self) -> None:
        self.entries: deque[WireEntry] = deque(maxlen=WIRE_LOG_LENGTH)
        self.count = 0

    def add(
        self, direction: Literal["in", "out"], name: str, arguments: object, *, at: float, channel: str | None = None
    ) -> WireEntry:
        self.count += 1
        entry = WireEntry(self.count, at, direction, name, arguments, channel=channel)
        self.entries.append(entry)
        return entry


@dataclass(slots=True)
class Posted:
    """A message at the moment Slack took it; `delivery` is the `d` of its metadata's event_payload, if it has one."""

    channel: str
    ts: str
    thread_ts: str | None
    delivery: str | None
    text: str


@dataclass(slots=True)
class Ledger:
    """All messages that apps ever posted, and those of them that are still there.

    Ephemeral messages are not in it: Slack keeps none.
    """

    posted: list[Posted] = field(default_factory=list)
    live: list[Posted] = field(default_factory=list)

    def live_by_delivery(self) -> Counter[str]:
        """How many living messages carry each delivery id: 1 is right, 2 was said twice, absent was lost."""
        return Counter(each.delivery for each in self.live if each.delivery is not None)

    def posted_by_delivery(self) -> Counter[str]:
        """How many messages each delivery id made, those deleted since included."""
        return Counter(each.delivery for each in self.posted if each.delivery is not None)

    def live_by_text(self) -> Counter[str]:
        return Counter(each.text for each in self.live)


def as_posted(message: Message) -> Posted:
    """What the ledger remembers of `message`."""
    payload = (message.metadata or {}).get("event_payload") or {}
    delivery = payload.get("d")
    return Posted(
        message.channel, message.ts, message.thread_ts, None if delivery is None else str(delivery), message.text
    )


def read_ledger(posted: list[Posted], channels: dict[str, Channel]) -> Ledger:
    """Compare what was posted with what is still there, as of now."""
    live = [
        as_posted(message)
        for channel in channels.values()
        for message in channel.messages.values()
        if message.app_id is not None and message.subtype != "tombstone"
    ]
    return Ledger(list(posted), sorted(live, key=lambda each: each.ts))
