"""Taking back a verb for many issues: who was in time gets all of it back, and nobody what is theirs no more."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.intake.world import World, make_world
from tests.support.acme import make_person
from tocsin.issues import bulk
from tocsin.issues.act import IssueAction
from tocsin.issues.bulk_undo import UNDONE_AT_MOST
from tocsin.issues.models import BulkAct, IssueStatus, IssueUndo
from tocsin.issues.undo import WITHIN
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import IssueId, UserId
from tocsin.members.models import Member

FEW = 3


@pytest.fixture
def world(database: Database) -> World:
    """WEB-1 to WEB-3."""
    world = make_world(database)
    world.store(*(world.event(f"kind {number}") for number in range(FEW)))
    return world


@pytest.fixture
def ada(world: World) -> UserId:
    return make_person(world.database, world.organization_id)


def resolve(world: World, who: UserId, *, total: int = FEW) -> BulkAct:
    """Write down that the first `total` issues are to be resolved."""
    with write(world.database) as session:
        return bulk.begin_bulk(
            session,
            key="form",
            organization_id=world.organization_id,
            user_id=who,
            action=IssueAction("resolve"),
            issue_ids=[IssueId(number) for number in range(1, total + 1)],
            now=world.now,
        )


def finish(world: World, begun: BulkAct, *, later: timedelta = timedelta()) -> BulkAct:
    bulk.finish(world.database, begun.id, clock=lambda: world.now + later)
    with read(world.database) as session:
        return session.get_one(BulkAct, begun.id)


def take_back(world: World, done: BulkAct, *, later: timedelta) -> BulkAct:
    with write(world.database) as session:
        return bulk.begin_undo(session, session.get_one(BulkAct, done.id), now=world.now + later)


def count(world: World, status: IssueStatus) -> int:
    return sum(issue.status == status for issue in world.issues())


def test_who_was_in_time_gets_all_of_it_back_though_that_takes_long(world, ada):
    done = finish(world, resolve(world, ada))

    begun = take_back(world, done, later=WITHIN - timedelta(seconds=1))
    undone = finish(world, begun, later=WITHIN + timedelta(minutes=4))

    assert (undone.done, undone.skipped, count(world, IssueStatus.UNRESOLVED)) == (FEW, [], FEW)


def test_who_lost_their_place_meanwhile_gets_nothing_back(world, ada):
    begun = take_back(world, finish(world, resolve(world, ada)), later=timedelta(minutes=1))
    with write(world.database) as session:
        session.execute(update(Member).where(Member.user_id == ada).values(is_active=False))

    undone = finish(world, begun, later=timedelta(minutes=1))

    assert (undone.done, count(world, IssueStatus.RESOLVED)) == (0, FEW)
    assert {each["why"] for each in undone.skipped} == {"There is no such issue, or you may not see it."}


def test_what_is_not_finished_is_not_taken_back_yet(world, ada):
    begun = resolve(world, ada)

    with pytest.raises(InvalidInputError, match="not finished"):
        take_back(world, begun, later=timedelta())


def test_nothing_is_kept_to_take_back_what_is_done_to_too_many(world, ada):
    begun = resolve(world, ada, total=UNDONE_AT_MOST + 1)

    bulk.go_on(world.database, begun.id, now=world.now)

    with read(world.database) as session:
        assert session.scalars(select(IssueUndo)).all() == []
    assert count(world, IssueStatus.RESOLVED) == FEW
