"""Reconciling: looking in Slack whether an uncertain delivery stands there, and taking back what stands there twice."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from tocsin.chat.models import Integration
from tocsin.deliveries import lease, recovery
from tocsin.deliveries.lease import Held
from tocsin.deliveries.metrics import DUPLICATES_DELETED, LOOKS, observe_sent
from tocsin.deliveries.models import DeliveryState
from tocsin.deliveries.outcome import Times
from tocsin.deliveries.recovery import Place, Suspect
from tocsin.kernel.clock import Clock, to_milliseconds
from tocsin.kernel.crash_points import crash_point
from tocsin.kernel.db import Database, write
from tocsin.kernel.secrets import SecretBox
from tocsin.slack.client import SlackClient
from tocsin.slack.errors import MessageGoneError, SlackCallError
from tocsin.slack.places import read_place
from tocsin.slack.sending import METADATA_TYPE, THREAD_GONE, mark

log = structlog.get_logger()

SKEW = timedelta(seconds=5)
"""Slack's clock gives a message its ts; ours may run ahead of it by this much."""

PAGES_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Looks:
    """What every look of this process needs."""

    database: Database
    client: SlackClient
    secrets: SecretBox
    times: Times
    clock: Clock


@dataclass(slots=True)
class Findings:
    """What one look found: for each delivery the ts of every message that bears its mark, oldest first."""

    standing: dict[int, list[str]] = field(default_factory=dict)
    thread_gone: bool = False
    """The thread is no more: a reply that Slack took all the same stands at the channel's root, a stray."""
    error: SlackCallError | None = None


async def reconcile(looks: Looks, subject: str, held: Held) -> None:
    """Settle every uncertain delivery of a channel that has waited long enough, and sweep those that once were."""
    place = read_place(subject)
    integration, suspects = await asyncio.to_thread(_take, looks, place, held)
    if suspects:
        for thread_ts in sorted({suspect.thread_ts or "" for suspect in suspects}):
            together = [suspect for suspect in suspects if (suspect.thread_ts or "") == thread_ts]
            findings = await _look(looks, integration, place, thread_ts or None, together)
            crash_point("reconcile.looked")
            await _take_back(looks, place, together, findings)
            crash_point("reconcile.taken_back")
            await asyncio.to_thread(_settle, looks, together, findings)
    await asyncio.to_thread(_release, looks, integration, held)


def _take(looks: Looks, place: Place, held: Held) -> tuple[Integration, list[Suspect]]:
    with write(looks.database) as session:
        now = looks.clock()
        integration = session.get_one(Integration, place[0])
        mine = lease.renew(session, held, now=to_milliseconds(now), seconds=looks.times.lease.total_seconds() * 4)
        return integration, recovery.find_suspects(session, place, now=now) if mine and _works(integration) else []


async def _look(
    looks: Looks, integration: Integration, place: Place, thread_ts: str | None, suspects: Sequence[Suspect]
) -> Findings:
    """Read the channel (or one thread) since the first try, all pages of it; a failed read finds nothing out."""
    findings = Findings({suspect.id: [] for suspect in suspects})
    since = min(suspect.first_dispatch_at for suspect in suspects) - SKEW
    try:
        try:
            await _read(looks, integration, place, thread_ts, thread_ts, since, findings)
        except MessageGoneError:
            findings.thread_gone = True
            await _read(looks, integration, place, None, thread_ts, since, findings)
    except SlackCallError as error:
        findings.error = error
    return findings


async def _read(
    looks: Looks,
    integration: Integration,
    place: Place,
    inside: str | None,
    thread_ts: str | None,
    since: datetime,
    findings: Findings,
) -> None:
    """Read every page of the thread `inside` (or of the channel), and note what bears the mark of `thread_ts`."""
    oldest, cursor = f"{since.timestamp():.6f}", None
    for _ in range(PAGES_AT_MOST):
        page = await _read_page(looks, place, inside, oldest, cursor)
        for message in page.get("messages", []):
            _note(looks.secrets, integration, place[1], thread_ts, message, findings)
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
        if cursor is None:
            return
    raise SlackCallError("conversations.history", "too_many_pages")


async def _read_page(
    looks: Looks, place: Place, thread_ts: str | None, oldest: str, cursor: str | None
) -> dict[str, Any]:
    integration_id, channel = place
    if thread_ts is None:
        return await looks.client.history(integration_id, channel=channel, oldest=oldest, cursor=cursor)
    return await looks.client.replies(
        integration_id, channel=channel, thread_ts=thread_ts, oldest=oldest, cursor=cursor
    )


def _note(
    secrets: SecretBox,
    integration: Integration,
    channel: str,
    thread_ts: str | None,
    message: dict[str, Any],
    findings: Findings,
) -> None:
    """Note `message` if it is one that we look for: our own app's, with a mark that only we could make."""
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != METADATA_TYPE or message.get("bot_id") != integration.bot_id:
        return
    delivery_id = str((metadata.get("event_payload") or {}).get("d", ""))
    if not delivery_id.isdecimal() or int(delivery_id) not in findings.standing:
        return
    if metadata == mark(secrets, int(delivery_id), channel, thread_ts):
        findings.standing[int(delivery_id)] = sorted([*findings.standing[int(delivery_id)], message["ts"]], key=_moment)


async def _take_back(looks: Looks, place: Place, suspects: Sequence[Suspect], findings: Findings) -> None:
    """Of what stands there more than once, keep the oldest (or the one we know of); of a lost thread, keep nothing."""
    for suspect in suspects:
        standing = findings.standing[suspect.id]
        keep = suspect.ts if suspect.ts in standing else next(iter(standing), None)
        if findings.thread_gone:
            keep = None
        for ts in standing:
            if ts == keep:
                continue
            try:
                await looks.client.delete_message(place[0], channel=place[1], ts=ts)
            except MessageGoneError:
                continue
            except SlackCallError as error:
                findings.error = error
                return
            DUPLICATES_DELETED.inc()
            log.warning("slack.duplicate.deleted", delivery_id=suspect.id, channel=place[1], ts=ts)


def _settle(looks: Looks, suspects: Sequence[Suspect], findings: Findings) -> None:
    now = looks.clock()
    with write(looks.database) as session:
        if findings.error is not None:
            recovery.settle_later(session, list(suspects), findings.error.slack_code, now=now)
        else:
            for suspect in suspects:
                _settle_one(session, looks.times, suspect, findings, now)
    for suspect in suspects:
        found = len(findings.standing[suspect.id])
        outcome = _outcome(suspect, findings)
        LOOKS.labels(outcome).inc()
        if outcome == "found":
            observe_sent(suspect.kind, suspect.planned_at, now=now)
        log.info("slack.delivery.looked_for", delivery_id=suspect.id, found=found, outcome=outcome)


def _settle_one(session: Session, times: Times, suspect: Suspect, findings: Findings, now: datetime) -> None:
    match _outcome(suspect, findings):
        case "swept":
            recovery.swept(session, suspect, times, now=now)
        case "thread_gone":
            recovery.settle_dead(session, suspect, THREAD_GONE)
        case "found":
            recovery.settle_found(session, suspect, findings.standing[suspect.id][0], times, now=now)
        case _:
            recovery.settle_missing(session, suspect)


def _outcome(suspect: Suspect, findings: Findings) -> str:
    """What the look means for `suspect`, in the words of the metric."""
    if findings.error is not None:
        return "failed"
    if suspect.state == DeliveryState.SENT:
        return "swept"
    if findings.thread_gone:
        return "thread_gone"
    return "found" if findings.standing[suspect.id] else "missing"


def _release(looks: Looks, integration: Integration, held: Held) -> None:
    """Give the lease back; in a workspace that takes no calls there is nothing to look at for a while."""
    rest = timedelta() if _works(integration) else recovery.RECHECK
    with write(looks.database) as session:
        lease.release(session, held, rest_until=to_milliseconds(looks.clock() + rest))


def _works(integration: Integration) -> bool:
    return integration.is_active and integration.broken_reason is None


def _moment(ts: str) -> tuple[int, int]:
    """A ts in the order of time: its seconds and its serial number, compared as numbers."""
    seconds, _, serial = ts.partition(".")
    return int(seconds), int(serial or 0)
