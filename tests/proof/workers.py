"""Owns the workers of the proofs: the process's own catch-up, drains and looks, run in virtual time over the model."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import Connection, ScalarSelect, bindparam, delete, event, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from tests.proof.slack_model import BOT_ID, ModelSlack
from tests.proof.strategies import Look
from tests.proof.virtual_time import BEGINNING, VirtualLoop
from tests.support.databases import fresh_sqlite
from tocsin.chat.models import Integration
from tocsin.deliveries import recovery
from tocsin.deliveries.lease import Held, busy_names, take
from tocsin.deliveries.models import Delivery, DeliveryState, Lease, Pace
from tocsin.deliveries.outcome import Times
from tocsin.engine.dispatch import Run
from tocsin.kernel.clock import from_milliseconds, to_milliseconds
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import IntegrationId
from tocsin.kernel.secrets import SecretBox
from tocsin.slack.drain import Drains, drain
from tocsin.slack.look import Looks
from tocsin.slack.places import write_place
from tocsin.work_kinds import DRAIN, RECONCILE

TIMES = Times(settle=timedelta(seconds=60), lease=timedelta(seconds=30), sweep=timedelta(seconds=60))
"""The defaults of the settings."""
LINK_BASE = "https://tocsin.invalid"
CATCH_UP_SECONDS = 5.0
"""The process looks every second; what is only found later must be right as well, and is found with less work."""
SECRETS = SecretBox([Fernet.generate_key().decode()])

MOVING = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCERTAIN)
OPEN_ONES = select(Delivery.id).where(or_(Delivery.state.in_(MOVING), Delivery.sweep_at.is_not(None))).limit(1)


def _first(column: InstrumentedAttribute[Any], since: str) -> ScalarSelect[Any]:
    return select(func.min(column)).where(column >= bindparam(since)).scalar_subquery()


MOMENTS = select(
    *(
        _first(column, "now")
        for column in (Delivery.lease_until, Delivery.not_before, Delivery.expires_at, Delivery.sweep_at)
    ),
    *(_first(column, "now_in_milliseconds") for column in (Lease.held_until, Lease.rest_until)),
)


@dataclass
class Commits:
    """How often anything was committed: while the number stays, the tables are as they were."""

    number: int = 0

    def note(self, _connection: Connection) -> None:
        self.number += 1


@dataclass
class Workers:
    """The workers of one process, that looks at its tables only when they may say something new."""

    database: Database
    loop: VirtualLoop
    slack: ModelSlack
    look: Look
    commits: Commits
    times: Times = TIMES
    catch_up_seconds: float = CATCH_UP_SECONDS
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)
    _idle_at: int = -1
    """The number of commits when nothing was due."""
    _idle_until: datetime = BEGINNING
    """The next moment that the tables know of: until then nothing falls due unless somebody commits."""
    _unsettled_at: int = -1
    """The number of commits when something was not settled yet."""

    async def work_until_settled(self, *, seconds: float) -> None:
        """Go on until every delivery is settled and swept, and every sender that slept has written down what it said.

        What is parked waits for a person, so it counts as settled here.
        """
        until = self.loop.time() + seconds
        while not self._settled():
            assert self.loop.time() < until, f"not settled within {seconds} virtual seconds"
            self.catch_up()
            await asyncio.sleep(self.catch_up_seconds)

    def catch_up(self) -> None:
        """Mend what fell silent or grew old, then start a run for each place where something is due."""
        now, commits = self.loop.now(), self.commits.number
        if commits == self._idle_at and now < self._idle_until:
            return
        with read(self.database) as session:
            needs_mending = recovery.needs_mending(session, now=now)
        if needs_mending:
            with write(self.database) as session:
                recovery.give_up_silent_senders(session, self.times, now=now)
                recovery.bury_the_old(session, now=now)
        with read(self.database) as session:
            due = [Run(DRAIN, write_place(place)) for place in recovery.find_places_to_drain(session, now=now)]
            due += [Run(RECONCILE, write_place(place)) for place in recovery.find_places_to_look(session, now=now)]
            busy = busy_names(session, now=to_milliseconds(now))
            self._idle_at, self._idle_until = commits, _next_moment(session, now)
        free = sorted((run for run in due if run.name not in busy), key=lambda run: run.name)
        if not free:
            return
        seconds = self.times.lease.total_seconds()
        with write(self.database) as session:
            held = [(run, take(session, run.name, now=to_milliseconds(now), seconds=seconds)) for run in free]
        for run, lease in held:
            assert lease is not None
            self._start(self._workflow(run, lease))

    def _workflow(self, run: Run, held: Held) -> Coroutine[object, object, None]:
        if run.workflow == RECONCILE:
            looks = Looks(self.database, self.slack, SECRETS, self.times, self.loop.now, LINK_BASE)
            return self.look(looks, run.subject, held)
        drains = Drains(self.database, self.slack, SECRETS, self.times, self.loop.now, LINK_BASE)
        return drain(drains, run.subject, held)

    def _start(self, workflow: Coroutine[object, object, None]) -> None:
        task = self.loop.create_task(workflow)
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.result()

    def _settled(self) -> bool:
        commits = self.commits.number
        if self.slack.asleep or commits == self._unsettled_at:
            return False
        with read(self.database) as session:
            if session.scalars(OPEN_ONES).first() is None:
                return True
        self._unsettled_at = commits
        return False


def _next_moment(session: Session, now: datetime) -> datetime:
    """The first moment from `now` on at which a lease, a wait or a life ends; what is due next is due then.

    Whatever the catch-up asks compares the present with one of these columns, and nothing else with the present.
    """
    moments = session.execute(MOMENTS, {"now": now, "now_in_milliseconds": to_milliseconds(now)}).one()
    in_deliveries = [moment for moment in moments[:4] if moment is not None]
    in_leases = [from_milliseconds(moment) for moment in moments[4:] if moment is not None]
    return min(in_deliveries + in_leases, default=datetime.max.replace(tzinfo=UTC))


@contextmanager
def commits_of(database: Database) -> Iterator[Commits]:
    """Counts what is committed to `database` in the block."""
    commits = Commits()
    event.listen(database.writer, "commit", commits.note)
    try:
        yield commits
    finally:
        event.remove(database.writer, "commit", commits.note)


@contextmanager
def virtual_loop() -> Iterator[VirtualLoop]:
    """A loop of one's own; what raises in it is raised, and what died in it is buried with it."""
    loop, raised = VirtualLoop(), []
    loop.set_exception_handler(lambda _loop, context: raised.append(context.get("exception")))
    try:
        yield loop
    finally:
        dead = asyncio.all_tasks(loop)
        for task in dead:
            task.cancel()
        loop.run_until_complete(_gone(dead))
        loop.close()
    assert not raised, raised


async def _gone(tasks: set[asyncio.Task[object]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def quick_database(folder: Path) -> Iterator[Database]:
    """A fresh SQLite file that does not wait for the disk: here nobody pulls the plug."""
    with fresh_sqlite(folder) as url:
        database = Database.open(url)
        for engine in (database.writer, database.reader):
            event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous = OFF"))
        yield database
        database.close()


def new_workspace(database: Database) -> IntegrationId:
    """A workspace with nothing in it, alone in the database."""
    with write(database) as session:
        for table in (Delivery, Pace, Lease, Integration):
            session.execute(delete(table))
        workspace = Integration(
            external_id="T1",
            name="Acme",
            bot_id=BOT_ID,
            sealed_bot_token="",
            sealed_signing_secret="",
            created_at=BEGINNING,
        )
        session.add(workspace)
        session.flush()
        return workspace.id
