"""The drain of one channel: sends all that is due there, one at a time, and redraws what has moved on."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog
from prometheus_client import Counter
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from tocsin.chat.models import Integration
from tocsin.deliveries import health, lease
from tocsin.deliveries.claim import Claimed, claim, find_claimable, freeze
from tocsin.deliveries.lease import Held
from tocsin.deliveries.metrics import count_try
from tocsin.deliveries.models import BrokenPlace
from tocsin.deliveries.outcome import Parked, Sent, Times, TryAgain, record
from tocsin.deliveries.pace import reserve
from tocsin.deliveries.parking import park_place, unpark_place
from tocsin.deliveries.plan import CARD, REPLY
from tocsin.deliveries.recovery import Place
from tocsin.kernel.clock import Clock, from_milliseconds, to_milliseconds
from tocsin.kernel.crash_points import crash_point
from tocsin.kernel.db import Database, write
from tocsin.kernel.metrics import REGISTRY
from tocsin.kernel.secrets import SecretBox
from tocsin.notifications import redraw as redraws
from tocsin.notifications.models import ParentNotification
from tocsin.notifications.parents import find_parent_of_delivery
from tocsin.notifications.permalinks import redraw_older_cards
from tocsin.slack.client import SlackClient
from tocsin.slack.direct_messages import open_for_waiting
from tocsin.slack.drawing import UndrawableError, draw
from tocsin.slack.errors import (
    InstallDeadError,
    MessageGoneError,
    PlaceGoneError,
    RateLimitedError,
    SetupError,
    SlackCallError,
    ThreadClosedError,
    UncertainError,
)
from tocsin.slack.heed import heed, is_about_an_old_token
from tocsin.slack.pacing import method_bucket, post_buckets
from tocsin.slack.places import is_person, read_place
from tocsin.slack.remedies import reason_of_workspace
from tocsin.slack.replies import finish_reply
from tocsin.slack.sending import THREAD_GONE, Post, Redraw, Result, send_post, send_redraw

log = structlog.get_logger()

REDRAWS = Counter("tocsin_redraws", "Redraws of messages in Slack.", ["outcome"], registry=REGISTRY)

SLEEP_AT_MOST = 2.0
"""Seconds that a drain waits for the next moment, under its lease; for a later one it ends, and the catch-up starts
another. So what is planned in a channel whose next redraw must wait is said within this time at the latest."""

UNDRAWABLE_REMEDY = "a fault of Tocsin's in drawing this card; please report it, and send it again after an upgrade"

REST_OF_BROKEN = 30.0
"""Seconds that the catch-up leaves a broken place alone; notes of work do not wait for it."""

AFTER_A_MEND = timedelta(hours=1)
"""When a redraw is tried again that somebody (or a new version of Tocsin) must mend first."""

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
    """A post that was tried under the token that was `sealed_token`, and its result."""

    post: Post
    result: Result
    sealed_token: str

    @property
    def went_through(self) -> bool:
        return isinstance(self.result.outcome, Sent)


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A redraw that was tried under the token that was `sealed_token`, and its error, if any."""

    redraw: Redraw
    error: SlackCallError | None
    sealed_token: str

    @property
    def went_through(self) -> bool:
        return self.error is None


Done = Posted | Redrawn | None
Step = Post | Redraw | Wait | None


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be done next, and the workspace's sealed token when that was decided."""

    step: Step
    sealed_token: str = ""


async def drain(drains: Drains, subject: str, held: Held) -> None:
    """Send what is due in the place `subject` (`3:C042`) until nothing is, under the lease `held`."""
    place = read_place(subject)
    if is_person(place[1]):
        await open_for_waiting(
            drains.database, drains.client, place, held, link_base=drains.link_base, clock=drains.clock
        )
        return
    done: Done = None
    while True:
        turn = await asyncio.to_thread(_turn, drains, place, held, done)
        _count(drains, done)
        match turn.step:
            case None:
                return
            case Wait(seconds):
                await asyncio.sleep(seconds)
                done = None
            case Post() as post:
                crash_point("drain.claimed")
                done = Posted(post, await _send(drains, post), turn.sealed_token)
                crash_point("drain.answered")
            case Redraw() as redraw:
                crash_point("redraw.claimed")
                done = Redrawn(redraw, await send_redraw(drains.client, redraw), turn.sealed_token)
                crash_point("redraw.answered")


async def _send(drains: Drains, post: Post) -> Result:
    now = drains.clock()
    if post.claimed.lease_until - now < drains.times.lease * FENCE_MARGIN:
        return Result(TryAgain(now, "the claim had grown old before it was sent", counts=False))
    return await send_post(drains.client, drains.secrets, post, now=now)


def _turn(drains: Drains, place: Place, held: Held, done: Done) -> Turn:
    """One transaction: write down what became of the last step, and take the next."""
    with write(drains.database) as session:
        _record(session, drains, place, done)
        now = to_milliseconds(drains.clock())
        if not lease.renew(session, held, now=now, seconds=drains.times.lease.total_seconds()):
            return Turn(None)
        turn = _next_turn(session, drains, place, done)
        if isinstance(turn.step, Wait) and turn.step.seconds > SLEEP_AT_MOST:
            lease.release(session, held, rest_until=now + int(turn.step.seconds * 1000))
            return Turn(None)
        if turn.step is None:
            lease.release(session, held)
        return turn


def _count(drains: Drains, done: Done) -> None:
    match done:
        case Posted(post, result):
            count_try(post.claimed, result.outcome, now=drains.clock())
        case Redrawn(error=error):
            REDRAWS.labels("drawn" if error is None else error.code).inc()
        case None:
            pass


def _record(session: Session, drains: Drains, place: Place, done: Done) -> None:
    now = drains.clock()
    match done:
        case Posted(post, result, sealed_token):
            outcome, error = result.outcome, result.error
            if is_about_an_old_token(session, place[0], error, sealed_token):
                outcome, error = TryAgain(now, "the workspace was connected anew", counts=False), None
            record(session, post.claimed, outcome, drains.times, now=now)
            if post.claimed.kind == CARD and isinstance(outcome, Sent):
                redraw_older_cards(session, post.claimed.id, now=now)
            heed(session, place, error, post_buckets(*place), link_base=drains.link_base, now=now)
            if error is None and getattr(outcome, "reason", None) == THREAD_GONE:
                _card_is_gone(session, post.claimed)
        case Redrawn(redraw, error, sealed_token):
            _record_redraw(session, drains, redraw, error)
            if not is_about_an_old_token(session, place[0], error, sealed_token):
                buckets = [method_bucket(place[0], "chat.update")]
                heed(session, place, error, buckets, link_base=drains.link_base, now=now)
        case None:
            pass


def _record_redraw(session: Session, drains: Drains, redraw: Redraw, error: SlackCallError | None) -> None:
    now, drawing = drains.clock(), redraw.drawing
    match error:
        case None:
            redraws.drawn(session, drawing, now=now)
        case MessageGoneError():
            redraws.message_gone(session, drawing.of, drawing.message_id, error.slack_code)
        case RateLimitedError() | PlaceGoneError() | InstallDeadError() | SetupError():
            redraws.draw_again(session, drawing, not_before=now)  # its pace, its channel or its workspace holds it back
        case UncertainError():
            later = now + timedelta(seconds=SLEEP_AT_MOST)
            redraws.draw_again(session, drawing, not_before=later, redraw_at=now + drains.times.settle)
        case ThreadClosedError():
            redraws.draw_again(session, drawing, not_before=now + AFTER_A_MEND)
        case _:
            log.warning("slack.redraw.refused", message_id=drawing.message_id, slack_code=error.slack_code)
            redraws.draw_again(session, drawing, not_before=now + timedelta(minutes=1))


def _card_is_gone(session: Session, claimed: Claimed) -> None:
    parent = find_parent_of_delivery(session, claimed.id)
    if parent is not None:
        redraws.message_gone(session, ParentNotification, parent.id, THREAD_GONE)


def _next_turn(session: Session, drains: Drains, place: Place, done: Done) -> Turn:
    """The next step, as far as workspace and channel take any calls."""
    of_place = and_(BrokenPlace.integration_id == Integration.id, BrokenPlace.channel == place[1])
    integration, broken_since = session.execute(
        select(Integration, BrokenPlace.since).outerjoin(BrokenPlace, of_place).where(Integration.id == place[0])
    ).one()
    if not integration.works and _park_for_workspace(session, drains, place):
        return Turn(None)
    if broken_since is not None:
        held_back = _hold_back_from_place(session, drains, place, done)
        if held_back is not None:
            return Turn(held_back)
    return Turn(_next_step(session, drains, place), integration.sealed_bot_token)


def _park_for_workspace(session: Session, drains: Drains, place: Place) -> bool:
    """Park what waits, unless the workspace was connected again since we looked; whoever does so waits for us."""
    integration = session.get_one(Integration, place[0], with_for_update=True, populate_existing=True)
    if integration.works:
        return False
    park_place(session, place, reason_of_workspace(integration.broken_reason))
    health.put_off_probe(session, place, now=drains.clock())
    return True


def _hold_back_from_place(session: Session, drains: Drains, place: Place, done: Done) -> Wait | None:
    """In a broken place nothing is sent but a probe when that is due; one that went through mends the place."""
    if done is not None and done.went_through:
        health.mend_place(session, place)
        log.info("slack.place.mended", integration_id=place[0], channel=place[1])
        return None
    broken = health.lock_broken_place(session, place)
    if broken is None:
        return None
    if broken.probe_at <= drains.clock():
        unpark_place(session, place)
        return None
    park_place(session, place, broken.reason)
    return Wait(min(REST_OF_BROKEN, (broken.probe_at - drains.clock()).total_seconds()))


def _next_step(session: Session, drains: Drains, place: Place) -> Step:
    """The pressed card first, then what is to be said, then other cards; `Wait` when only the pace is in the way."""
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
    while (parent := redraws.find_next_redraw(session, *place, now=drains.clock())) and parent.pressed_at is not None:
        with suppress(UndrawableError):
            return _begin_redraw(session, drains, parent)
    return None


def _take_redraw(session: Session, drains: Drains, place: Place) -> Redraw | int | None:
    while parent := redraws.find_next_redraw(session, *place, now=drains.clock()):
        with suppress(UndrawableError):
            return _begin_redraw(session, drains, parent)
    return None


def _begin_redraw(session: Session, drains: Drains, parent: ParentNotification) -> Redraw | int | None:
    now = drains.clock()
    wait = reserve(session, [method_bucket(parent.integration_id, "chat.update")], now=to_milliseconds(now))
    if wait is not None:
        return wait
    try:
        version, card = draw(session, parent, link_base=drains.link_base)
    except UndrawableError:
        redraws.set_aside(session, parent, not_before=now + AFTER_A_MEND)
        raise
    drawing = redraws.begin_redraw(session, parent, version, now=now, lease=drains.times.lease)
    return None if drawing is None else Redraw(drawing, card.text, card.blocks)


def _take_post(session: Session, drains: Drains, place: Place) -> Post | int | None:
    now = drains.clock()
    while delivery := find_claimable(session, *place, now=now):
        wait = reserve(session, post_buckets(*place), now=to_milliseconds(now))
        if wait is not None:
            return wait
        claimed = claim(session, delivery, now=now, lease=drains.times.lease)
        if claimed is None:
            return None
        if claimed.frozen is not None:
            return Post(claimed, claimed.frozen)
        try:
            message = _render(session, drains, claimed)
        except UndrawableError as error:
            record(session, claimed, Parked(f"{error}: {UNDRAWABLE_REMEDY}"), drains.times, now=now)
            continue
        freeze(session, claimed, message)
        return Post(claimed, message)
    return None


def _render(session: Session, drains: Drains, claimed: Claimed) -> dict:
    """What this delivery says: a card as its issue is now, a reply as it was planned, several replies as one."""
    if claimed.kind == CARD:
        parent = find_parent_of_delivery(session, claimed.id)
        assert parent is not None
        version, card = draw(session, parent, link_base=drains.link_base)
        parent.drawn_version, parent.drawn_at = version, drains.clock()
        session.flush()
        return {"text": card.text, "blocks": card.blocks}
    return finish_reply(session, claimed.body) if claimed.kind == REPLY else claimed.body
