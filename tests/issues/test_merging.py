"""Issues that are one problem become one, and are taken apart again; counts are always those of the events."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select, update

from tests.intake.world import World, make_world
from tests.support.acme import make_person, make_project, system
from tocsin.activities.models import Activity
from tocsin.events.models import StoredEvent
from tocsin.issues.act import IssueAction, act
from tocsin.issues.archiving import Until, UntilEvents, UntilUsers
from tocsin.issues.change import get_issue_for_update
from tocsin.issues.counters import hour_of
from tocsin.issues.errors import IssueNotFoundError, MergedAwayError, UndoOvertakenError
from tocsin.issues.merging import list_fingerprints, merge
from tocsin.issues.models import Issue, IssueHour
from tocsin.issues.search import Order, list_page, understand
from tocsin.issues.search_fields import Asker
from tocsin.issues.undo import look, offer_undo, undo
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import UserId
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Role, Source, Via


@pytest.fixture
def world(database: Database) -> World:
    """WEB-1 with two events of one user, WEB-2 with three of two users, an hour later."""
    world = make_world(database)
    world.store(*(world.event("a", user_key=1) for _ in range(2)))
    world.passes(3600)
    world.store(world.event("b", user_key=1), world.event("b", user_key=2), world.event("b", user_key=2))
    return world


@pytest.fixture
def ada(world: World) -> UserId:
    return make_person(world.database, world.organization_id, role=Role.OWNER)


def do(world: World, ada: UserId, number: int, **action: object) -> None:
    with write(world.database) as session:
        issue_id = session.scalars(select(Issue.id).where(Issue.number == number)).one()
        wanted = IssueAction(**action)  # pyrefly: ignore -- each test names its own fields
        act(session, user_id=ada, source=Source(Via.PAGE), issue_id=issue_id, action=wanted, now=world.now)


def counts(world: World) -> dict[str, tuple[int, int, int]]:
    """For each issue what it counts, how many events are its own, and how many its hours count."""
    with read(world.database) as session:
        return {
            issue.short_id: (
                issue.event_count,
                session.scalar(select(func.count()).where(StoredEvent.issue_id == issue.id)) or 0,
                session.scalar(select(func.sum(IssueHour.events)).where(IssueHour.issue_id == issue.id)) or 0,
            )
            for issue in session.scalars(select(Issue).order_by(Issue.id))
        }


def fingerprints_of(world: World, number: int) -> list[str]:
    with read(world.database) as session:
        issue_id = session.scalars(select(Issue.id).where(Issue.number == number)).one()
        return [each.hash for each in list_fingerprints(session, issue_id)]


def test_events_counts_and_users_go_over_and_so_does_what_comes_later(world, ada):
    do(world, ada, 2, name="merge", into="web-1")

    world.store(world.event("b", user_key=3), world.event("a", user_key=1))

    issue = world.issues()[0]
    assert counts(world) == {"WEB-1": (7, 7, 7), "WEB-2": (0, 0, 0)}
    assert (issue.user_count, issue.title, issue.first_seen < issue.last_seen) == (3, "Error a", True)


def test_a_merged_issue_is_in_no_list_and_is_not_acted_on(world, ada):
    do(world, ada, 2, name="merge", into="WEB-1")

    with read(world.database) as session:
        asker = Asker(session, world.organization_id, ada, session.scalars(select(Project)).all(), world.now)
        listed = list_page(session, understand(asker, ""), order=Order.LAST_SEEN, limit=10).lines
    assert [line.short_id for line in listed] == ["WEB-1"]
    with pytest.raises(MergedAwayError, match="WEB-2 was merged into WEB-1"):
        do(world, ada, 2, name="resolve")


def test_what_was_decided_before_a_merge_is_not_taken_back_after_it(world, ada):
    with write(world.database) as session:
        issue = session.scalars(select(Issue).where(Issue.number == 2)).one()
        before = look(issue)
        done = act(
            session,
            user_id=ada,
            source=Source(Via.PAGE),
            issue_id=issue.id,
            action=IssueAction("resolve"),
            now=world.now,
        )
        key = offer_undo(session, done, before, now=world.now)
    assert key is not None
    do(world, ada, 2, name="merge", into="WEB-1")

    with pytest.raises(UndoOvertakenError, match="was merged"), write(world.database) as session:
        undo(session, key, user_id=ada, source=Source(Via.PAGE), now=world.now)

    assert world.issues()[1].status == "resolved"


def test_both_histories_tell_it(world, ada):
    do(world, ada, 2, name="merge", into="WEB-1")
    do(world, ada, 1, name="unmerge", fingerprints=tuple(fingerprints_of(world, 1)[1:]))

    with read(world.database) as session:
        told = session.execute(
            select(Issue.short_id, Activity.type).join(Activity, Activity.issue_id == Issue.id).order_by(Activity.id)
        ).all()
    assert [tuple(each) for each in told if each.type != "first_seen"] == [
        ("WEB-1", "absorbed"),
        ("WEB-2", "merged"),
        ("WEB-2", "unmerged"),
        ("WEB-1", "split"),
    ]


def test_what_was_merged_is_given_back_with_all_that_came_since(world, ada):
    do(world, ada, 2, name="merge", into="WEB-1")
    world.passes(3600)
    world.store(world.event("b"))

    do(world, ada, 1, name="unmerge", fingerprints=tuple(fingerprints_of(world, 1)[1:]))
    world.store(world.event("b"), world.event("a"))

    assert counts(world) == {"WEB-1": (3, 3, 3), "WEB-2": (5, 5, 5)}
    assert [issue.status for issue in world.issues()] == ["unresolved", "unresolved"]


def test_fingerprints_of_several_issues_become_a_new_one(world, ada):
    world.store(world.event("c"))
    do(world, ada, 2, name="merge", into="WEB-1")
    do(world, ada, 3, name="merge", into="WEB-1")

    do(world, ada, 1, name="unmerge", fingerprints=tuple(fingerprints_of(world, 1)[1:]))

    assert counts(world)["WEB-4"] == (4, 4, 4)
    assert counts(world)["WEB-1"] == (2, 2, 2)


def test_an_issue_that_took_others_is_merged_with_all_of_them(world, ada):
    world.store(world.event("c"))
    do(world, ada, 2, name="merge", into="WEB-1")
    do(world, ada, 1, name="merge", into="WEB-3")
    do(world, ada, 3, name="unmerge", fingerprints=(fingerprints_of(world, 3)[1],))

    assert counts(world) == {"WEB-1": (0, 0, 0), "WEB-2": (3, 3, 3), "WEB-3": (3, 3, 3)}


@pytest.mark.parametrize(
    ("into", "error"),
    [
        ("WEB-1", InvalidInputError),
        ("", InvalidInputError),
        ("WEB-99", IssueNotFoundError),
        ("API-1", IssueNotFoundError),
    ],
)
def test_an_issue_becomes_a_part_only_of_another_one_of_its_project(world, ada, into, error):
    make_project(world.database, world.organization_id, "api")

    with pytest.raises(error):
        do(world, ada, 1, name="merge", into=into)

    assert counts(world) == {"WEB-1": (2, 2, 2), "WEB-2": (3, 3, 3)}


def test_an_issue_keeps_one_fingerprint_at_least_and_gives_none_that_it_has_not(world, ada):
    do(world, ada, 2, name="merge", into="WEB-1")
    own = tuple(fingerprints_of(world, 1))

    for wanted in ((), own, (*own[1:], "f" * 32)):
        with pytest.raises(InvalidInputError):
            do(world, ada, 1, name="unmerge", fingerprints=wanted)

    assert counts(world) == {"WEB-1": (5, 5, 5), "WEB-2": (0, 0, 0)}


def test_a_clock_of_an_archived_issue_wakes_nobody_after_its_merge(world, ada):
    do(world, ada, 2, name="archive_until_escalating")

    do(world, ada, 2, name="merge", into="WEB-1")

    merged = world.issues()[1]
    assert (merged.archive, merged.archived_until, merged.status) == (None, None, "resolved")


def test_an_issue_is_held_as_it_is_now_and_not_as_the_session_knew_it(world):
    with write(world.database) as session:
        known = session.scalars(select(Issue).where(Issue.number == 1)).one()
        session.connection().execute(update(Issue).where(Issue.number == 1).values(event_count=99))

        held = get_issue_for_update(session, known.id)

        assert held is not None
        assert held.event_count == 99


def test_no_issue_becomes_a_part_of_one_that_is_merged_away_at_this_moment(world):
    world.store(world.event("c"))

    with write(world.database) as session:
        third, survivor, issue = session.scalars(select(Issue).order_by(Issue.number)).all()
        meanwhile = update(Issue).where(Issue.id == survivor.id).values(merged_into_id=third.id)
        session.connection().execute(meanwhile)  # as another process did after `survivor` was looked up

        with pytest.raises(MergedAwayError):
            merge(session, issue, system(world.organization_id), "WEB-2", now=world.now)


def test_of_two_merges_that_cross_one_is_done_and_no_event_is_lost(world, ada):
    both_ready = Barrier(2)

    def merges(number: int, into: str) -> str:
        both_ready.wait()
        try:
            do(world, ada, number, name="merge", into=into)
        except (MergedAwayError, InvalidInputError):
            return "refused"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(merges, 1, "WEB-2"), pool.submit(merges, 2, "WEB-1")]
        outcome = sorted(end.result(timeout=30) for end in ends)

    assert outcome == ["done", "refused"]
    assert sorted(counts(world).values()) == [(0, 0, 0), (5, 5, 5)]


@pytest.mark.parametrize("until", [UntilEvents(2), UntilUsers(1)])
def test_an_archived_issue_is_not_brought_back_by_what_is_merged_into_it(world, ada, until: Until):
    world.archive(until)

    do(world, ada, 2, name="merge", into="WEB-1")
    world.store(world.event("b", user_key=1))

    assert world.issues()[0].status == "archived"


def test_an_archived_issue_still_comes_back_after_others_were_taken_out_of_it(world, ada):
    do(world, ada, 2, name="merge", into="WEB-1")
    world.archive(UntilEvents(2))
    do(world, ada, 1, name="unmerge", fingerprints=tuple(fingerprints_of(world, 1)[1:]))

    world.store(world.event("a"))
    before = world.issues()[0].status
    world.store(world.event("a"))

    assert (before, world.issues()[0].status) == ("archived", "unresolved")


def test_events_at_the_very_end_of_an_hour_are_counted_in_it_after_they_moved(world, ada):
    last_moment = world.now.replace(minute=59, second=59, microsecond=999_999)
    world.store(world.event("b", received_at=last_moment))
    do(world, ada, 2, name="merge", into="WEB-1")

    do(world, ada, 1, name="unmerge", fingerprints=tuple(fingerprints_of(world, 1)[1:]))

    with read(world.database) as session:
        hours = session.scalars(select(IssueHour.hour).join(Issue).where(Issue.number == 2)).all()
    assert hours == [hour_of(last_moment)]
