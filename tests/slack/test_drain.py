"""When a drain stays and when it ends: a drain that only waits must not keep a thread from one that has to speak."""

import asyncio
from datetime import timedelta
from itertools import count

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection, event, select, update

from tests.intake.world import World, make_world
from tocsin.deliveries import lease
from tocsin.deliveries.models import Lease
from tocsin.deliveries.outcome import Times
from tocsin.deliveries.pace import reserve
from tocsin.deliveries.recovery import Place
from tocsin.issues.models import Issue
from tocsin.kernel.clock import to_milliseconds
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.secrets import SecretBox
from tocsin.notifications.models import ParentNotification
from tocsin.slack.client import SlackClient
from tocsin.slack.drain import REDRAWS_WAITING, Drains, drain
from tocsin.slack.pacing import BURST, method_bucket

A_WHILE = timedelta(seconds=30)
NAME = "drain:1:C1"


@pytest.fixture
def world(database: Database) -> World:
    """A posted card whose issue has just been resolved, in a workspace that has used up its burst of redraws."""
    world = make_world(database)
    world.rule("C1")
    world.store(world.event("a"))
    with write(database) as session:
        [parent] = world.parents()
        world.card_is_posted(session, parent)
        shows = {"drawn_version": session.get_one(Issue, parent.issue_id).version, "drawn_at": world.now}
        session.execute(update(ParentNotification).values(shows))
        for _ in range(BURST):
            reserve(session, [method_bucket(world.integration_id, "chat.update")], now=to_milliseconds(world.now))
    world.resolve()
    return world


def test_a_redraw_waits_for_its_moment_only_while_few_others_wait(world: World) -> None:
    others = {(world.integration_id, f"C9{number}") for number in range(REDRAWS_WAITING)}

    asyncio.run(run_drain(world, others))

    with read(world.database) as session:
        left = session.scalars(select(Lease).where(Lease.name == NAME)).one()
    assert (left.held_until, left.rest_until > to_milliseconds(world.now)) == (0, True)


def test_a_drain_counts_among_those_that_wait_for_a_redraw_as_long_as_it_waits(world: World) -> None:
    waiting: set[Place] = set()

    async def count_and_end() -> set[Place]:
        draining = asyncio.ensure_future(run_drain(world, waiting))
        async with asyncio.timeout(60):
            while not waiting:  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0)
        counted = set(waiting)
        draining.cancel()
        await asyncio.wait({draining})
        return counted

    counted = asyncio.run(count_and_end())

    assert (counted, waiting) == ({(world.integration_id, "C1")}, set())


def test_a_drain_that_ends_because_nothing_can_be_committed_counts_no_longer(world: World) -> None:
    waiting: set[Place] = set()
    commits = count()

    @event.listens_for(world.database.writer, "commit")
    def fail_after_the_lease_was_taken(_connection: Connection) -> None:
        if next(commits) > 0:
            raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space left"):
        asyncio.run(run_drain(world, waiting))

    assert waiting == set()


async def run_drain(world: World, waiting: set[Place]) -> None:
    with write(world.database) as session:
        held = lease.take(session, NAME, now=to_milliseconds(world.now), seconds=30)
    assert held is not None
    async with SlackClient("http://127.0.0.1:9/api/", lambda _id: "xoxb-one") as client:
        drains = Drains(
            world.database,
            client,
            SecretBox([Fernet.generate_key().decode()]),
            Times(A_WHILE, A_WHILE, A_WHILE),
            lambda: world.now,
            "https://tocsin.example",
            waiting,
        )
        await drain(drains, f"{world.integration_id}:C1", held)
