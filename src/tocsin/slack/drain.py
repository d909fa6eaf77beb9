"""The drain of one channel: sends all that is due there, one at a time, and redraws what has moved on."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog
from prometheus_client import Counter
from sqlalchemy.orm import Session

from tocsin.chat.models import Integration
from tocsin.chat.workspaces import mark_broken
from tocsin.deliveries import lease
from tocsin.deliveries.claim import Claimed, claim, find_claimable, freeze
from tocsin.deliveries.lease import Held
from tocsin.deliveries.metrics import count_try
from tocsin.deliveries.outcome import Times, TryAgain, record
from tocsin.deliveries.pace import Bucket, hold_back, reserve
from tocsin.deliveries.parking import park_place
from tocsin.deliveries.plan import CARD, REPLY
from tocsin.deliveries.recovery import Place
from tocsin.kernel.clock import Clock, from_milliseconds, to_milliseconds
from tocsin.kernel.db import Database, write
from tocsin.kernel.metrics import REGISTRY
from tocsin.kernel.secrets import SecretBox
from tocsin.notifications import redraw as redraws
from tocsin.notifications.card_facts import card_facts
from tocsin.notifications.models import ParentNotification
from tocsin.notifications.parents import find_parent_of_delivery
from tocsin.slack.client import SlackClient
from tocsin.slack.direct_messages import open_for_waiting
from tocsin.slack.errors import (
    InstallDeadError,
    MessageGoneError,
    PlaceGoneError,
    RateLimitedError,
    SetupError,
    SlackCallError,
    UncertainError,
)
from tocsin.slack.messages.card import draw_card
from tocsin.slack.messages.fold import fold_replies
from tocsin.slack.pacing import method_bucket, post_buckets
from tocsin.slack.places import is_person, read_place
from tocsin.slack.sending import THREAD_GONE, Post, Redraw, Result, send_post, send_redraw

log = structlog.get_logger()

REDRAWS = Counter("tocsin_redraws", "Redraws of messages in Slack.", ["outcome"], registry=REGISTRY)

SLEEP_AT_MOST = 2.0
"""Seconds that a drain waits for the next moment; for a later one it ends, and the catch-up starts another."""

FENCE_MARGIN = 0.4
"""The part of its lease that a sender must have left to begin a call: 12 s of 30, more than a call can take."""


@dataclass(frozen=True, slots=True)
class Drains:
    """What every drain of this process needs."""

    database: Database
    client: SlackClient
    secrets: SecretBox
    times: Times
    clock: Clock
    link_base: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing may be sent before `seconds` have passed."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Posted:
    """A post that was tried, and its result."""

    post: Post
    result: Result


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A redraw that was tried, and its error, if any."""

    redraw: Redraw
    error: SlackCallError | None


Done = Posted | Redrawn | None
Step = Post | Redraw | Wait | None


async def drain(drains: Drains, subject: str, held: Held) -> None:
    """Send what is due in the place `subject` (`3:C042`) until nothing is, under the lease `held`."""
    place = read_place(subject)
    if is_person(place[1]):
        await open_for_waiting(drains.database, drains.client, place, held)
        return
    done: Done = None
    while True:
        step = await asyncio.to_thread(_turn, drains, place, held, done)
        _count(drains, done)
        match step:
            case None:
                return
            case Wait(seconds):
                await asyncio.sleep(seconds)
                done = None
            case Post():
                done = Posted(step, await _send(drains, step))
            case Redraw():
                done = Redrawn(step, await send_redraw(drains.client, step))


async def _send(drains: Drains, post: Post) -> Result:
    now = drains.clock()
    if post.claimed.lease_until - now < drains.times.lease * FENCE_MARGIN:
        return Result(TryAgain(now, "the claim had grown old before it was sent", counts=False))
    return await send_post(drains.client, drains.secrets, post, now=now)


def _turn(drains: Drains, place: Place, held: Held, done: Done) -> Step:
    """One transaction: write down what became of the last step, and take the next."""
    with write(drains.database) as session:
        _record(session, drains, place, done)
        now = to_milliseconds(drains.clock())
        if not lease.renew(session, held, now=now, seconds=drains.times.lease.total_seconds()):
            return None
        step = _next_step(session, drains, place)
        if isinstance(step, Wait) and step.seconds > SLEEP_AT_MOST:
            lease.release(session, held, rest_until=now + int(step.seconds * 1000))
            return None
        if step is None:
            lease.release(session, held)
        return step


def _count(drains: Drains, done: Done) -> None:
    match done:
        case Posted(post, result):
            count_try(post.claimed, result.outcome, now=drains.clock())
        case Redrawn(_, error):
            REDRAWS.labels("drawn" if error is None else error.code).inc()
        case None:
            pass


def _record(session: Session, drains: Drains, place: Place, done: Done) -> None:
    match done:
        case Posted(post, result):
            record(session, post.claimed, result.outcome, drains.times, now=drains.clock())
            _heed(session, drains, place, result.error, post_buckets(*place))
            if result.error is None and getattr(result.outcome, "reason", None) == THREAD_GONE:
                _card_is_gone(session, post.claimed)
        case Redrawn(redraw, error):
            _record_redraw(session, drains, redraw, error)
            _heed(session, drains, place, error, [method_bucket(place[0], "chat.update")])
        case None:
            pass


def _record_redraw(session: Session, drains: Drains, redraw: Redraw, error: SlackCallError | None) -> None:
    now, drawing = drains.clock(), redraw.drawing
    match error:
        case None:
            redraws.drawn(session, drawing, now=now)
        case MessageGoneError():
            redraws.message_gone(session, drawing.parent_id, error.slack_code)
        case RateLimitedError():
            redraws.draw_again(session, drawing, not_before=now, failed=False)
        case UncertainError():
            later = now + timedelta(seconds=SLEEP_AT_MOST)
            redraws.draw_again(session, drawing, not_before=later, redraw_at=now + drains.times.settle)
        case PlaceGoneError() | SetupError():
            # Somebody must change something in Slack first; a try each minute would only use up the others' pace.
            redraws.draw_again(session, drawing, not_before=now + timedelta(hours=1))
        case _:
            log.warning("slack.redraw.refused", parent_id=drawing.parent_id, slack_code=error.slack_code)
            redraws.draw_again(session, drawing, not_before=now + timedelta(minutes=1))


def _heed(session: Session, drains: Drains, place: Place, error: SlackCallError | None, buckets: list[Bucket]) -> None:
    """What Slack's answer means beyond the one row: slow down, or stop calling this workspace."""
    if isinstance(error, RateLimitedError):
        # `ratelimited` speaks of one channel's pace; the other codes of all that the app posts.
        bucket = buckets[-1] if error.slack_code == "ratelimited" else buckets[0]
        hold_back(session, bucket, to_milliseconds(drains.clock() + timedelta(seconds=error.retry_after)))
    if isinstance(error, InstallDeadError):
        mark_broken(session, place[0], error.slack_code, now=drains.clock())


def _card_is_gone(session: Session, claimed: Claimed) -> None:
    parent = find_parent_of_delivery(session, claimed.id)
    if parent is not None:
        redraws.message_gone(session, parent.id, THREAD_GONE)


def _next_step(session: Session, drains: Drains, place: Place) -> Step:
    """The pressed card first, then what is to be said, then other cards; `Wait` when only the pace is in the way."""
    integration = session.get_one(Integration, place[0])
    if integration.broken_reason is not None or not integration.is_active:
        park_place(session, place, f"{integration.broken_reason or 'disabled'}: the workspace must be connected again")
        return None
    moments: list[int] = []
    for take in (_take_pressed, _take_post, _take_redraw):
        step = take(session, drains, place)
        if isinstance(step, (Post, Redraw)):
            return step
        if step is not None:
            moments.append(step)
    if not moments:
        return None
    return Wait(max(0.0, (from_milliseconds(min(moments)) - drains.clock()).total_seconds()))


def _take_pressed(session: Session, drains: Drains, place: Place) -> Redraw | int | None:
    parent = redraws.find_next_redraw(session, *place, now=drains.clock())
    return _begin_redraw(session, drains, parent) if parent is not None and parent.pressed_at is not None else None


def _take_redraw(session: Session, drains: Drains, place: Place) -> Redraw | int | None:
    parent = redraws.find_next_redraw(session, *place, now=drains.clock())
    return _begin_redraw(session, drains, parent) if parent is not None else None


def _begin_redraw(session: Session, drains: Drains, parent: ParentNotification) -> Redraw | int | None:
    now = drains.clock()
    wait = reserve(session, [method_bucket(parent.integration_id, "chat.update")], now=to_milliseconds(now))
    if wait is not None:
        return wait
    facts = card_facts(session, parent, link_base=drains.link_base)
    drawing = redraws.begin_redraw(session, parent, facts.version, now=now, lease=drains.times.lease)
    if drawing is None:
        return None
    card = draw_card(facts)
    return Redraw(drawing, card.text, card.blocks)


def _take_post(session: Session, drains: Drains, place: Place) -> Post | int | None:
    now = drains.clock()
    delivery = find_claimable(session, *place, now=now)
    if delivery is None:
        return None
    wait = reserve(session, post_buckets(*place), now=to_milliseconds(now))
    if wait is not None:
        return wait
    claimed = claim(session, delivery, now=now, lease=drains.times.lease)
    if claimed is None:
        return None
    if claimed.frozen is not None:
        return Post(claimed, claimed.frozen)
    message = _render(session, drains, claimed)
    freeze(session, claimed, message)
    return Post(claimed, message)


def _render(session: Session, drains: Drains, claimed: Claimed) -> dict:
    """What this delivery says: a card as its issue is now, a reply as it was planned, several replies as one."""
    if claimed.kind == CARD:
        parent = find_parent_of_delivery(session, claimed.id)
        assert parent is not None
        facts = card_facts(session, parent, link_base=drains.link_base)
        card = draw_card(facts)
        parent.drawn_version, parent.drawn_at = facts.version, drains.clock()
        session.flush()
        return {"text": card.text, "blocks": card.blocks}
    if claimed.kind == REPLY and "several" in claimed.body:
        return fold_replies(claimed.body["several"])
    return claimed.body
