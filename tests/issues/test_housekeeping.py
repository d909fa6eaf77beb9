"""Rows of which nobody will ask any more are done away with, those of which somebody may ask are not."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.intake.world import World, make_world
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.plan import REPLY, Plan, plan_delivery
from tocsin.housekeeping import Housekeeping
from tocsin.intake.received import IntakeHour
from tocsin.issues.counters import hour_of
from tocsin.issues.models import IssueTick
from tocsin.issues.retention import Limits
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import DeliveryId
from tocsin.members.models import SignIn, User
from tocsin.organizations.models import ProjectKey
from tocsin.rules.models import Firing, LastFiring


@pytest.fixture
def world(database: Database) -> World:
    return make_world(database)


@pytest.fixture
def house(world: World) -> Housekeeping:
    return Housekeeping(world.database, Limits(90, 100_000), lambda: world.now)


def count(world: World, table: type) -> int:
    with read(world.database) as session:
        return session.scalars(select(func.count()).select_from(table)).one()


def reply(world: World, *, follows_id: DeliveryId | None = None) -> Plan:
    return Plan(
        natural_key="reply",
        kind=REPLY,
        integration_id=world.integration_id,
        channel="C1",
        body={"text": "said"},
        follows_id=follows_id,
    )


def test_a_card_stays_with_its_firing_and_what_was_only_said_once_goes(world: World, house: Housekeeping) -> None:
    world.rule(when=["first_seen"])
    world.rule(when=["seen_more_than:1:1h"])
    world.store(world.event())
    world.store(world.event())
    with write(world.database) as session:
        [card] = world.parents()
        plan_delivery(session, reply(world, follows_id=card.card_delivery_id), now=world.now)
        session.execute(update(Delivery).values(state=DeliveryState.SENT))
    house.retire()
    before = [count(world, table) for table in (Delivery, Firing, LastFiring)]

    world.passes(timedelta(days=121).total_seconds())
    house.retire()

    assert before == [2, 2, 1]
    assert [count(world, table) for table in (Delivery, Firing, LastFiring)] == [1, 1, 0]


def test_what_is_not_settled_is_kept_however_old(world: World, house: Housekeeping) -> None:
    with write(world.database) as session:
        plan_delivery(session, reply(world), now=world.now)

    world.passes(timedelta(days=400).total_seconds())
    house.retire()

    assert count(world, Delivery) == 1


def test_ticks_are_kept_for_the_longest_window_that_counts_in_them(world: World, house: Housekeeping) -> None:
    world.rule(when=["seen_more_than:100:1h"])
    world.store(world.event())
    world.passes(3600)
    house.thin()
    before = count(world, IssueTick)

    world.passes(60)
    house.thin()

    assert (before, count(world, IssueTick)) == (1, 0)


def test_expired_sessions_and_the_outcomes_of_last_season_go(world: World, house: Housekeeping) -> None:
    with write(world.database) as session:
        ada = User(email="ada@example.com", name="Ada", created_at=world.now)
        key = ProjectKey(project_id=world.project_id, public_key="0" * 32, created_at=world.now)
        session.add_all([ada, key])
        session.flush()
        moments = {"created_at": world.now, "last_seen_at": world.now}
        for days in (1, 200):
            expires_at = world.now + timedelta(days=days)
            session.add(SignIn(key_hash=str(days), user_id=ada.id, csrf_token="", expires_at=expires_at, **moments))
        for hour in (hour_of(world.now), hour_of(world.now) + 50 * 24):
            ids = {"project_id": world.project_id, "key_id": key.id}
            session.add(IntakeHour(hour=hour, outcome="accepted", events=1, **ids))

    world.passes(timedelta(days=100).total_seconds())
    house.retire()

    assert (count(world, SignIn), count(world, IntakeHour)) == (1, 1)


def test_housekeeping_that_is_told_to_stop_leaves_all_as_it_is(world: World, house: Housekeeping) -> None:
    world.rule(when=["seen_more_than:100:1h"])
    world.store(world.event())
    world.passes(7200)

    house.stop.set()
    house.thin()

    assert count(world, IssueTick) == 1
