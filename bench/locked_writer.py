"""Owns the bench of presses while another process holds SQLite's writer: answered in time, and told the truth."""

import multiprocessing
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path

from sqlalchemy import func, select

from bench.company import OWNER, FoundedCompany
from bench.load import load
from bench.press_load import Card, make_press_order, press_payload
from bench.server import TocsinServer
from bench.table import Figure
from slack_simulator.remote import RemoteSimulator
from tocsin.activities.models import Activity
from tocsin.deliveries.models import Delivery
from tocsin.issues.models import Issue
from tocsin.kernel.db import read
from tocsin.notifications.models import ParentNotification

LOCKED_SECONDS = 5.0
PRESSING_SECONDS = 6.0
"""The first presses find the lock, and the last ones find it gone."""
ANSWER_SECONDS = 2.5
SHORT_ID = re.compile(r"PROJECT-\d+-\d+")
NOT_DONE = "nothing was done"
QUIET_SECONDS = 3.0


def press_while_locked(
    server: TocsinServer, slack: RemoteSimulator, company: FoundedCompany, cards: Sequence[Card]
) -> list[Figure]:
    """Press once on each card in these seconds, and compare what was answered, what was told and what was done."""
    heard = len(wait_until_quiet(slack, cards))
    payloads = [press_payload(slack, card, action_id) for card, action_id in next_presses(company, cards).items()]
    with read(company.database) as session:
        last = session.scalars(select(func.max(Activity.id))).one()
    rate = len(payloads) / PRESSING_SECONDS
    with load("bench.press_load") as pressing:
        pressing.order(make_press_order(server, payloads, rate, warm_up_seconds=0, seconds=PRESSING_SECONDS + 1))
        with locked(server.folder / "tocsin.db"):
            pressing.go()
            pressed = pressing.summary()
    told = wait_until_quiet(slack, cards)[heard:]
    with read(company.database) as session:
        acted = session.scalars(
            select(Issue.short_id).join(Activity, Activity.issue_id == Issue.id).where(Activity.id > last)
        ).all()
    return figures_of(len(payloads), pressed, told, acted)


def next_presses(company: FoundedCompany, cards: Sequence[Card]) -> dict[Card, str]:
    """For each card the button that changes something: whoever has the issue gives it back."""
    with read(company.database) as session:
        assigned = {
            (channel, ts)
            for channel, ts in session.execute(
                select(Delivery.channel, Delivery.ts)
                .join(ParentNotification, ParentNotification.card_delivery_id == Delivery.id)
                .join(Issue, Issue.id == ParentNotification.issue_id)
                .where(Issue.assignee_user_id.is_not(None))
            )
        }
    return {card: "issue.unassign" if card in assigned else "issue.assign_me" for card in cards}


def figures_of(pressed_on: int, pressed: dict[str, float], told: list[str], acted: Sequence[str]) -> list[Figure]:
    """The lines of the second part. Whoever is told that it is done is told of which issue."""
    told_done = {found.group() for text in told if (found := SHORT_ID.search(text))}
    told_not_done = sum(NOT_DONE in text for text in told)
    return [
        Figure("writer locked: answered", pressed["answered"], f"of {pressed_on}", bar=pressed_on, at_least=True),
        Figure("writer locked: slowest answer", pressed["slowest"], "ms", bar=1000 * ANSWER_SECONDS),
        Figure("told that it is done", len(told_done), "", digits=0),
        Figure("told that nothing was done", told_not_done, "", digits=0),
        Figure("told nothing", pressed_on - len(told_done) - told_not_done, "", bar=0, digits=0),
        Figure("told that it is done, and is not", len(told_done - set(acted)), "", bar=0, digits=0),
        Figure("done, and not told so", len(set(acted) - told_done), "", bar=0, digits=0),
        Figure("done twice", len(acted) - len(set(acted)), "", bar=0, digits=0),
    ]


def wait_until_quiet(slack: RemoteSimulator, cards: Sequence[Card]) -> list[str]:
    """What the presser alone was told in all channels, oldest first, once nothing more is added to it."""
    channels = dict.fromkeys(channel for channel, _ in cards)
    texts: list[str] = []
    since = time.monotonic()
    while time.monotonic() < since + QUIET_SECONDS:
        time.sleep(QUIET_SECONDS / 3)
        messages = [message for channel in channels for message in slack.ephemerals(channel, OWNER.id)]
        if len(messages) != len(texts):
            texts = [message.text for message in sorted(messages, key=lambda message: message.ts)]
            since = time.monotonic()
    return texts


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Let another process hold the database's writer from now on for `LOCKED_SECONDS`."""
    spawning = multiprocessing.get_context("spawn")
    begun = spawning.Event()
    process = spawning.Process(target=_hold, args=(str(file), begun))
    process.start()
    try:
        assert begun.wait(60), "the writer was never free"
        yield
    finally:
        process.join()


def _hold(file: str, begun: Event) -> None:
    connection = sqlite3.connect(file, timeout=60, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    begun.set()
    time.sleep(LOCKED_SECONDS)
    connection.execute("ROLLBACK")
    connection.close()
