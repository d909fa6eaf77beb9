"""A verb for many issues is each issue's own verb, is done once, and survives whoever ran it."""

import itertools
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import OperationalError

from tests.intake.world import World, make_world
from tests.support.acme import make_person, make_project, make_team
from tocsin.activities.models import Activity
from tocsin.deliveries import lease
from tocsin.issues import bulk
from tocsin.issues.act import IssueAction, act
from tocsin.issues.archiving import UntilEvents
from tocsin.issues.models import BulkAct, Issue, IssuePriority, IssueStatus
from tocsin.issues.triage import Assignee
from tocsin.kernel import work
from tocsin.kernel.clock import to_milliseconds
from tocsin.kernel.db import DEADLOCK_DETECTED, Database, read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import IssueId, UserId
from tocsin.organizations.permit import Role, Source, Via


@pytest.fixture
def world(database: Database) -> World:
    """WEB-1 to WEB-45."""
    world = make_world(database)
    world.store(*(world.event(f"kind {number}") for number in range(45)))
    return world


@pytest.fixture
def ada(world: World) -> UserId:
    return make_person(world.database, world.organization_id, role=Role.OWNER)


def begin(world: World, who: UserId, action: IssueAction, numbers: range, key: str = "form") -> BulkAct:
    with write(world.database) as session:
        return bulk.begin_bulk(
            session,
            key=key,
            organization_id=world.organization_id,
            user_id=who,
            action=action,
            issue_ids=[IssueId(number) for number in numbers],
            now=world.now,
        )


def finish(world: World, begun: BulkAct) -> BulkAct:
    bulk.finish(world.database, begun.id, clock=lambda: world.now)
    with read(world.database) as session:
        return session.get_one(BulkAct, begun.id)


def run(world: World) -> None:
    """Go on with all that is unfinished, as the workers do."""
    with write(world.database) as session:
        held = lease.take(session, bulk.BULK, now=to_milliseconds(world.now), seconds=30)
    assert held is not None
    bulk.finish_all(world.database, held, clock=lambda: world.now, lease_seconds=30)


def count(world: World, status: IssueStatus) -> int:
    return sum(issue.status == status for issue in world.issues())


def test_each_issue_is_resolved_with_its_own_history_as_by_its_own_button(world, ada):
    ended = finish(world, begin(world, ada, IssueAction("resolve"), range(1, 46)))

    with read(world.database) as session:
        told = session.scalars(select(Activity).where(Activity.user_id == ada)).all()
    assert (ended.done, ended.position, ended.skipped) == (45, 45, [])
    assert (count(world, IssueStatus.RESOLVED), len({activity.issue_id for activity in told})) == (45, 45)


def test_what_it_does_not_apply_to_is_passed_over_with_the_reason(world, ada):
    world.resolve(2)

    ended = finish(world, begin(world, ada, IssueAction("resolve"), range(1, 4)))

    assert ended.done == 2
    assert [(each["issue"], "already resolved" in each["why"]) for each in ended.skipped] == [("WEB-2", True)]


def test_a_form_that_is_sent_twice_counts_once(world, ada):
    first = begin(world, ada, IssueAction("resolve"), range(1, 3))
    finish(world, first)

    again = begin(world, ada, IssueAction("reopen"), range(1, 3))

    assert (again.id, finish(world, again).done, count(world, IssueStatus.RESOLVED)) == (first.id, 2, 2)


def test_a_form_that_is_sent_twice_at_once_counts_once(world, ada):
    together = Barrier(2)

    def send(_: int) -> int:
        together.wait()
        return begin(world, ada, IssueAction("resolve"), range(1, 3)).id

    with ThreadPoolExecutor(2) as senders:
        begun = set(senders.map(send, range(2)))

    assert len(begun) == 1


@pytest.mark.parametrize(
    "action",
    [
        IssueAction("archive", until=UntilEvents(10)),
        IssueAction("set_priority", priority=IssuePriority.LOW),
        IssueAction("assign", assignee=Assignee(user_id=UserId(1))),
    ],
    ids=lambda action: action.name,
)
def test_what_an_action_needs_is_kept_with_it(world, ada, action):
    ended = finish(world, begin(world, ada, action, range(1, 3)))

    assert (ended.done, ended.skipped) == (2, [])


def test_many_become_one_that_is_the_oldest(world, ada):
    ended = finish(world, begin(world, ada, IssueAction("merge"), range(2, 5)))

    with read(world.database) as session:
        merged = {issue.number: issue.merged_into_id for issue in session.scalars(select(Issue).where(Issue.id < 6))}
    assert (ended.done, merged) == (2, {1: None, 2: None, 3: 2, 4: 2, 5: None})


def test_a_person_does_to_many_only_what_they_may_do_to_each(world):
    team = make_team(world.database, world.organization_id)
    hidden = make_project(world.database, world.organization_id, "hidden", is_open=False, teams=[team])
    world.store(world.event("secret", project_id=hidden))
    ben = make_person(world.database, world.organization_id, "Ben")

    ended = finish(world, begin(world, ben, IssueAction("resolve"), range(45, 47)))

    assert (ended.done, [each["id"] for each in ended.skipped]) == (1, [46])


@pytest.mark.parametrize(
    ("action", "numbers", "says"),
    [
        (IssueAction("resolve"), range(0), "Tick the issues"),
        (IssueAction("merge"), range(1, 2), "Tick two issues"),
        (IssueAction("comment", text="x"), range(1, 3), "cannot be done to many"),
        (IssueAction("resolve"), range(bulk.ISSUES_AT_MOST + 1), "narrow the search"),
    ],
    ids=["none", "one merged", "a comment", "too many"],
)
def test_what_cannot_be_done_to_many_is_refused(world, ada, action, numbers, says):
    with pytest.raises(InvalidInputError, match=says):
        begin(world, ada, action, numbers)


def test_what_a_dead_page_left_behind_is_finished_by_whoever_finds_it(world, ada):
    begun = begin(world, ada, IssueAction("resolve"), range(1, 46))
    bulk.go_on(world.database, begun.id, now=world.now)
    with read(world.database) as session:
        early = bulk.find_unfinished(session, now=world.now + timedelta(seconds=5))
    world.passes(31)

    run(world)

    with read(world.database) as session:
        ended = session.get_one(BulkAct, begun.id)
    assert (list(early), ended.done, count(world, IssueStatus.RESOLVED)) == ([], 45, 45)


def test_more_than_a_page_waits_for_is_asked_for_as_work(world, ada):
    with write(world.database) as session:
        ids = [IssueId(number) for number in range(1, bulk.WHILE_ONE_WAITS + 2)]
        action = IssueAction("resolve")
        large = bulk.begin_bulk(
            session,
            key="large",
            organization_id=world.organization_id,
            user_id=ada,
            action=action,
            issue_ids=ids,
            now=world.now,
        )
        asked = work.take_notes(session)

    with read(world.database) as session:
        assert asked == [work.Work(bulk.BULK, large.id)]
        assert list(bulk.find_unfinished(session, now=world.now)) == [large.id]


def test_an_issue_that_changes_meanwhile_is_acted_on_as_it_is_then(world, ada):
    begun = begin(world, ada, IssueAction("resolve"), range(1, 46))
    bulk.go_on(world.database, begun.id, now=world.now)
    with write(world.database) as session:
        action = IssueAction("resolve")
        act(session, user_id=ada, source=Source(Via.PAGE), issue_id=IssueId(45), action=action, now=world.now)

    ended = finish(world, begun)

    assert (ended.done, [each["issue"] for each in ended.skipped]) == (44, ["WEB-45"])


class DriverError(Exception):
    """What a driver says of a COMMIT that did not go through."""

    def __init__(self, *, sqlite_errorcode: int | None = None, sqlstate: str | None = None) -> None:
        super().__init__("nothing was committed")
        self.sqlite_errorcode = sqlite_errorcode
        self.sqlstate = sqlstate


def fail_commit(database: Database, number: int, error: DriverError) -> None:
    """Let the COMMIT of this number, counted from now on, fail."""
    commits = itertools.count(1)

    @event.listens_for(database.writer, "commit")
    def fail(_connection: Connection) -> None:
        if next(commits) == number:
            raise OperationalError("COMMIT", {}, error)


@pytest.mark.parametrize(
    "error",
    [
        DriverError(sqlite_errorcode=sqlite3.SQLITE_FULL),
        DriverError(sqlite_errorcode=sqlite3.SQLITE_BUSY),
        DriverError(sqlstate=DEADLOCK_DETECTED),
    ],
    ids=["full disk", "busy", "crossed"],
)
def test_what_the_database_did_not_take_is_gone_on_with_by_the_next_run(world, ada, error):
    begun = begin(world, ada, IssueAction("resolve"), range(1, 46))
    world.passes(31)
    # The lease is taken, renewed for the first twenty issues, and renewed for the next.
    fail_commit(world.database, 5, error)

    run(world)
    resolved_by_the_first = count(world, IssueStatus.RESOLVED)
    run(world)

    with read(world.database) as session:
        ended = session.get_one(BulkAct, begun.id)
    assert (resolved_by_the_first, ended.done, ended.skipped) == (20, 45, [])


def test_what_cannot_be_done_at_all_ends_and_says_so(world, ada):
    begun = begin(world, ada, IssueAction("resolve"), range(1, 46))
    with write(world.database) as session:
        session.get_one(BulkAct, begun.id).action = {"name": ["nonsense"]}
    world.passes(31)

    run(world)

    with read(world.database) as session:
        ended = session.get_one(BulkAct, begun.id)
    assert (ended.finished_at, ended.done) == (world.now, 0)
    assert [each["why"] for each in ended.skipped] == [
        "Something went wrong, and the rest was left as it was; please try again."
    ]
