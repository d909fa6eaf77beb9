"""Reconciling: settling uncertain deliveries by a look into Slack, and taking back what stands there twice."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from tocsin.chat.models import Integration
from tocsin.deliveries import lease, recovery
from tocsin.deliveries.lease import Held
from tocsin.deliveries.metrics import DUPLICATES_DELETED, LOOKS, observe_sent
from tocsin.deliveries.models import DeliveryState
from tocsin.deliveries.outcome import Times
from tocsin.deliveries.plan import CARD
from tocsin.deliveries.recovery import Place, Suspect
from tocsin.kernel.clock import to_milliseconds
from tocsin.kernel.crash_points import crash_point
from tocsin.kernel.db import write
from tocsin.notifications.permalinks import redraw_older_cards
from tocsin.slack.errors import (
    MessageGoneError,
    PlaceGoneError,
    RateLimitedError,
    SetupError,
    SlackCallError,
    ThreadClosedError,
)
from tocsin.slack.heed import heed, is_about_an_old_token
from tocsin.slack.look import DELETE, Findings, Looker, Looks, keep_pace, look
from tocsin.slack.pacing import method_bucket
from tocsin.slack.places import read_place
from tocsin.slack.remedies import reason_of
from tocsin.slack.sending import THREAD_GONE

log = structlog.get_logger()

TOO_MUCH = "more was said there than Tocsin reads, so look there yourself"
UNREADABLE_FOR = timedelta(minutes=5)
"""When a look is tried again that somebody must mend something for first, or that would read too much."""


async def reconcile(looks: Looks, subject: str, held: Held) -> None:
    """Settle every uncertain delivery of a channel that has waited long enough, and sweep those that once were."""
    place = read_place(subject)
    integration, suspects = await looks.in_thread(_take, looks, place, held)
    looker = Looker(looks, place, integration, held)
    for thread_ts in sorted({suspect.thread_ts or "" for suspect in suspects}):
        if looks.stopping.is_set():
            break
        together = [suspect for suspect in suspects if (suspect.thread_ts or "") == thread_ts]
        findings = await look(looker, thread_ts or None, together)
        crash_point("reconcile.looked")
        await _take_back(looker, together, findings)
        crash_point("reconcile.taken_back")
        await looks.in_thread(_settle, looker, together, findings)
    await looks.in_thread(_release, looker)


def _take(looks: Looks, place: Place, held: Held) -> tuple[Integration, list[Suspect]]:
    with write(looks.database) as session:
        now = looks.clock()
        integration = session.get_one(Integration, place[0])
        mine = lease.renew(session, held, now=to_milliseconds(now), seconds=looks.times.lease.total_seconds())
        return integration, recovery.find_suspects(session, place, now=now) if mine and integration.works else []


async def _take_back(looker: Looker, suspects: Sequence[Suspect], findings: Findings) -> None:
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
                await keep_pace(looker, DELETE)
                await looker.looks.client.delete_message(looker.place[0], channel=looker.place[1], ts=ts)
            except MessageGoneError:
                continue
            except SlackCallError as error:
                findings.error = error
                return
            DUPLICATES_DELETED.inc()
            log.warning("slack.duplicate.deleted", delivery_id=suspect.id, channel=looker.place[1], ts=ts)


def _settle(looker: Looker, suspects: Sequence[Suspect], findings: Findings) -> None:
    now = looker.looks.clock()
    with write(looker.looks.database) as session:
        if findings.error is not None:
            _settle_later(session, looker, suspects, findings.error, now)
        # Asked for now, not before the look: Slack may have told of it while the look went on.
        findings.learn_deleted(recovery.find_deleted(session, suspects))
        outcomes = [(suspect, _outcome(suspect, findings, looker.looks.times)) for suspect in suspects]
        for suspect, outcome in outcomes:
            _settle_one(session, looker.looks.times, suspect, outcome, findings, now)
    for suspect, outcome in outcomes:
        LOOKS.labels(outcome).inc()
        if outcome == "found":
            observe_sent(suspect.kind, suspect.planned_at, now=now)
        found = len(findings.standing[suspect.id])
        log.info("slack.delivery.looked_for", delivery_id=suspect.id, found=found, outcome=outcome)


def _settle_later(
    session: Session, looker: Looker, suspects: Sequence[Suspect], error: SlackCallError, now: datetime
) -> None:
    """The look failed: nothing is known, so nothing is said again; and what Slack answered holds for later looks."""
    wait = recovery.RECHECK
    if isinstance(error, RateLimitedError):
        wait = timedelta(seconds=error.retry_after)
    elif isinstance(error, (PlaceGoneError, ThreadClosedError)):
        wait = UNREADABLE_FOR
    # A permission that is missing for reading stops no message, so it does not break the workspace.
    is_heeded = not isinstance(error, SetupError)
    if is_heeded and not is_about_an_old_token(session, looker.place[0], error, looker.integration.sealed_bot_token):
        buckets = [method_bucket(looker.place[0], error.method)]
        heed(session, looker.place, error, buckets, mailing=looker.looks.mailing, now=now)
    if isinstance(error, SetupError):
        _leave_in_doubt(session, suspects, reason_of(error), now)
    else:
        recovery.settle_later(session, suspects, reason_of(error), now=now, wait=wait)


def _leave_in_doubt(session: Session, suspects: Sequence[Suspect], reason: str, now: datetime) -> None:
    """Nobody will find out by looking soon: a reply is given up as maybe sent, since all that follows it waits for it.

    A card is looked for again: without it there is no thread in which anything could follow.
    """
    replies = [each for each in suspects if each.thread_ts is not None and each.state == DeliveryState.UNCERTAIN]
    for suspect in replies:
        recovery.settle_dead(session, suspect, f"{recovery.MAYBE_SENT}{reason}")
        log.warning("slack.delivery.left_in_doubt", delivery_id=suspect.id, reason=reason)
    others = [each for each in suspects if each not in replies]
    recovery.settle_later(session, others, f"{recovery.MAYBE_SENT}{reason}", now=now, wait=UNREADABLE_FOR)


def _settle_one(
    session: Session, times: Times, suspect: Suspect, outcome: str, findings: Findings, now: datetime
) -> None:
    match outcome:
        case "failed":
            pass
        case "swept":
            recovery.swept(session, suspect, times, now=now)
        case "thread_gone":
            recovery.settle_dead(session, suspect, THREAD_GONE)
        case "deleted":
            recovery.settle_dead(session, suspect, recovery.DELETED)
        case "too_much":
            _leave_in_doubt(session, [suspect], TOO_MUCH, now)
        case "found":
            recovery.settle_found(session, suspect, findings.standing[suspect.id][0], times, now=now)
            if suspect.kind == CARD:
                redraw_older_cards(session, suspect.id, now=now)
        case _:
            recovery.settle_missing(session, suspect)


def _outcome(suspect: Suspect, findings: Findings, times: Times) -> str:
    """What the look means for `suspect`, in the words of the metric. A tombstone is taken for one delivery only."""
    if findings.error is not None:
        outcome = "failed"
    elif suspect.state == DeliveryState.SENT:
        outcome = "swept"
    elif findings.thread_gone:
        outcome = "thread_gone"
    elif findings.standing[suspect.id]:
        outcome = "found"
    elif not findings.knows(suspect):
        outcome = "too_much"
    elif suspect.thread_ts is None and (ts := findings.tombstone_of(suspect, times.settle)) is not None:
        findings.tombstones.remove(ts)
        outcome = "deleted"
    elif findings.was_deleted(suspect):
        outcome = "deleted"
    else:
        outcome = "missing"
    return outcome


def _release(looker: Looker) -> None:
    """Give the lease back; in a workspace that takes no calls there is nothing to look at for a while."""
    rest = timedelta() if looker.integration.works else recovery.RECHECK
    with write(looker.looks.database) as session:
        lease.release(session, looker.held, rest_until=to_milliseconds(looker.looks.clock() + rest))
