"""A look into Slack: reading a channel or thread back to a moment, and noting which of our messages stand there."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ParamSpec, TypeVar

from tocsin.chat.models import Integration
from tocsin.deliveries import lease
from tocsin.deliveries.lease import Held
from tocsin.deliveries.mail import Mailing
from tocsin.deliveries.outcome import Times
from tocsin.deliveries.pace import reserve
from tocsin.deliveries.recovery import Place, Suspect
from tocsin.kernel.clock import Clock, from_milliseconds, to_milliseconds
from tocsin.kernel.db import Database, write
from tocsin.kernel.ids import DeliveryId
from tocsin.kernel.secrets import SecretBox
from tocsin.slack.client import SlackClient
from tocsin.slack.errors import MessageGoneError, RateLimitedError, SlackCallError
from tocsin.slack.pacing import method_bucket
from tocsin.slack.sending import claimed_delivery, mark

HISTORY = "conversations.history"
REPLIES = "conversations.replies"
DELETE = "chat.delete"

SKEW = timedelta(seconds=5)
"""Slack's clock gives a message its ts; ours may run ahead of it by this much."""

WAIT_AT_MOST = 10.0
"""Seconds that a look waits for its pace; with the longest call it stays within its lease."""

PAGES_AT_MOST = 20
"""Pages of 200 messages that one look reads; what is older is not looked at."""

THREADS = 4

P = ParamSpec("P")
R = TypeVar("R")


def look_threads() -> ThreadPoolExecutor:
    """Threads for the transactions of looks alone: those that wait for the writer must not keep readers from theirs."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="look")


@dataclass(frozen=True, slots=True)
class Looks:
    """What every look of this process needs."""

    database: Database
    client: SlackClient
    secrets: SecretBox
    times: Times
    clock: Clock
    link_base: str
    is_mail_on: bool = False
    threads: ThreadPoolExecutor = field(default_factory=look_threads)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def mailing(self) -> Mailing:
        """What telling somebody by mail needs."""
        return Mailing(self.secrets, self.link_base, is_on=self.is_mail_on)

    async def in_thread(self, work: Callable[P, R], *arguments: P.args, **options: P.kwargs) -> R:
        """Do `work`, which waits for the database, beside the loop."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, partial(work, *arguments, **options))


@dataclass(frozen=True, slots=True)
class Looker:
    """One look's place, its workspace as it was when it began, and the lease it works under."""

    looks: Looks
    place: Place
    integration: Integration
    held: Held


@dataclass(slots=True)
class Findings:
    """What one look found: for each delivery the ts of every message that bears its mark, oldest first."""

    standing: dict[int, list[str]]
    tombstones: list[str] = field(default_factory=list)
    """What Slack shows instead of deleted messages that have a thread, newest first; nothing tells whose they were."""
    thread_gone: bool = False
    """The thread is no more: a reply that Slack took all the same stands at the channel's root, a stray."""
    unread_before: datetime | None = None
    """There was more than a look can read: nothing is known of what was said before this moment."""
    error: SlackCallError | None = None
    deleted: dict[DeliveryId, str] = field(default_factory=dict)
    """What Slack told by itself: for each delivery the ts of the newest message of it that was deleted."""

    def learn_deleted(self, deleted: dict[DeliveryId, str]) -> None:
        """Take in what Slack told; a tombstone of which it is known whose it was stands for no other delivery."""
        self.deleted = deleted
        self.tombstones = [ts for ts in self.tombstones if ts not in deleted.values()]

    def knows(self, suspect: Suspect) -> bool:
        """Whether the look reached back to the first try of `suspect`."""
        return self.unread_before is None or suspect.first_dispatch_at - SKEW >= self.unread_before

    def tombstone_of(self, suspect: Suspect, settle: timedelta) -> str | None:
        """A tombstone that may well be the delivery's: it stood there when its fate was unknown."""
        since, until = suspect.first_dispatch_at - SKEW, suspect.first_dispatch_at + settle
        return next((ts for ts in reversed(self.tombstones) if since <= moment_of(ts) <= until), None)

    def was_deleted(self, suspect: Suspect) -> bool:
        """Whether a message of these tries was deleted; one that is older says nothing of a delivery sent again."""
        ts = self.deleted.get(suspect.id)
        return ts is not None and moment_of(ts) >= suspect.first_dispatch_at - SKEW


async def look(looker: Looker, thread_ts: str | None, suspects: Sequence[Suspect]) -> Findings:
    """Read the channel (or one thread) since the first try, all pages of it; a failed read finds nothing out."""
    findings = Findings({suspect.id: [] for suspect in suspects})
    since = min(suspect.first_dispatch_at for suspect in suspects) - SKEW
    try:
        try:
            await _read(looker, thread_ts, thread_ts, since, findings)
        except MessageGoneError:
            findings.thread_gone = True
            await _read(looker, None, thread_ts, since, findings)
    except SlackCallError as error:
        findings.error = error
    return findings


async def keep_pace(looker: Looker, method: str) -> None:
    """Wait until `method` may be called, under the lease of the look, which is renewed.

    Raises:
        RateLimitedError: that is too long to wait for under a lease; Slack was not called.
    """
    wait = await looker.looks.in_thread(_reserve, looker, method)
    while wait is not None:
        seconds = max(0.0, (from_milliseconds(wait) - looker.looks.clock()).total_seconds())
        if seconds > WAIT_AT_MOST:
            raise RateLimitedError(method, "ratelimited", retry_after=seconds)
        await asyncio.sleep(seconds)
        wait = await looker.looks.in_thread(_reserve, looker, method)


def moment_of(ts: str) -> datetime:
    """When Slack took the message `ts`."""
    seconds, serial = sort_key(ts)
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=serial)


def sort_key(ts: str) -> tuple[int, int]:
    """A ts in the order of time: its seconds and its serial number, compared as numbers."""
    seconds, _, serial = ts.partition(".")
    return int(seconds), int(serial or 0)


async def _read(looker: Looker, inside: str | None, thread_ts: str | None, since: datetime, findings: Findings) -> None:
    """Read every page of the thread `inside` (or of the channel), and note what bears the mark of `thread_ts`."""
    oldest, cursor = f"{since.timestamp():.6f}", None
    for _ in range(PAGES_AT_MOST):
        page = await _read_page(looker, inside, oldest, cursor)
        messages = page.get("messages", [])
        for message in messages:
            _note(looker, thread_ts, message, findings)
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
        if cursor is None:
            findings.unread_before = None
            return
        # A channel is read from its newest message back, a thread from its oldest on: of that, the end is missing.
        newest_first = inside is None and messages
        findings.unread_before = moment_of(messages[-1]["ts"]) if newest_first else looker.looks.clock()


async def _read_page(looker: Looker, thread_ts: str | None, oldest: str, cursor: str | None) -> dict[str, Any]:
    client, (integration_id, channel) = looker.looks.client, looker.place
    if thread_ts is None:
        await keep_pace(looker, HISTORY)
        return await client.history(integration_id, channel=channel, oldest=oldest, cursor=cursor)
    await keep_pace(looker, REPLIES)
    return await client.replies(integration_id, channel=channel, thread_ts=thread_ts, oldest=oldest, cursor=cursor)


def _note(looker: Looker, thread_ts: str | None, message: dict[str, Any], findings: Findings) -> None:
    """Note `message` if it is one that we look for: our own app's, with a mark that only we could make."""
    if message.get("subtype") == "tombstone":
        findings.tombstones.append(message["ts"])
        return
    if message.get("bot_id") != looker.integration.bot_id:
        return
    metadata = message.get("metadata") or {}
    delivery_id = claimed_delivery(metadata)
    if delivery_id is None or delivery_id not in findings.standing:
        return
    if metadata == mark(looker.looks.secrets, delivery_id, looker.place[1], thread_ts):
        standing = findings.standing[delivery_id]
        findings.standing[delivery_id] = sorted([*standing, message["ts"]], key=sort_key)


def _reserve(looker: Looker, method: str) -> int | None:
    looks, now = looker.looks, to_milliseconds(looker.looks.clock())
    with write(looks.database) as session:
        lease.renew(session, looker.held, now=now, seconds=looks.times.lease.total_seconds())
        return reserve(session, [method_bucket(looker.place[0], method)], now=now)
