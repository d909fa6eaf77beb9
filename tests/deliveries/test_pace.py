"""The moment when something may be sent."""

from tests.deliveries.world import World
from tocsin.deliveries.pace import Bucket, hold_back, reserve

POSTS = Bucket("post:C1", 1_000)
WORKSPACE = Bucket("post", 0)
UPDATES = Bucket("update", 1_200, burst=10)


def taken(world: World, buckets: list[Bucket], now: int) -> int | None:
    with world.write() as session:
        return reserve(session, buckets, now=now)


def test_the_second_post_of_a_second_is_told_when_to_come_back(world: World) -> None:
    assert [taken(world, [POSTS], 5_000), taken(world, [POSTS], 5_400)] == [None, 6_000]


def test_a_post_is_free_again_after_its_interval(world: World) -> None:
    taken(world, [POSTS], 5_000)

    assert taken(world, [POSTS], 6_000) is None


def test_a_burst_is_let_through_and_then_the_pace_holds(world: World) -> None:
    answers = [taken(world, [UPDATES], 5_000) for _ in range(11)]

    assert answers == [None] * 10 + [6_200]


def test_a_bucket_without_a_pace_waits_only_when_it_was_told_to(world: World) -> None:
    assert [taken(world, [WORKSPACE], 5_000) for _ in range(50)] == [None] * 50


def test_nothing_goes_through_before_the_moment_that_slack_named(world: World) -> None:
    with world.write() as session:
        hold_back(session, UPDATES, 35_000)

    assert [taken(world, [UPDATES], 34_999), taken(world, [UPDATES], 35_000)] == [35_000, None]


def test_when_one_bucket_refuses_the_other_is_not_used_up(world: World) -> None:
    other = Bucket("post:C2", 1_000)
    taken(world, [POSTS], 5_000)

    refused = taken(world, [other, POSTS], 5_001)

    assert (refused, taken(world, [other], 5_001)) == (6_000, None)


def test_over_a_long_time_no_more_is_let_through_than_slack_allows(world: World) -> None:
    let_through = sum(taken(world, [UPDATES], now) is None for now in range(0, 60_000, 500))

    assert let_through == 50 + UPDATES.burst - 1
