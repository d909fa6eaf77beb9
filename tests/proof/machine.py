"""Owns the state machine: everything that may happen to deliveries, in any order, and what must be true after each."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.proof.arrows import Row, check_due, check_final, check_state, check_step, read_rows
from tests.proof.faults import Draw, Fate, Faults, Refused
from tests.proof.ports import Ports
from tests.proof.slack_model import ModelSlack
from tests.proof.verdict import judge, sentence, story_of
from tests.proof.workers import LINK_BASE, SECRETS, TIMES, Workers, commits_of, new_workspace, virtual_loop
from tocsin.deliveries import lease, recovery
from tocsin.deliveries.claim import FOLD_AT_MOST, UNSETTLED, Claimed, freeze
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.outcome import TryAgain
from tocsin.deliveries.parking import park_place, unpark_workspace
from tocsin.deliveries.plan import NOTICE, REPLY, Plan, plan_delivery
from tocsin.kernel.clock import to_milliseconds
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import DeliveryId
from tocsin.slack.drain import FENCE_MARGIN
from tocsin.slack.look import Looks
from tocsin.slack.messages.fold import fold_replies
from tocsin.slack.places import write_place
from tocsin.slack.sending import Post, Result, send_post

T = TypeVar("T")

LONGEST = 6 * 3600.0
"""Virtual seconds after which whatever is not settled is stuck."""
CHANNELS = st.sampled_from(["C1", "C2"])
REFUSALS = ("not_in_channel", "token_revoked", "msg_too_long", "hash_conflict", "missing_scope", "never_heard_of")
"""One code of each meaning that a refused post can have."""
TROUBLES: list[Draw] = [*(fate for fate in Fate if fate != Fate.SLEEPS), *(Refused(code) for code in REFUSALS)]
"""A sender that sleeps is one that claims, and posts only after time has passed."""
FATES = st.sampled_from([*TROUBLES, *(Fate.ANSWERED for _ in TROUBLES)])


@dataclass(slots=True)
class Sender:
    """Somebody who has claimed a delivery and not yet said what became of it."""

    claimed: Claimed
    message: dict[str, Any]


class DeliveryMachine(RuleBasedStateMachine):
    """One workspace with two channels. `database` is emptied first; `ports` are the functions on trial."""

    def __init__(self, database: Database, ports: Ports) -> None:
        super().__init__()
        self.ports = ports
        self.database = database
        self.integration_id = new_workspace(database)
        self._opened = virtual_loop()
        self.loop = self._opened.__enter__()
        self.fate: Draw = Fate.ANSWERED
        self.slack = ModelSlack(self.loop, Random(0), Faults(), lambda: self.fate)
        self.stories: dict[int, int] = {}
        self.cards: list[DeliveryId] = []
        self.senders: list[Sender] = []
        self.fences: set[tuple[DeliveryId, int]] = set()
        self.rows: dict[int, Row] = {}
        self.excused: set[int] = set()
        """Stories whose order nobody promises: a part was parked, or said by a sleeper after it was given up."""
        self.woken = 0
        """How many senders have posted after their lease."""

    @initialize()
    def both_channels_have_a_card(self) -> None:
        """With something to say from the start, more of what happens happens to it."""
        self.a_card_is_planned("C1")
        self.a_card_is_planned("C2")
        self.replies_are_planned(0, 3, None)

    @rule(channel=CHANNELS)
    def a_card_is_planned(self, channel: str) -> None:
        story = len(self.cards)
        self.stories[story] = 0
        self.cards.append(self._plan(story, None, channel=channel))

    @precondition(lambda self: self.cards)
    @rule(pick=st.integers(0, 99), count=st.integers(1, 8), hours=st.sampled_from([None, None, 1]))
    def replies_are_planned(self, pick: int, count: int, hours: int | None) -> None:
        story = pick % len(self.cards)
        for _ in range(count):
            self.stories[story] += 1
            self._plan(story, hours, card=self.cards[story])

    @rule(channel=CHANNELS)
    def somebody_claims(self, channel: str) -> None:
        now = self.loop.now()
        with write(self.database) as session:
            claimed = self.ports.take(session, self.integration_id, channel, now, TIMES.lease)
            if claimed is None:
                return
            message = claimed.frozen or _render(claimed)
            freeze(session, claimed, message)
            self._check_turn(session, claimed)
        assert (claimed.id, claimed.fence) not in self.fences, "two senders have one fence"
        self.fences.add((claimed.id, claimed.fence))
        live = [each for each in self.senders if each.claimed.id == claimed.id and each.claimed.lease_until > now]
        assert not live, "a delivery was taken while somebody else may still send it"
        self.senders.append(Sender(claimed, message))

    @rule(channel=CHANNELS, fate=FATES)
    def somebody_claims_and_posts(self, channel: str, fate: Draw) -> None:
        before = len(self.senders)
        self.somebody_claims(channel)
        if len(self.senders) > before:
            self.every_delivery_moves_along_the_arrows()
            self._post(self.senders.pop(), fate)

    @rule(channel=CHANNELS, seconds=st.sampled_from([31, 400]))
    def somebody_claims_and_sleeps(self, channel: str, seconds: int) -> None:
        self.somebody_claims(channel)
        self.every_delivery_moves_along_the_arrows()
        self.time_passes(seconds)
        self.the_catch_up_mends()

    @precondition(lambda self: self.senders)
    @rule(pick=st.integers(0, 99), fate=FATES)
    def a_sender_posts(self, pick: int, fate: Draw) -> None:
        self._post(self.senders.pop(pick % len(self.senders)), fate)

    @precondition(lambda self: self.senders)
    @rule(pick=st.integers(0, 99))
    def a_sender_dies(self, pick: int) -> None:
        self.senders.pop(pick % len(self.senders))

    @rule(seconds=st.sampled_from([1, 10, 31, 61, 400, 3700]))
    def time_passes(self, seconds: int) -> None:
        self._go_on(asyncio.sleep(seconds))

    @rule()
    def the_catch_up_mends(self) -> None:
        with write(self.database) as session:
            recovery.give_up_silent_senders(session, TIMES, now=self.loop.now())
            recovery.bury_the_old(session, now=self.loop.now())

    @rule(channel=CHANNELS)
    def somebody_looks(self, channel: str) -> None:
        subject = write_place((self.integration_id, channel))
        with write(self.database) as session:
            held = lease.take(session, f"reconcile:{subject}", now=to_milliseconds(self.loop.now()), seconds=30)
        if held is not None:
            looks = Looks(self.database, self.slack, SECRETS, TIMES, self.loop.now, LINK_BASE)
            self._go_on(self.ports.look(looks, subject, held))

    @rule(channel=CHANNELS)
    def a_place_is_parked(self, channel: str) -> None:
        with write(self.database) as session:
            park_place(session, (self.integration_id, channel), "token_revoked")

    @rule()
    def the_workspace_is_mended(self) -> None:
        with write(self.database) as session:
            unpark_workspace(session, self.integration_id)

    @invariant()
    def every_delivery_moves_along_the_arrows(self) -> None:
        with read(self.database) as session:
            rows = read_rows(session)
            check_due(session, rows, now=self.loop.now())
        for row in rows.values():
            check_step(self.rows.get(row.id), row)
            check_state(row)
        self.rows = rows
        self.excused |= {row.story for row in rows.values() if row.state == DeliveryState.PARKED}

    @invariant()
    def threads_keep_their_order(self) -> None:
        standing = [message for message in self.slack.standing() if story_of(message.text) not in self.excused]
        verdict = judge({}, standing)
        assert verdict.disordered == 0, "a thread is out of order"
        assert verdict.misplaced == 0, "a reply stands outside its thread"

    @invariant()
    def only_sleepers_say_things_twice(self) -> None:
        doubled = judge({}, self.slack.standing()).doubled
        assert doubled <= FOLD_AT_MOST * self.woken, "something stands twice, and nobody has slept"

    def teardown(self) -> None:
        """From any state, honest workers and a working Slack bring everything to its end."""
        try:
            self.fate = Fate.ANSWERED
            self.the_workspace_is_mended()
            with commits_of(self.database) as commits:
                workers = Workers(self.database, self.loop, self.slack, self.ports.look, commits)
                self.loop.run_until_complete(workers.work_until_settled(seconds=LONGEST))
            with read(self.database) as session:
                rows = read_rows(session)
            for row in self.rows.values():
                check_final(row, rows[row.id])
            self._everything_said_stands_once(rows)
            self.threads_keep_their_order()
        finally:
            self.close()

    def close(self) -> None:
        """Bury the dead and close the loop."""
        self._opened.__exit__(None, None, None)

    def _everything_said_stands_once(self, rows: dict[int, Row]) -> None:
        standing = {(message.channel, message.ts): message.text for message in self.slack.standing()}
        assert judge({}, self.slack.standing()).doubled == 0, "something stands twice after the last sweep"
        for row in rows.values():
            sayer = row if row.folded_into is None else rows[row.folded_into]
            if sayer.state == DeliveryState.SENT:
                said = standing.get((sayer.channel, sayer.ts or ""), "")
                assert f"<{row.natural_key}>" in said, f"{row.natural_key} counts as said and does not stand"

    def _post(self, sender: Sender, fate: Draw) -> None:
        """A sender that has slept past its lease posts all the same: it was asleep behind its own check."""
        self.fate = fate
        if sender.claimed.lease_until <= self.loop.now():
            self.woken += 1
            with read(self.database) as session:
                if session.get_one(Delivery, sender.claimed.id).state == DeliveryState.DEAD:
                    self.excused.add(self.rows[sender.claimed.id].story)
        elif sender.claimed.lease_until - self.loop.now() < TIMES.lease * FENCE_MARGIN:
            self._record(sender, Result(TryAgain(self.loop.now(), "too old", counts=False)))
            return
        post = send_post(self.slack, SECRETS, Post(sender.claimed, sender.message), now=self.loop.now())
        result = self._go_on(post)
        if result is not None:
            self._record(sender, result)

    def _go_on(self, doing: Coroutine[object, object, T]) -> T | None:
        """Let `doing` happen, with whatever else is due meanwhile; `None` when it died."""
        task = self.loop.create_task(doing)
        death = self.slack.death = self.loop.create_future()
        self.loop.run_until_complete(_first_of(task, death))
        return task.result() if task.done() else None

    def _record(self, sender: Sender, result: Result) -> None:
        with write(self.database) as session:
            self.ports.record(session, sender.claimed, result.outcome, TIMES, self.loop.now())

    def _check_turn(self, session: Session, claimed: Claimed) -> None:
        """What must be true of a reply that somebody has just taken."""
        delivery = session.get_one(Delivery, claimed.id)
        if delivery.follows_id is None:
            return
        card = session.get_one(Delivery, delivery.follows_id)
        assert card.state == DeliveryState.SENT, "a reply was taken before its card was said"
        assert claimed.thread_ts == card.ts, "a reply was taken for another thread than its card's"
        earlier = select(Delivery.id).where(
            Delivery.follows_id == delivery.follows_id, Delivery.id < claimed.id, Delivery.state.in_(UNSETTLED)
        )
        assert not session.scalars(earlier).all(), "a reply was taken before an earlier one of its thread was settled"

    def _plan(
        self, story: int, hours: int | None, *, channel: str | None = None, card: DeliveryId | None = None
    ) -> DeliveryId:
        number = self.stories[story]
        with write(self.database) as session:
            plan = Plan(
                natural_key=f"{story}.{number}",
                kind=NOTICE if card is None else REPLY,
                integration_id=self.integration_id,
                channel=channel or session.get_one(Delivery, card).channel,
                follows_id=card,
                body={"text": sentence(story, number)},
                expires_at=None if hours is None else self.loop.now() + timedelta(hours=hours),
            )
            return plan_delivery(session, plan, now=self.loop.now())


def _render(claimed: Claimed) -> dict[str, Any]:
    return fold_replies(claimed.body["several"]) if "several" in claimed.body else claimed.body


async def _first_of(*futures: asyncio.Future[Any]) -> None:
    await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)


def machine_on(database: Database, ports: Ports) -> type[DeliveryMachine]:
    """The machine with `ports` on trial, as hypothesis wants to make it: without arguments, many times."""

    class OnTrial(DeliveryMachine):
        def __init__(self) -> None:
            super().__init__(database, ports)

    return OnTrial
