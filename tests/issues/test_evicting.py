"""What goes when a project has too many events or too old ones, and what always stays."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.intake.world import World, make_world
from tests.support.acme import system
from tocsin.events.models import StoredEvent
from tocsin.issues.evicting import evict_events, evict_old, evict_surplus
from tocsin.issues.folding import find_unfolded, fold_hours
from tocsin.issues.merging import merge, unmerge
from tocsin.issues.models import Issue, IssueFingerprint, IssueHour
from tocsin.issues.retention import Limits, Stored, describe_stored
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import IssueId
from tocsin.organizations.models import Project


@pytest.fixture
def world(sqlite_database_url: str) -> Iterator[World]:
    """What SQL decides is tried on both databases, with `any_world`; the rest is the same on each."""
    database = Database.open(sqlite_database_url)
    yield make_world(database)
    database.close()


@pytest.fixture
def any_world(database: Database) -> World:
    return make_world(database)


def see(world: World, kind: str, times: int, *, seconds_apart: float = 0) -> None:
    """Events of one issue: in one batch, or each in one of its own."""
    if not seconds_apart:
        world.store(*(world.event(kind) for _ in range(times)))
        world.passes(60)
    for _ in range(times if seconds_apart else 0):
        world.store(world.event(kind))
        world.passes(seconds_apart)


def stored(world: World, number: int = 1) -> list[int]:
    """The rows of the events that the issue has, oldest first."""
    with read(world.database) as session:
        own = select(StoredEvent.id).join(Issue, Issue.id == StoredEvent.issue_id).where(Issue.number == number)
        return list(session.scalars(own.order_by(StoredEvent.id)))


def keep(world: World, *, events: int = 10**6, days: int = 3650) -> int:
    limits, stop = Limits(days, events), threading.Event()
    return evict_old(world.database, limits, clock=lambda: world.now, stop=stop) + evict_surplus(
        world.database, limits, stop=stop
    )


def assert_counts_add_up(world: World) -> None:
    """Each issue's counter is what is stored of it and what was retired, and its hours add up to it."""
    with read(world.database) as session:
        for issue in session.scalars(select(Issue)):
            left = session.scalar(select(func.count()).where(StoredEvent.issue_id == issue.id)) or 0
            hours = session.scalar(select(func.sum(IssueHour.events)).where(IssueHour.issue_id == issue.id)) or 0
            of_each = select(func.sum(IssueFingerprint.retired_events)).where(IssueFingerprint.issue_id == issue.id)
            assert left + issue.retired_events == issue.event_count == hours
            assert (session.scalar(of_each) or 0) == issue.retired_events


def test_a_loud_issue_is_thinned_to_fewer_the_older_they_are(any_world: World) -> None:
    see(any_world, "loud", 200)
    before = stored(any_world)

    gone = keep(any_world, events=50)

    left = stored(any_world)
    assert (gone, len(left)) == (150, 50)
    assert (left[0], left[-10:]) == (before[0], before[-10:])
    quarters = [sum(before[start] <= event <= before[start + 49] for event in left) for start in (0, 50, 100, 150)]
    assert quarters == sorted(quarters)
    assert 3 * quarters[0] <= quarters[2]
    assert any_world.issues()[0].event_count == 200
    assert_counts_add_up(any_world)


def test_the_loudest_issue_pays_for_all(world: World) -> None:
    see(world, "quiet", 10)
    see(world, "loud", 100)

    keep(world, events=60)

    assert (len(stored(world, 1)), len(stored(world, 2))) == (10, 50)


def test_the_first_and_the_last_event_of_each_issue_stay_though_they_are_too_many(world: World) -> None:
    for kind in "abc":
        see(world, kind, 5)
    ends = [(found[0], found[-1]) for found in (stored(world, number) for number in (1, 2, 3))]

    keep(world, events=1)

    assert [tuple(stored(world, number)) for number in (1, 2, 3)] == ends


def test_what_is_too_old_goes_but_for_the_last_event_of_an_issue(any_world: World) -> None:
    see(any_world, "gone quiet", 5, seconds_apart=3600)
    see(any_world, "goes on", 3, seconds_apart=3600)
    last = stored(any_world, 1)[-1]
    any_world.passes(30 * 86_400)
    see(any_world, "goes on", 4)

    gone = keep(any_world, days=30)

    assert (gone, stored(any_world, 1), len(stored(any_world, 2))) == (7, [last], 4)
    assert [issue.event_count for issue in any_world.issues()] == [5, 7]
    assert_counts_add_up(any_world)


def test_a_project_keeps_what_it_chose_itself(world: World) -> None:
    see(world, "loud", 40)
    with write(world.database) as session:
        session.get_one(Project, world.project_id).retention_events = 20

    keep(world, events=10)

    assert len(stored(world)) == 20


def test_the_page_is_told_what_is_left(world: World) -> None:
    begun = world.now
    see(world, "loud", 40)
    keep(world, events=10)
    world.passes(86_400)

    with read(world.database) as session:
        found = describe_stored(session, world.project_id)

    assert found == Stored(events=10, retired=30, oldest=begun)


def test_the_newest_event_of_an_issue_is_never_deleted_whoever_asks(any_world: World) -> None:
    see(any_world, "a", 3)

    with write(any_world.database) as session:
        gone = evict_events(session, any_world.issues()[0].id, stored(any_world))

    assert (gone, len(stored(any_world))) == (2, 1)


def test_a_process_that_ends_leaves_the_rest_for_later(world: World) -> None:
    see(world, "a", 50)
    stop = threading.Event()
    stop.set()

    assert evict_surplus(world.database, Limits(90, 10), stop=stop) == 0


def test_a_merge_can_be_undone_after_events_were_retired(any_world: World) -> None:
    see(any_world, "a", 40)
    see(any_world, "b", 20)
    keep(any_world, events=40)
    first, second = any_world.issues()

    merge_into(any_world, second.id, first.short_id)
    keep(any_world, events=15)
    merged = any_world.issues()[0].event_count
    assert_counts_add_up(any_world)
    take_out(any_world, first.id, second.id)

    assert merged == 60
    assert [issue.event_count for issue in any_world.issues()] == [40, 20]
    assert [issue.first_seen for issue in any_world.issues()] == [first.first_seen, second.first_seen]
    assert_counts_add_up(any_world)


def merge_into(world: World, issue_id: IssueId, into: str) -> None:
    with write(world.database) as session:
        permit = system(world.organization_id)
        merge(session, session.get_one(Issue, issue_id), permit, into, now=world.now)


def take_out(world: World, issue_id: IssueId, origin: IssueId) -> None:
    with write(world.database) as session:
        hashes = session.scalars(select(IssueFingerprint.hash).where(IssueFingerprint.merged_from_id == origin)).all()
        unmerge(session, session.get_one(Issue, issue_id), system(world.organization_id), hashes, now=world.now)


def test_the_file_of_sqlite_stops_growing_without_a_vacuum(world: World) -> None:
    payload = bytes(range(256)) * 20
    sizes = []
    for _ in range(6):
        world.store(*(world.event("loud", payload=payload) for _ in range(100)))
        world.passes(3600)
        keep(world, events=60)
        sizes.append(pages(world))

    assert sizes[-1] <= sizes[2]


def pages(world: World) -> int:
    with read(world.database) as session:
        return session.connection().exec_driver_sql("PRAGMA page_count").scalar_one()


def test_what_is_older_than_a_rule_looks_back_costs_no_more_than_a_row_a_day(any_world: World) -> None:
    see(any_world, "a", 30, seconds_apart=3 * 3600)
    any_world.passes(timedelta(days=40).total_seconds())
    fold(any_world)

    with read(any_world.database) as session:
        rows = session.scalars(select(IssueHour.hour).order_by(IssueHour.hour)).all()

    assert (len(rows), [hour % 24 for hour in rows]) == (5, [0] * 5)
    assert_counts_add_up(any_world)


def fold(world: World) -> None:
    with write(world.database) as session:
        fold_hours(session, find_unfolded(session, now=world.now, limit=10), now=world.now)
