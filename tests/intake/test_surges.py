"""Rules that count: how often an issue was seen, and how many users it hit, within a window."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, update

from tests.intake.world import World, make_world
from tests.support.acme import system
from tocsin.activities.models import ActivityType
from tocsin.issues.archiving import Forever
from tocsin.issues.models import IssueTick
from tocsin.kernel.db import Database, read, write
from tocsin.notifications.after import REPEATS
from tocsin.rules.edit import RuleChanges, edit_rule
from tocsin.rules.models import Firing, Match, Rule
from tocsin.rules.repeat import Repeat


@pytest.fixture
def world(sqlite_database_url: str) -> Iterator[World]:
    """What SQL decides is tried on both databases, with `any_world`; the rest is the same on each."""
    database = Database.open(sqlite_database_url)
    yield make_world(database)
    database.close()


@pytest.fixture
def any_world(database: Database) -> World:
    return make_world(database)


def firings(world: World) -> int:
    with read(world.database) as session:
        return session.scalars(select(func.count()).select_from(Firing)).one()


def see(world: World, times: int = 1, **fields: Any) -> int:
    """Store so many events of one issue, each in a batch of its own; gives how often rules have fired by then."""
    for _ in range(times):
        world.store(world.event(**fields))
    return firings(world)


def test_a_rule_fires_with_the_event_that_is_one_too_many_and_tells_how_many_there_were(world: World) -> None:
    world.rule(when=["seen_more_than:5:1h"])

    fired = [see(world, 5), see(world)]

    assert fired == [0, 1]
    [_, told] = world.history()
    assert (told.type, told.data) == (ActivityType.SEEN_AGAIN, {"of": "events", "count": 6, "within": "an hour"})
    assert len(world.parents()) == 1


@pytest.mark.parametrize(
    ("window", "later"), [("1m", 61), ("5m", 301), ("15m", 901), ("1h", 3601), ("1d", 86_401), ("1w", 7 * 86_401)]
)
def test_what_lies_before_the_window_is_not_counted(any_world: World, window: str, later: int) -> None:
    any_world.rule(when=[f"seen_more_than:2:{window}"])

    see(any_world, 2)
    any_world.passes(later)
    fired = [see(any_world, 2), see(any_world)]

    assert fired == [0, 1]


def test_a_crossing_is_told_once_and_the_next_one_after_there_were_fewer_for_a_window(world: World) -> None:
    world.rule(when=["seen_more_than:2:5m"])

    fired = [see(world, 20)]
    world.passes(290)
    fired += [see(world, 20)]
    world.passes(400)
    fired += [see(world, 2), see(world, 5)]

    assert fired == [1, 1, 1, 2]


def test_one_batch_that_crosses_fires_once_though_nothing_was_there_before(world: World) -> None:
    world.rule(when=["seen_more_than:2:5m"])

    world.store(*(world.event() for _ in range(50)))
    world.passes(3600)
    world.store(*(world.event() for _ in range(50)))

    assert firings(world) == 2


def test_with_an_interval_a_rule_tells_again_as_long_as_there_are_too_many(any_world: World) -> None:
    any_world.rule(when=["seen_more_than:2:1h"], interval_minutes=10)

    fired = [see(any_world, 10)]
    for _ in range(3):
        any_world.passes(599)
        fired += [see(any_world)]
        any_world.passes(1)
        fired += [see(any_world)]

    assert fired == [1, 1, 2, 2, 3, 3, 4]


def test_an_interval_is_of_each_issue_and_of_every_condition(world: World) -> None:
    world.rule(when=["first_seen", "regressed"], interval_minutes=60)

    world.store(world.event("a"), world.event("b"))
    world.resolve()
    world.passes(600)
    world.store(world.event("a"))
    before = firings(world)
    world.resolve()
    world.passes(3600)
    world.store(world.event("a"))

    assert (before, firings(world)) == (2, 3)


def test_users_are_counted_once_within_the_window_however_often_they_are_hit(any_world: World) -> None:
    any_world.rule(when=["more_users_than:2:5m"])

    fired = [see(any_world, 5, user_key=1), see(any_world, user_key=2), see(any_world, 5)]
    any_world.passes(200)
    fired += [see(any_world, user_key=1), see(any_world, user_key=3)]

    assert fired == [0, 0, 0, 0, 1]
    assert any_world.history()[-1].data == {"of": "users", "count": 3, "within": "5 minutes"}


def test_users_who_were_hit_before_the_window_are_not_counted(world: World) -> None:
    world.rule(when=["more_users_than:2:5m"])

    for user in range(10):
        see(world, user_key=user)
        world.passes(151)

    assert firings(world) == 0


def test_all_conditions_of_a_rule_can_be_wanted_at_once(world: World) -> None:
    world.rule(when=["seen_more_than:3:1h", "more_users_than:1:1h"], match=Match.ALL)

    fired = [see(world, 10, user_key=1), see(world, user_key=2)]

    assert fired == [0, 1]


def test_only_events_that_pass_the_filters_fire_and_the_crossing_waits_for_one(world: World) -> None:
    world.rule(when=["seen_more_than:2:1h"], filters=["environment is production", "plan is gold"])

    fired = [see(world, 5, environment="staging"), see(world, environment="production")]
    fired += [see(world, environment="production", tags=(("plan", "gold"),))]

    assert fired == [0, 0, 1]


def test_a_new_issue_is_judged_by_the_event_that_opened_it(world: World) -> None:
    world.rule(when=["first_seen"], filters=["level at least error"])

    world.store(world.event("a", level="info"), world.event("a", level="fatal"), world.event("b", level="fatal"))

    with read(world.database) as session:
        assert session.scalars(select(Firing.issue_id)).all() == [world.issues()[1].id]


def test_any_of_the_filters_can_be_enough(world: World) -> None:
    world.rule(when=["first_seen"], filters=["level is fatal", "environment is production"], filter_match=Match.ANY)

    world.store(world.event("a", level="fatal", environment=None), world.event("b"), world.event("c", environment=None))

    assert firings(world) == 2


def test_an_issue_that_somebody_put_aside_is_not_told_however_often_it_is_seen(world: World) -> None:
    world.rule(when=["seen_more_than:2:1h"])
    see(world)
    world.archive(Forever())

    assert see(world, 10) == 0


def test_a_muted_rule_tells_a_crossing_that_lasts_once_it_speaks_again(world: World) -> None:
    rule_id = world.rule(when=["seen_more_than:2:1h"])
    with write(world.database) as session:
        session.execute(update(Rule).values(muted_until=world.now.replace(hour=13)))

    before = see(world, 5)
    world.passes(3600)

    assert (rule_id, before, see(world, 5)) == (rule_id, 0, 1)


def test_a_rule_that_counts_something_else_from_now_on_may_tell_at_once(world: World) -> None:
    rule_id = world.rule(when=["seen_more_than:2:1h"])
    see(world, 5)
    with write(world.database) as session:
        changes = RuleChanges(when=["seen_more_than:4:1h"])
        edit_rule(session, session.get_one(Rule, rule_id), system(world.organization_id), changes, now=world.now)

    assert see(world) == 2


def test_a_repeat_is_handled_as_the_rule_says(world: World) -> None:
    world.rule(when=["first_seen"])
    world.rule(when=["seen_more_than:2:1h"], repeat=Repeat.THREAD_AND_BROADCAST)

    see(world, 5)

    [parent] = world.parents()
    told = {str(parent.id): {"rule": "more than 2 events in an hour → #ops", "repeat": "thread_and_broadcast"}}
    assert world.history()[-1].data[REPEATS] == told


def test_two_processes_that_cross_a_number_at_once_fire_once(any_world: World) -> None:
    any_world.rule(when=["seen_more_than:20:1h"])
    see(any_world)
    batches = [[any_world.event()] for _ in range(40)]

    def store_some(mine: list) -> None:
        for batch in mine:
            any_world.store(*batch)

    workers = [threading.Thread(target=store_some, args=(batches[place::4],)) for place in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert (any_world.issues()[0].event_count, firings(any_world)) == (41, 1)


def test_nothing_more_is_kept_of_projects_whose_rules_count_nothing(world: World) -> None:
    world.rule()

    see(world, 3, user_key=1)

    with read(world.database) as session:
        assert session.scalars(select(func.count()).select_from(IssueTick)).one() == 0
