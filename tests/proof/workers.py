"""Owns the workers of the proofs: the process's own catch-up, drains and looks, run in virtual time over the model."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy import delete, event, or_, select

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
from tocsin.kernel.clock import to_milliseconds
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


@dataclass
class Workers:
    """The workers of one process."""

    database: Database
    loop: VirtualLoop
    slack: ModelSlack
    look: Look
    times: Times = TIMES
    catch_up_seconds: float = CATCH_UP_SECONDS
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def work_until_settled(self, *, seconds: float) -> None:
        """Go on until every delivery is settled and swept, and nobody sleeps who may still post.

        What is parked waits for a person, so it counts as settled here.
        """
        until = self.loop.time() + seconds
        while not self._settled():
            assert self.loop.time() < until, f"not settled within {seconds} virtual seconds"
            self.catch_up()
            await asyncio.sleep(self.catch_up_seconds)

    def catch_up(self) -> None:
        """Mend what fell silent or grew old, then start a run for each place where something is due."""
        now = self.loop.now()
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
        moving = Delivery.state.in_((DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCERTAIN))
        open_ones = select(Delivery.id).where(or_(moving, Delivery.sweep_at.is_not(None)))
        with read(self.database) as session:
            return self.slack.asleep == 0 and session.scalars(open_ones.limit(1)).first() is None


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
