"""A storm of new errors opens as many issues as a minute may have; what is beyond stands in one, with one alert."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.intake.world import World, make_world
from tests.support.acme import make_project, system
from tocsin.activities.describe import describe, plain_text
from tocsin.events.models import StoredEvent
from tocsin.intake.batch import store_batch
from tocsin.intake.names import NameCache
from tocsin.intake.overflow import TITLE, find_overflow
from tocsin.intake.prepared import PreparedEvent
from tocsin.issues.archiving import Forever
from tocsin.issues.merging import merge
from tocsin.kernel.db import Database, read, write
from tocsin.organizations.models import Project


@pytest.fixture
def world(database: Database) -> World:
    world = make_world(database)
    allow(world, 2)
    return world


def allow(world: World, issues: int | None) -> None:
    with write(world.database) as session:
        session.execute(update(Project).values(new_issues_per_minute=issues))


def counts(world: World) -> dict[str, int]:
    return {issue.title: issue.event_count for issue in world.issues()}


def test_what_is_beyond_the_limit_stands_in_one_issue(world: World) -> None:
    new = world.store(*(world.event(kind) for kind in "abcdeb"))

    assert new == 6
    assert counts(world) == {"Error a": 1, "Error b": 2, TITLE: 3}


def test_the_limit_holds_over_all_batches_of_a_minute(world: World) -> None:
    for kind in "abcd":
        world.store(world.event(kind))

    assert counts(world) == {"Error a": 1, "Error b": 1, TITLE: 2}


def test_issues_that_are_there_go_on(world: World) -> None:
    world.store(world.event("a"), world.event("b"))

    world.store(world.event("c"), world.event("a"), world.event("d"), world.event("b"))

    assert counts(world) == {"Error a": 2, "Error b": 2, TITLE: 2}


def test_the_next_minute_of_the_clock_opens_issues_again(world: World) -> None:
    world.now = world.now.replace(second=59)
    world.store(*(world.event(kind) for kind in "abc"))

    world.passes(1)
    world.store(world.event("c"), world.event("d"), world.event("e"))

    assert counts(world) == {"Error a": 1, "Error b": 1, TITLE: 2, "Error c": 1, "Error d": 1}


def test_the_last_second_of_a_minute_still_belongs_to_it(world: World) -> None:
    world.now = world.now.replace(second=0)
    world.store(world.event("a"), world.event("b"))

    world.passes(59.999)
    world.store(world.event("c"))

    assert counts(world) == {"Error a": 1, "Error b": 1, TITLE: 1}


def test_a_storm_is_one_alert_beyond_the_limit(world: World) -> None:
    world.rule()

    for _ in range(3):
        world.store(*(world.event(f"storm {world.now} {number}") for number in range(20)))
        world.passes(5)

    assert len(world.parents()) == 3


def test_no_number_is_used_up_beyond_the_limit(world: World) -> None:
    world.store(*(world.event(f"storm {number}") for number in range(50)))
    world.passes(60)

    world.store(world.event("calm"))

    assert [issue.short_id for issue in world.issues()] == ["WEB-1", "WEB-2", "WEB-3", "WEB-4"]


def test_a_limit_of_nothing_opens_only_the_issue_of_what_is_too_much(world: World) -> None:
    allow(world, 0)

    world.store(world.event("a"), world.event("b"))

    assert counts(world) == {TITLE: 2}


def test_without_a_limit_every_new_error_opens_an_issue(world: World) -> None:
    allow(world, None)

    world.store(*(world.event(f"storm {number}") for number in range(150)))

    assert len(world.issues()) == 150


def test_what_was_stored_of_an_event_is_its_own(world: World) -> None:
    allow(world, 0)
    event = world.event("a", level="fatal", payload=b"all of it")

    world.store(event)

    with read(world.database) as session:
        stored = session.scalars(select(StoredEvent)).one()
    assert (stored.event_id, stored.level, stored.payload) == (event.event_id, "fatal", b"all of it")


def test_an_event_that_comes_twice_is_counted_once(world: World) -> None:
    allow(world, 0)
    event = world.event("a")

    counted = [world.store(event), world.store(event)]

    assert (counted, counts(world)) == ([1, 0], {TITLE: 1})


def test_what_is_too_much_goes_where_its_issue_was_merged_into(world: World) -> None:
    world.store(world.event("a"), world.event("b"), world.event("c"))
    with write(world.database) as session:
        overflow = find_overflow(session, world.project_id)
        assert overflow is not None
        merge(session, overflow, system(world.organization_id), "WEB-1", now=world.now)

    world.store(world.event("a"), world.event("d"), world.event("a"))

    with read(world.database) as session:
        found = find_overflow(session, world.project_id)
    assert found is not None
    assert (found.short_id, found.event_count) == ("WEB-1", 5)


def test_a_clock_that_is_set_back_opens_no_more_than_a_minute_may_have(world: World) -> None:
    world.store(world.event("a"), world.event("b"))

    world.now -= timedelta(seconds=120)
    world.store(*(world.event(kind) for kind in "cde"))

    assert counts(world) == {"Error a": 1, "Error b": 1, "Error c": 1, "Error d": 1, TITLE: 1}


def test_processes_whose_clocks_disagree_by_a_moment_keep_the_limit_together(world: World) -> None:
    ahead, behind = world.now.replace(minute=1, second=0), world.now.replace(minute=0, second=59)

    for number in range(6):
        world.now = ahead if number % 2 else behind
        world.store(world.event(f"storm {number}"), world.event(f"other storm {number}"))

    assert len(counts(world)) == 2 + 2 + 1
    assert counts(world)[TITLE] == 6 * 2 - 4


def test_processes_that_store_at_once_keep_the_limit_together(world: World) -> None:
    allow(world, 7)
    batches = [[world.event(f"storm {batch} {number}") for number in range(3)] for batch in range(8)]

    def store(events: list[PreparedEvent]) -> None:
        names = NameCache()
        with write(world.database) as session:
            store_batch(session, events, names, now=world.now)

    with ThreadPoolExecutor(4) as processes:
        list(processes.map(store, batches))

    assert len(counts(world)) == 7 + 1
    assert counts(world)[TITLE] == 8 * 3 - 7


DAY = timedelta(hours=24)


def rage(world: World, name: str) -> None:
    """More new errors come in one minute than may open an issue."""
    world.store(*(world.event(f"{name} {number}") for number in range(4)))


def cards_of_overflow(world: World) -> int:
    with read(world.database) as session:
        overflow = find_overflow(session, world.project_id)
    return 0 if overflow is None else len([parent for parent in world.parents() if parent.issue_id == overflow.id])


def told_of_overflow(world: World) -> list[str]:
    """What the thread of the overflow hears, oldest first."""
    return [plain_text(said, issue="WEB-3") for each in world.history(3) if (said := describe(each)) is not None]


NEW_STORM = "WEB-3 is back: again too many new issues in a minute, after a day or more without"


@pytest.mark.parametrize(("passed", "rings"), [(DAY, 2), (DAY - timedelta(seconds=1), 1)])
def test_a_storm_that_comes_after_a_quiet_day_rings_again(world: World, passed: timedelta, rings: int) -> None:
    world.rule()
    rage(world, "first")

    world.now += passed
    rage(world, "second")

    assert cards_of_overflow(world) == rings
    assert told_of_overflow(world) == [NEW_STORM] * (rings - 1)


def test_a_new_storm_rings_once_however_long_it_lasts(world: World) -> None:
    world.rule()
    rage(world, "first")
    world.now += 90 * DAY

    for hour in range(72):
        rage(world, f"hour {hour}")
        world.passes(3600)

    assert (cards_of_overflow(world), told_of_overflow(world)) == (2, [NEW_STORM])


def test_each_storm_rings_and_leaves_the_issue_unresolved(world: World) -> None:
    world.rule()
    for number in range(4):
        rage(world, f"storm {number}")
        world.now += 7 * DAY

    assert (cards_of_overflow(world), told_of_overflow(world)) == (4, [NEW_STORM] * 3)
    assert (world.issues()[2].status, world.issues()[2].substatus) == ("unresolved", "regressed")


def test_a_minute_within_the_limit_is_no_storm(world: World) -> None:
    rage(world, "first")
    world.now += 7 * DAY

    world.store(world.event("calm"), world.event("first 0"))

    assert told_of_overflow(world) == []


def test_the_storms_of_another_project_are_its_own(world: World) -> None:
    rage(world, "first")
    world.now += 7 * DAY

    other = make_project(world.database, world.organization_id, "api")
    allow(world, 2)
    world.store(*(world.event(f"theirs {number}", project_id=other) for number in range(4)))

    assert told_of_overflow(world) == []


def test_a_storm_of_which_somebody_wants_to_hear_nothing_stays_silent(world: World) -> None:
    world.rule()
    rage(world, "first")
    world.archive(Forever(), number=3)

    world.now += 7 * DAY
    rage(world, "second")

    assert (cards_of_overflow(world), world.issues()[2].status) == (1, "archived")


def test_after_a_resolved_storm_the_next_one_is_an_ordinary_regression(world: World) -> None:
    world.rule()
    rage(world, "first")
    world.resolve(3)

    world.now += 7 * DAY
    rage(world, "second")

    assert cards_of_overflow(world) == 2
    assert told_of_overflow(world)[1:] == ["WEB-3 came back in shop@1 after it was resolved"]


def test_where_the_overflow_was_merged_it_is_told_as_the_other_issue_is(world: World) -> None:
    world.rule()
    rage(world, "first")
    with write(world.database) as session:
        overflow = find_overflow(session, world.project_id)
        assert overflow is not None
        merge(session, overflow, system(world.organization_id), "WEB-1", now=world.now)

    world.now += 7 * DAY
    world.store(world.event("first 0"), *(world.event(f"second {number}") for number in range(4)))

    assert (world.issues()[0].status, "new_storm" in str(world.history(1))) == ("unresolved", False)


def test_a_storm_that_was_rolled_back_rings_when_it_is_stored(world: World) -> None:
    world.rule()
    rage(world, "first")
    world.now += 7 * DAY
    storm = [world.event(f"second {number}") for number in range(4)]

    with suppress(ZeroDivisionError), write(world.database) as session:
        store_batch(session, storm, NameCache(), now=world.now)
        raise ZeroDivisionError
    world.store(*storm)
    world.store(*storm)

    assert (cards_of_overflow(world), told_of_overflow(world)) == (2, [NEW_STORM])


def test_processes_that_store_a_new_storm_at_once_ring_once(world: World) -> None:
    world.rule()
    rage(world, "first")
    world.now += 7 * DAY
    batches = [[world.event(f"storm {batch} {number}") for number in range(4)] for batch in range(8)]

    def store(events: list[PreparedEvent]) -> None:
        with write(world.database) as session:
            store_batch(session, events, NameCache(), now=world.now)

    with ThreadPoolExecutor(4) as processes:
        list(processes.map(store, batches))

    assert (cards_of_overflow(world), told_of_overflow(world)) == (2, [NEW_STORM])
