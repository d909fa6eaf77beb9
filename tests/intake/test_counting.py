"""What a batch counts, by the hour and by the user."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.intake.world import World
from tocsin.intake.counting import hold
from tocsin.intake.group import Group
from tocsin.issues.counters import hour_of, hours_of, last_days, last_hours
from tocsin.issues.models import Issue, IssueUser
from tocsin.kernel.db import read, write


def hours(world: World) -> list[dict[int, int]]:
    """The counters of each issue, by hours since the world began."""
    begin = hour_of(world.issues()[0].first_seen)
    with read(world.database) as session:
        found = hours_of(session, [issue.id for issue in world.issues()], since=0)
    return [{hour - begin: events for hour, events in each.items()} for each in found.values()]


def test_events_are_counted_in_the_hour_in_which_they_came(world: World):
    world.store(world.event(), world.event(), world.event("b"))
    world.passes(3600)
    world.store(world.event())

    assert hours(world) == [{0: 2, 1: 1}, {0: 1}]


def test_the_hours_of_an_issue_add_up_to_its_events(world: World):
    for _ in range(5):
        world.store(world.event(), world.event())
        world.passes(1300)

    assert sum(hours(world)[0].values()) == world.issues()[0].event_count == 10


def test_the_last_hours_and_days_of_issues_are_lists_of_one_length_with_zeros_in_them(world: World):
    world.store(world.event(), world.event())
    world.passes(2 * 3600)
    world.store(world.event())
    world.passes(3 * 86_400)
    world.store(world.event("b"))
    first, second = (issue.id for issue in world.issues())

    with read(world.database) as session:
        hours = last_hours(session, [first, second], until=world.now, hours=75)
        days = last_days(session, [first, second], until=world.now, days=5)
        earlier = last_days(session, [first], until=world.now - timedelta(days=3), days=2)

    assert hours[first] == [2, 0, 1] + [0] * 72
    assert hours[second] == [0] * 74 + [1]
    assert (days, earlier) == ({first: [0, 3, 0, 0, 0], second: [0, 0, 0, 0, 1]}, {first: [0, 3]})


def test_an_event_that_came_twice_counts_once(world: World):
    event = world.event(user_key=1)

    world.store(event, event)
    world.store(event)

    assert (hours(world), world.issues()[0].user_count) == ([{0: 1}], 1)


def test_each_user_of_an_issue_counts_once(world: World):
    world.store(world.event(user_key=1), world.event(user_key=1), world.event(user_key=-(2**63)))
    world.store(world.event(user_key=1), world.event(user_key=2**63 - 1), world.event("b", user_key=1))

    assert [issue.user_count for issue in world.issues()] == [3, 1]


def test_an_event_of_nobody_counts_no_user_and_writes_none(world: World):
    world.store(world.event(), world.event())

    with read(world.database) as session:
        rows = session.scalars(select(func.count()).select_from(IssueUser)).one()
    assert (world.issues()[0].user_count, rows) == (0, 0)


def test_two_processes_that_count_the_same_at_once_count_right(world: World):
    world.store(world.event("a"), world.event("b"))
    batches = [
        [world.event(kind, user_key=user) for user in range(20) for kind in kinds] for kinds in ("ab", "ba", "ab", "ba")
    ]

    workers = [threading.Thread(target=world.store, args=batch) for batch in batches]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [(issue.event_count, issue.user_count) for issue in world.issues()] == [(81, 20), (81, 20)]
    assert hours(world) == [{0: 81}, {0: 81}]


def test_whoever_holds_issues_is_told_that_one_of_them_is_but_a_name(world: World):
    if world.database.is_sqlite:
        pytest.skip("its one writer was nobody else since they were looked up")
    world.store(world.event("a"), world.event("b"), world.event("c"))
    whole, survivor, merged = (Group(issue.id, world.project_id, issue.status) for issue in world.issues())
    with write(world.database) as session:
        session.get_one(Issue, merged.issue_id).merged_into_id = survivor.issue_id

    with write(world.database) as session:
        told = [hold(session, [survivor, whole])(), hold(session, [merged, whole])()]

    assert told == [True, False]


def test_issues_that_are_held_are_nobody_elses_to_count_until_the_transaction_ends(world: World):
    if world.database.is_sqlite:
        pytest.skip("it has one writer at a time")
    world.store(world.event())
    [issue] = world.issues()
    same_row = select(Issue.id).where(Issue.id == issue.id).with_for_update(key_share=True, skip_locked=True)

    with write(world.database) as session:
        hold(session, [Group(issue.id, world.project_id, issue.status)])()
        with write(world.database) as another:
            while_held = another.scalars(same_row).all()
    with write(world.database) as another:
        afterwards = another.scalars(same_row).all()

    assert (while_held, afterwards) == ([], [issue.id])
