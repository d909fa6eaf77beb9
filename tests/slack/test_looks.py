"""Looks into Slack: what one reads, how fast, and what it makes of what it cannot read."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from tests.support.taken_threads import run_without_free_threads
from tocsin.chat.models import Integration
from tocsin.deliveries.lease import take
from tocsin.deliveries.models import BrokenPlace, Delivery, DeliveryState, Pace
from tocsin.deliveries.outcome import Times
from tocsin.deliveries.plan import CARD
from tocsin.kernel.clock import to_milliseconds
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import IntegrationId
from tocsin.kernel.secrets import SecretBox
from tocsin.slack.client import SlackClient
from tocsin.slack.errors import (
    InstallDeadError,
    PlaceGoneError,
    RateLimitedError,
    SetupError,
    SlackCallError,
    UncertainError,
)
from tocsin.slack.look import PAGES_AT_MOST, Looks
from tocsin.slack.reconcile import reconcile

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TIMES = Times(settle=timedelta(seconds=60), lease=timedelta(seconds=30), sweep=timedelta(seconds=60))

Page = Callable[[int], dict[str, Any]]
"""What Slack answers to the reading of the n-th page, counted from 0; or what it raises."""
Run = Callable[[Coroutine[object, object, None]], None]
"""What runs a coroutine to its end."""


class Slack(SlackClient):
    """A channel to read, page by page."""

    def __init__(self, page: Page) -> None:
        super().__init__("http://127.0.0.1:9/api/", lambda _id: "xoxb-one")
        self.page = page
        self.reads = 0

    async def call(self, integration_id: IntegrationId, method: str, **_arguments: Any) -> dict[str, Any]:
        assert method == "conversations.history", f"{method} in {integration_id}"
        self.reads += 1
        return self.page(self.reads - 1)


def refusing(error: SlackCallError) -> Page:
    def refuse(_number: int) -> dict[str, Any]:
        raise error

    return refuse


def endless(_number: int) -> dict[str, Any]:
    """A channel in which somebody says something every second; each page holds a minute, the newest first."""
    said = [{"ts": f"{NOW.timestamp() - 60 * _number - second:.6f}"} for second in range(60)]
    return {"messages": said, "response_metadata": {"next_cursor": "more"}}


def ts_of(moment: datetime) -> str:
    """Slack's id of a message that was said then."""
    return f"{moment.timestamp():.6f}"


def empty(_number: int) -> dict[str, Any]:
    return {"messages": []}


@dataclass
class Channel:
    """A channel in which cards of unknown fate are looked for; its clock stands still."""

    database: Database
    id: IntegrationId
    now: datetime = NOW
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def lose(self, *, minutes_ago: float = 2, deleted: datetime | None = None) -> None:
        """A card got no answer that long ago; Slack told that a message of it, said at `deleted`, was deleted."""
        dispatched = self.now - timedelta(minutes=minutes_ago)
        with write(self.database) as session:
            session.add(
                Delivery(
                    natural_key=f"card:{next(self._numbers)}",
                    kind=CARD,
                    integration_id=self.id,
                    channel="C1",
                    body={},
                    state=DeliveryState.UNCERTAIN,
                    was_uncertain=True,
                    first_dispatch_at=dispatched,
                    last_dispatch_at=dispatched,
                    not_before=self.now,
                    deleted_ts=None if deleted is None else ts_of(deleted),
                    created_at=dispatched,
                )
            )

    def look(self, page: Page, *, run: Run = asyncio.run) -> int:
        """Look once; gives how many pages were read."""
        slack = Slack(page)
        box = SecretBox([Fernet.generate_key().decode()])
        looks = Looks(self.database, slack, box, TIMES, lambda: self.now, "https://tocsin.example")
        with write(self.database) as session:
            held = take(session, f"reconcile:{self.id}:C1", now=to_milliseconds(self.now), seconds=30)
        assert held is not None
        run(reconcile(looks, f"{self.id}:C1", held))
        return slack.reads

    def found(self) -> list[tuple[str, float]]:
        """The state of each card, and in how many seconds it is looked for again."""
        with read(self.database) as session:
            rows = session.execute(select(Delivery.state, Delivery.not_before).order_by(Delivery.id))
            return [(state, 0 if again is None else (again - self.now).total_seconds()) for state, again in rows]

    def broken(self) -> tuple[str | None, list[str]]:
        """What the workspace is broken by, and which channels are."""
        with read(self.database) as session:
            places = list(session.scalars(select(BrokenPlace.channel)))
            return session.scalars(select(Integration.broken_reason)).one(), places


@pytest.fixture
def channel(database: Database) -> Channel:
    with write(database) as session:
        row = Integration(external_id="T1", name="Acme", sealed_bot_token="", sealed_signing_secret="", created_at=NOW)
        session.add(row)
        session.flush()
        return Channel(database, row.id)


def test_what_does_not_stand_in_slack_may_be_said_again(channel: Channel) -> None:
    channel.lose()

    channel.look(empty)

    assert channel.found() == [("pending", 0)]


@pytest.mark.parametrize(
    ("error", "seconds", "broken"),
    [
        (UncertainError("conversations.history", "TimeoutError"), 15, (None, [])),
        (RateLimitedError("conversations.history", "ratelimited", retry_after=90), 90, (None, [])),
        (PlaceGoneError("conversations.history", "not_in_channel"), 300, (None, ["C1"])),
        (SetupError("conversations.history", "missing_scope", detail="needs channels:history"), 300, (None, [])),
        (InstallDeadError("conversations.history", "token_revoked"), 15, ("token_revoked", [])),
    ],
)
def test_what_cannot_be_looked_for_stays_uncertain_and_waits_as_long_as_the_answer_says(
    channel: Channel, error: SlackCallError, seconds: float, broken: tuple[str | None, list[str]]
) -> None:
    channel.lose()

    channel.look(refusing(error))

    assert (channel.found(), channel.broken()) == ([("uncertain", seconds)], broken)


def test_a_look_waits_for_what_slack_has_held_back_before(channel: Channel) -> None:
    channel.lose()
    channel.look(refusing(RateLimitedError("conversations.history", "ratelimited", retry_after=90)))
    channel.now += timedelta(seconds=60)
    channel.lose()

    reads = channel.look(empty)

    assert (reads, channel.found()) == (0, [("uncertain", 30), ("uncertain", 30)])


def test_an_old_card_that_lies_too_deep_holds_up_no_young_one(channel: Channel) -> None:
    channel.lose(minutes_ago=600)
    channel.lose(minutes_ago=5)
    with write(channel.database) as session:
        session.add(Pace(bucket=f"conversations.history:{channel.id}", next_at=0))
    paces_apart = iter(range(1000))

    def page(number: int) -> dict[str, Any]:
        channel.now = NOW + timedelta(seconds=1.2 * next(paces_apart))
        return endless(number)

    reads = channel.look(page)

    assert reads == PAGES_AT_MOST
    assert [state for state, _ in channel.found()] == ["uncertain", "pending"]


def test_looks_that_wait_for_the_database_take_no_thread_from_requests(channel: Channel) -> None:
    channel.lose()

    channel.look(empty, run=run_without_free_threads)

    assert channel.found() == [("pending", 0)]


@pytest.mark.parametrize(("minutes_ago", "state"), [(2, "dead"), (2 + 4 / 60, "dead"), (3, "pending")])
def test_what_slack_told_was_deleted_is_not_said_again_unless_it_was_deleted_before_these_tries(
    channel: Channel, minutes_ago: float, state: str
) -> None:
    channel.lose(deleted=NOW - timedelta(minutes=minutes_ago))

    channel.look(empty)

    assert channel.found() == [(state, 0)]


def test_a_tombstone_whose_message_is_known_stands_for_no_other_card(channel: Channel) -> None:
    deleted = NOW - timedelta(minutes=1.5)
    channel.lose()
    channel.lose(deleted=deleted)

    channel.look(lambda _number: {"messages": [{"subtype": "tombstone", "ts": ts_of(deleted)}]})

    assert [state for state, _ in channel.found()] == ["pending", "dead"]


def test_what_slack_tells_while_a_look_goes_on_counts(channel: Channel) -> None:
    channel.lose()

    def page(_number: int) -> dict[str, Any]:
        with write(channel.database) as session:
            session.execute(update(Delivery).values(deleted_ts=ts_of(NOW - timedelta(minutes=1))))
        return {"messages": []}

    channel.look(page)

    assert [state for state, _ in channel.found()] == ["dead"]
