"""Frequent values are written seldom, new ones at once, and what was not committed is not taken for written."""

from sqlalchemy import select

from tests.intake.world import World
from tocsin.intake.group import Group
from tocsin.intake.tagging import TagMemory
from tocsin.issues.models import IssueTag
from tocsin.kernel.db import read
from tocsin.kernel.ids import IssueId, ProjectId


def test_a_count_lags_by_a_tenth_at_most_and_is_written_seldom(world: World):
    memory, total, writes = TagMemory(), 0, 0
    group = Group(IssueId(1), ProjectId(1), "unresolved", events=[world.event(tags=(("os", "Linux"),))])

    for times in range(1, 5_001):
        memory.begin()
        due = memory.meet([group])
        memory.committed()
        total += sum(due.values())
        writes += len(due)
        assert 0.9 * times <= total <= times

    assert writes < 100


def test_what_a_transaction_did_not_commit_is_written_with_the_next_one(world: World):
    memory = TagMemory()
    group = Group(IssueId(1), ProjectId(1), "unresolved", events=[world.event(tags=(("os", "Linux"),))] * 11)
    memory.begin()
    memory.meet([group])

    memory.begin()
    again = memory.meet([group])

    assert sum(again.values()) == 11


def test_two_processes_count_into_the_same_rows(world: World):
    world.store(world.event(tags=(("os", "Linux"),)))
    world.names.tags = TagMemory()
    world.store(world.event(tags=(("os", "Linux"),)))

    with read(world.database) as session:
        counted = session.scalars(select(IssueTag.events)).all()

    assert counted == [2]
