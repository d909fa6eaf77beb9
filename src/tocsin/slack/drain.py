"""The drain of one channel: sends all that is due there, one at a time, and redraws what has moved on."""

import asyncio
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache

import structlog
from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from tocsin.chat.models import Integration
from tocsin.chat.workspaces import reason_of_workspace
from tocsin.deliveries import health, lease, plan
from tocsin.deliveries.claim import claim, find_claimable, freeze
from tocsin.deliveries.lease import Held
from tocsin.deliveries.mail import Mailing
from tocsin.deliveries.models import BrokenPlace
from tocsin.deliveries.outcome import Dead, Parked, Times, TryAgain, record
from tocsin.deliveries.pace import reserve
from tocsin.deliveries.parking import park_place, unpark_place
from tocsin.deliveries.recovery import Place
from tocsin.kernel.clock import Clock, from_milliseconds, to_milliseconds
from tocsin.kernel.crash_points import crash_point
from tocsin.kernel.db import Database, write
from tocsin.kernel.ids import IntegrationId
from tocsin.kernel.secrets import SecretBox
from tocsin.kernel.statement import Statement
from tocsin.notifications import approvals
from tocsin.notifications import redraw as redraws
from tocsin.notifications.models import ApprovalMessage, ParentNotification
from tocsin.slack.aftermath import AFTER_A_MEND, Done, Posted, Redrawn, count_done, record_done
from tocsin.slack.client import SlackClient
from tocsin.slack.direct_messages import open_for_waiting
from tocsin.slack.drawing import UndrawableError, draw, set_apart
from tocsin.slack.pacing import method_bucket, post_buckets
from tocsin.slack.places import is_direct_message, is_person, read_place
from tocsin.slack.rendering import render
from tocsin.slack.revising import send_revision
from tocsin.slack.sending import Post, Redraw, Result, send_post, send_redraw

log = structlog.get_logger()

SLEEP_AT_MOST = 2.0
"""Seconds that a drain waits for the next moment, under its lease; for a later one it ends, and the catch-up starts
another. So what is planned in a channel whose next redraw must wait is said within this time at the latest."""

REDRAWS_WAITING = 8
"""From so many drains on that wait so for the pace of redraws, which all channels of a workspace share, none stays for
it: whenever one may go on, all of them ask. The others end, and the next look over all cards goes on."""

UNDRAWABLE_REMEDY = "a fault of Tocsin's in drawing this; please report it, and send it again after an upgrade"
SUBJECT_GONE = "what it was to show is gone"

REST_OF_BROKEN = 30.0
"""Seconds that the catch-up leaves a broken place alone; notes of work do not wait for it."""

FENCE_MARGIN = 0.4
"""The part of its lease that a sender must have left to begin a call: 12 s of 30, more than a call can take."""


THREADS = 8
TURNS_OF_A_WORKSPACE = 3
"""How many turns of one workspace may wait for the writer, so that a busy one with hundreds of channels never fills the
line in which the others stand."""


def drain_threads() -> ThreadPoolExecutor:
    """Threads for the turns of drains alone: hundreds that wait for the writer must not keep ingest from its own."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="drain")


def turns_of_workspaces() -> defaultdict[IntegrationId, asyncio.Semaphore]:
    """Who may take a turn, for each workspace by itself and in the order of asking."""
    return defaultdict(lambda: asyncio.Semaphore(TURNS_OF_A_WORKSPACE))


@dataclass(frozen=True, slots=True)
class Drains:
    """What every drain of this process needs."""

    database: Database
    client: SlackClient
    secrets: SecretBox
    times: Times
    clock: Clock
    link_base: str
    waiting_for_redraws: set[Place] = field(default_factory=set)
    """The places whose drains wait for nothing but the pace of redraws."""
    threads: ThreadPoolExecutor = field(default_factory=drain_threads)
    turns: defaultdict[IntegrationId, asyncio.Semaphore] = field(default_factory=turns_of_workspaces)
    is_mail_on: bool = False
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def mailing(self) -> Mailing:
        """What telling somebody by mail needs."""
        return Mailing(self.secrets, self.link_base, is_on=self.is_mail_on)


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing may be sent before `seconds` have passed; `is_for_redraw`: and nothing but a redraw then."""

    seconds: float
    is_for_redraw: bool = False


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
            drains.database, drains.client, drains.threads, place, held, mailing=drains.mailing, clock=drains.clock
        )
        return
    loop = asyncio.get_running_loop()
    done: Done = None
    while True:
        async with drains.turns[place[0]]:
            turn = await loop.run_in_executor(drains.threads, _turn, drains, place, held, done)
        count_done(done, now=drains.clock())
        match turn.step:
            case None:
                return
            case Wait() as wait:
                await _wait(drains, place, wait)
                done = None
            case Post() as post:
                crash_point("drain.claimed")
                done = Posted(post, await _send(drains, post), turn.sealed_token)
                crash_point("drain.answered")
            case Redraw() as redraw:
                crash_point("redraw.claimed")
                done = Redrawn(redraw, await send_redraw(drains.client, redraw), turn.sealed_token)
                crash_point("redraw.answered")


async def _wait(drains: Drains, place: Place, wait: Wait) -> None:
    """Sleep; only here, after COMMIT, is a drain counted that waits for redraws, so that all that are counted sleep."""
    if wait.is_for_redraw:
        drains.waiting_for_redraws.add(place)
    try:
        await asyncio.sleep(wait.seconds)
    finally:
        drains.waiting_for_redraws.discard(place)


async def _send(drains: Drains, post: Post) -> Result:
    now = drains.clock()
    if post.claimed.lease_until - now < drains.times.lease * FENCE_MARGIN:
        return Result(TryAgain(now, "the claim had grown old before it was sent", counts=False))
    if post.claimed.kind in plan.REVISIONS:
        return await send_revision(drains.client, post, now=now)
    return await send_post(drains.client, drains.secrets, post, now=now)


def _turn(drains: Drains, place: Place, held: Held, done: Done) -> Turn:
    """One transaction: write down what became of the last step, and take the next."""
    with write(drains.database) as session:
        record_done(session, place, done, drains.times, mailing=drains.mailing, now=drains.clock())
        now = to_milliseconds(drains.clock())
        if not lease.renew(session, held, now=now, seconds=drains.times.lease.total_seconds()):
            return Turn(None)
        if drains.stopping.is_set():
            lease.release(session, held)
            return Turn(None)
        turn = _next_turn(session, drains, place, done)
        if isinstance(turn.step, Wait) and not _may_wait(drains, turn.step):
            lease.release(session, held, rest_until=now + int(turn.step.seconds * 1000))
            return Turn(None)
        if turn.step is None:
            lease.release(session, held)
        return turn


def _may_wait(drains: Drains, wait: Wait) -> bool:
    """Whether the drain stays for this, rather than end."""
    if wait.seconds > SLEEP_AT_MOST:
        return False
    return not wait.is_for_redraw or len(drains.waiting_for_redraws) < REDRAWS_WAITING


def _next_turn(session: Session, drains: Drains, place: Place, done: Done) -> Turn:
    """The next step, as far as workspace and channel take any calls."""
    of_place = {"of_integration_id": place[0], "of_channel": place[1]}
    [(is_active, broken_reason, sealed_token, broken_since)] = _standing().rows(session, of_place)
    if (not is_active or broken_reason is not None) and _park_for_workspace(session, drains, place):
        return Turn(None)
    if broken_since is not None:
        held_back = _hold_back_from_place(session, drains, place, done)
        if held_back is not None:
            return Turn(held_back)
    return Turn(_next_step(session, drains, place), sealed_token)


@cache
def _standing() -> Statement:
    of_place = and_(BrokenPlace.integration_id == Integration.id, BrokenPlace.channel == bindparam("of_channel"))
    workspace = (Integration.is_active, Integration.broken_reason, Integration.sealed_bot_token)
    joined = select(*workspace, BrokenPlace.since).outerjoin(BrokenPlace, of_place)
    return Statement(joined.where(Integration.id == bindparam("of_integration_id")))


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
    is_for_redraw = True
    for take in (_take_pressed, _take_approval, _take_post, _take_redraw):
        step = take(session, drains, place)
        if isinstance(step, (Post, Redraw)):
            return step
        if step is not None:
            moments.append(step)
            is_for_redraw = is_for_redraw and take is not _take_post
    if not moments:
        return None
    seconds = (from_milliseconds(min(moments)) - drains.clock()).total_seconds()
    return Wait(max(0.0, seconds), is_for_redraw)


def _take_pressed(session: Session, drains: Drains, place: Place) -> Redraw | int | None:
    while (due := redraws.find_next_redraw(session, *place, now=drains.clock())) and due.is_pressed:
        with suppress(UndrawableError):
            return _begin_redraw(session, drains, place, ParentNotification, due.id)
    return None


def _take_approval(session: Session, drains: Drains, place: Place) -> Redraw | int | None:
    """Requests stand in direct messages only; other channels are not asked for any."""
    if not is_direct_message(place[1]):
        return None
    while message := approvals.find_next_approval_redraw(session, *place, now=drains.clock()):
        with suppress(UndrawableError):
            return _begin_redraw(session, drains, place, ApprovalMessage, message.id)
    return None


def _take_redraw(session: Session, drains: Drains, place: Place) -> Redraw | int | None:
    while due := redraws.find_next_redraw(session, *place, now=drains.clock()):
        with suppress(UndrawableError):
            return _begin_redraw(session, drains, place, ParentNotification, due.id)
    return None


def _begin_redraw(
    session: Session, drains: Drains, place: Place, of: redraws.DrawnTable, message_id: int
) -> Redraw | int | None:
    now = drains.clock()
    wait = reserve(session, [method_bucket(place[0], "chat.update")], now=to_milliseconds(now))
    if wait is not None:
        return wait
    message = session.get_one(of, message_id)
    try:
        version, card = draw(session, message, link_base=drains.link_base)
    except UndrawableError:
        redraws.set_aside(session, message, not_before=now + AFTER_A_MEND)
        raise
    drawing = redraws.begin_redraw(session, message, version, now=now, lease=drains.times.lease)
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
            with set_apart(delivery_id=claimed.id):
                message = render(session, claimed, link_base=drains.link_base, now=now)
        except UndrawableError as error:
            record(session, claimed, Parked(f"{error}: {UNDRAWABLE_REMEDY}"), drains.times, now=now)
            continue
        if message is None:
            record(session, claimed, Dead(SUBJECT_GONE), drains.times, now=now)
            continue
        freeze(session, claimed, message)
        return Post(claimed, message)
    return None
