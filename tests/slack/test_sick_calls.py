"""What an answer of Slack's means for later calls, where timing decides: tokens that change, and direct messages."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, text, update

from tests.support.taken_threads import run_without_free_threads
from tocsin.chat.models import Integration
from tocsin.chat.workspaces import mark_broken, mark_healed
from tocsin.deliveries.health import find_places_to_probe, mark_place_broken, mend_place
from tocsin.deliveries.lease import Held, take
from tocsin.deliveries.models import Delivery, Lease
from tocsin.deliveries.outcome import Times
from tocsin.deliveries.parking import park_place
from tocsin.deliveries.plan import NOTICE, Plan, plan_delivery
from tocsin.kernel.clock import to_milliseconds
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import IntegrationId
from tocsin.kernel.secrets import SecretBox
from tocsin.slack.client import SlackClient
from tocsin.slack.drain import Drains, drain
from tocsin.slack.errors import InstallDeadError, NotNowError, RateLimitedError, SlackCallError, UnreachedError

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TIMES = Times(settle=timedelta(seconds=60), lease=timedelta(seconds=30), sweep=timedelta(seconds=60))
Run = Callable[[Coroutine[object, object, None]], None]
"""What runs a coroutine to its end."""
DEAD = InstallDeadError("chat.postMessage", "token_revoked")


class Slack(SlackClient):
    """Answers each call with what a test has laid out, and keeps what was posted."""

    def __init__(self, refuse: Callable[[], SlackCallError | None]) -> None:
        super().__init__("http://127.0.0.1:9/api/", lambda _id: "xoxb-one")
        self.refuse = refuse
        self.posted: list[str] = []
        self.calls = 0

    async def call(self, integration_id: IntegrationId, method: str, **arguments: Any) -> dict[str, Any]:
        self.calls += 1
        refusal = await asyncio.to_thread(self.refuse)
        if refusal is not None:
            raise refusal
        if method == "conversations.open":
            return {"ok": True, "channel": {"id": "D1"}}
        self.posted.append(arguments["text"])
        return {"ok": True, "ts": f"{integration_id}.{self.calls}", "message": {}}


class Opening(SlackClient):
    """Opens every direct message."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9/api/", lambda _id: "xoxb-one")

    async def call(self, integration_id: IntegrationId, method: str, **_arguments: Any) -> dict[str, Any]:
        assert method == "conversations.open", f"{method} in {integration_id}"
        return {"ok": True, "channel": {"id": "D1"}}


@dataclass
class Workspace:
    database: Database
    id: IntegrationId
    now: datetime = NOW

    def plan(self, *, channel: str | None = None, recipient: str | None = None) -> None:
        plan = Plan(
            natural_key="one",
            kind=NOTICE,
            integration_id=self.id,
            body={"text": "hello"},
            channel=channel,
            recipient=recipient,
        )
        with write(self.database) as session:
            plan_delivery(session, plan, now=self.now)

    def drain(self, slack: SlackClient, where: str, *, run: Run = asyncio.run) -> None:
        """One run of the drain of `where`, as the catch-up starts it."""
        subject = f"{self.id}:{where}"
        with write(self.database) as session:
            held = take(session, f"drain:{subject}", now=to_milliseconds(self.now), seconds=30)
        assert isinstance(held, Held)
        box = SecretBox([Fernet.generate_key().decode()])
        drains = Drains(self.database, slack, box, TIMES, lambda: self.now, "https://tocsin.example")
        run(drain(drains, subject, held))

    def connect_anew(self) -> None:
        """Somebody gives the workspace a new token, which takes a moment."""
        self.now += timedelta(seconds=2)
        with write(self.database) as session:
            session.execute(update(Integration).values(sealed_bot_token="another"))
            mark_healed(session, self.id, now=self.now)

    def state(self) -> tuple[str, str | None]:
        """Of the only delivery, and what the workspace is broken by."""
        with read(self.database) as session:
            return session.scalars(select(Delivery.state)).one(), session.scalars(
                select(Integration.broken_reason)
            ).one()

    def rests(self) -> float:
        """Seconds for which the catch-up leaves the last run's place alone."""
        with read(self.database) as session:
            return max(0, session.scalars(select(Lease.rest_until)).one() - to_milliseconds(self.now)) / 1000


@pytest.fixture
def workspace(database: Database) -> Workspace:
    with write(database) as session:
        row = Integration(
            external_id="T1", name="Acme", sealed_bot_token="one", sealed_signing_secret="", created_at=NOW
        )
        session.add(row)
        session.flush()
        return Workspace(database, row.id)


def wait_until_somebody_waits_for_a_lock(database: Database) -> None:
    """On PostgreSQL; SQLite has one writer, who waits before looking at anything."""
    while not database.is_sqlite:
        with database.reader.connect() as connection:
            if connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                return


def always(error: SlackCallError) -> Slack:
    return Slack(lambda: error)


def test_a_refused_token_stops_the_workspace(workspace: Workspace) -> None:
    workspace.plan(channel="C1")

    workspace.drain(always(DEAD), "C1")

    assert workspace.state() == ("parked", "token_revoked")


def test_a_token_that_is_refused_after_it_was_replaced_stops_nothing(workspace: Workspace) -> None:
    workspace.plan(channel="C1")
    answers = iter([DEAD, None])

    def refuse() -> SlackCallError | None:
        workspace.connect_anew()
        return next(answers)

    slack = Slack(refuse)
    workspace.drain(slack, "C1")

    assert (slack.posted, workspace.state()) == (["hello"], ("sent", None))


def test_what_waits_is_not_parked_behind_the_back_of_whoever_connects_the_workspace(workspace: Workspace) -> None:
    workspace.plan(channel="C1")
    slack = Slack(lambda: None)
    drains = Thread(target=workspace.drain, args=(slack, "C1"))
    with write(workspace.database) as session:
        mark_broken(session, workspace.id, "token_revoked", now=NOW)

    with write(workspace.database) as session:
        mark_healed(session, workspace.id, now=NOW)
        drains.start()
        wait_until_somebody_waits_for_a_lock(workspace.database)
    drains.join()

    assert (slack.posted, workspace.state()) == (["hello"], ("sent", None))


def test_a_direct_message_under_a_dead_token_stops_the_workspace(workspace: Workspace) -> None:
    workspace.plan(recipient="U1")
    slack = always(InstallDeadError("conversations.open", "account_inactive"))

    workspace.drain(slack, "U1")
    workspace.drain(slack, "U1")

    assert (slack.calls, workspace.state()) == (1, ("parked", "account_inactive"))


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (UnreachedError("conversations.open", "ClientConnectorError"), 30),
        (NotNowError("conversations.open", "team_added_to_org"), 30),
    ],
)
def test_a_direct_message_that_cannot_be_opened_now_is_left_alone_for_a_while(
    workspace: Workspace, error: SlackCallError, seconds: float
) -> None:
    workspace.plan(recipient="U1")

    workspace.drain(always(error), "U1")

    assert (workspace.state()[0], workspace.rests()) == ("pending", seconds)


def test_opening_direct_messages_waits_as_long_as_slack_says(workspace: Workspace) -> None:
    workspace.plan(recipient="U1")
    slack = always(RateLimitedError("conversations.open", "ratelimited", retry_after=90))

    workspace.drain(slack, "U1")
    workspace.drain(slack, "U1")

    assert (slack.calls, workspace.rests()) == (1, 90)


def test_a_place_breaks_once_and_is_mended_once(workspace: Workspace) -> None:
    place = (workspace.id, "C1")

    with write(workspace.database) as session:
        news = [mark_place_broken(session, place, "is_archived: …", now=NOW) for _ in range(2)]
        mended = [mend_place(session, place) for _ in range(2)]

    assert (news, mended) == ([True, False], [True, False])


@pytest.mark.parametrize(("minutes", "is_probed"), [(4, False), (5, True)])
def test_a_broken_place_is_probed_when_five_minutes_are_over(
    workspace: Workspace, minutes: int, is_probed: bool
) -> None:
    place = (workspace.id, "C1")
    workspace.plan(channel="C1")
    with write(workspace.database) as session:
        mark_place_broken(session, place, "is_archived: …", now=NOW)
        park_place(session, place, "is_archived: …")

        found = find_places_to_probe(session, now=NOW + timedelta(minutes=minutes))

    assert found == ([place] if is_probed else [])


def test_a_broken_place_in_which_nothing_waits_is_not_probed(workspace: Workspace) -> None:
    with write(workspace.database) as session:
        mark_place_broken(session, (workspace.id, "C1"), "is_archived: …", now=NOW)

        assert find_places_to_probe(session, now=NOW + timedelta(hours=1)) == []


def test_direct_messages_that_wait_for_the_database_take_no_thread_from_requests(workspace: Workspace) -> None:
    workspace.plan(recipient="U1")

    workspace.drain(Opening(), "U1", run=run_without_free_threads)

    with read(workspace.database) as session:
        assert session.scalars(select(Delivery.channel)).one() == "D1"
