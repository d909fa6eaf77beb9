"""Who runs a piece of work now."""

from tests.deliveries.world import World
from tocsin.deliveries import lease
from tocsin.deliveries.lease import Held


def take(world: World, now: int) -> Held | None:
    with world.write() as session:
        return lease.take(session, "drain:1:C1", now=now, seconds=30)


def test_one_runner_at_a_time_and_each_run_has_its_own_number(world: World) -> None:
    first = take(world, 0)
    second = take(world, 29_999)
    third = take(world, 30_000)

    assert (first, second, third) == (Held("drain:1:C1", 1), None, Held("drain:1:C1", 2))


def test_a_runner_that_was_replaced_notices(world: World) -> None:
    first = take(world, 0)
    assert first is not None
    take(world, 30_000)

    with world.write() as session:
        still_mine = lease.renew(session, first, now=30_001, seconds=30)

    assert not still_mine


def test_a_released_lease_is_free_at_once(world: World) -> None:
    first = take(world, 0)
    assert first is not None
    with world.write() as session:
        lease.release(session, first)

    assert take(world, 1) == Held("drain:1:C1", 2)


def test_the_catch_up_leaves_alone_what_is_held_or_rests(world: World) -> None:
    held = take(world, 0)
    assert held is not None
    with world.write() as session:
        while_held = lease.busy_names(session, now=1)
        lease.release(session, held, rest_until=5_000)

    with world.write() as session:
        resting, rested = lease.busy_names(session, now=4_999), lease.busy_names(session, now=5_000)

    assert (while_held, resting, rested) == ({"drain:1:C1"}, {"drain:1:C1"}, set())
