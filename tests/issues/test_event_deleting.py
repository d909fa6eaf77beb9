"""Deleting one event: what it held is gone, and everything else of its issue stays as it was."""

import pytest
from sqlalchemy import func, select

from tests.intake.world import World, make_world
from tests.support.acme import make_person, system
from tocsin.events.models import StoredEvent
from tocsin.issues.deleting import delete_issue
from tocsin.issues.errors import EventNotFoundError, IssueDeletedError, IssueNotFoundError
from tocsin.issues.event_deleting import delete_event
from tocsin.issues.event_queries import find_event_of_project, find_first_and_last, find_neighbours
from tocsin.issues.merging import merge, unmerge
from tocsin.issues.models import Issue, IssueFingerprint, IssueHour, IssueTag
from tocsin.issues.retention import Stored, describe_stored
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import UserId
from tocsin.members.errors import NotAllowedError
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Role, Source, Via


@pytest.fixture
def world(database: Database) -> World:
    """WEB-1 with three events, a minute apart, and WEB-2 with one; ids are 1 to 4."""
    world = make_world(database)
    for kind in ("a", "a", "a", "b"):
        world.store(world.event(kind))
        world.passes(60)
    return world


@pytest.fixture
def adam(world: World) -> UserId:
    return make_person(world.database, world.organization_id, "Adam", Role.ADMIN)


def delete(world: World, user_id: UserId, event: int, *, number: int = 1) -> int:
    """Delete the event of that id as of that issue; gives the number of the issue that had it."""
    with write(world.database) as session:
        issue = session.scalars(select(Issue).where(Issue.number == number)).one()
        had = delete_event(session, issue, f"{event:032x}", user_id=user_id, source=Source(Via.PAGE), now=world.now)
        return session.get_one(Issue, had).number


def stored(world: World, number: int = 1) -> list[int]:
    """The ids of the events that the issue has, oldest first."""
    with read(world.database) as session:
        own = select(StoredEvent.event_id).join(Issue, Issue.id == StoredEvent.issue_id).where(Issue.number == number)
        return [int.from_bytes(each) for each in session.scalars(own.order_by(StoredEvent.id))]


def rows(world: World, issue: Issue) -> dict[int, int]:
    """The row of each event of the issue, by the event's id."""
    with read(world.database) as session:
        found = session.execute(select(StoredEvent.event_id, StoredEvent.id).where(StoredEvent.issue_id == issue.id))
        return {int.from_bytes(event_id): row_id for event_id, row_id in found}


def move(world: World, number: int, *, into: str) -> None:
    with write(world.database) as session:
        issue = session.scalars(select(Issue).where(Issue.number == number)).one()
        merge(session, issue, system(world.organization_id), into, now=world.now)


def test_its_row_goes_and_counts_and_tags_stay(world, adam):
    with read(world.database) as session:
        tags = session.execute(select(IssueTag.name, IssueTag.value, IssueTag.events)).all()

    delete(world, adam, 2)

    issue = world.issues()[0]
    with read(world.database) as session:
        hours = session.scalar(select(func.sum(IssueHour.events)).where(IssueHour.issue_id == issue.id))
        assert session.execute(select(IssueTag.name, IssueTag.value, IssueTag.events)).all() == tags
        assert describe_stored(session, world.project_id) == Stored(3, 1, issue.first_seen)
    assert (stored(world), issue.event_count, hours, issue.title, issue.value) == ([1, 3], 3, 3, "Error a", "value 3")


def test_the_audit_log_has_who_deleted_which_event_and_nothing_that_it_said(world, adam):
    delete(world, adam, 2)

    with read(world.database) as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.event == AuditEvent.EVENT_DELETE))
    assert (entry.actor_label, entry.target, entry.data) == ("Adam", f"event:{2:032x}", {"issue": "WEB-1"})


def test_its_neighbours_are_neighbours_then(world, adam):
    delete(world, adam, 2)

    with read(world.database) as session:
        last = find_event_of_project(session, world.project_id, f"{3:032x}")
        assert last is not None
        around = find_neighbours(session, last)
    first = f"{1:032x}"
    assert (around.first, around.previous, around.following, around.last) == (first, first, None, f"{3:032x}")


def test_without_its_first_event_an_issue_is_as_old_as_it_was(world, adam):
    before = world.issues()[0].first_seen

    delete(world, adam, 1)

    issue = world.issues()[0]
    with read(world.database) as session:
        ends = find_first_and_last(session, issue.id)
    assert ends is not None
    assert issue.first_seen == before < ends[0].at


def test_after_the_newest_event_cards_show_the_one_before_at_once(world, adam):
    before = world.issues()[0]

    delete(world, adam, 3)

    issue = world.issues()[0]
    assert issue.last_event_id == rows(world, issue)[2]
    assert issue.urgent_version == issue.version == before.version + 1
    assert issue.last_seen == before.last_seen


def test_an_older_event_is_on_no_card_and_none_is_redrawn(world, adam):
    before = world.issues()[0]

    delete(world, adam, 1)

    issue = world.issues()[0]
    assert (issue.version, issue.last_event_id) == (before.version, before.last_event_id)


def test_an_issue_whose_last_event_is_gone_goes_on_with_the_next_one(world, adam):
    delete(world, adam, 4, number=2)
    assert world.issues()[1].last_event_id is None

    world.store(world.event("b"))

    issue = world.issues()[1]
    assert (issue.event_count, issue.last_event_id) == (2, rows(world, issue)[5])


@pytest.mark.parametrize(("number", "into"), [(1, "WEB-2"), (2, "WEB-1")])
def test_an_issue_that_was_merged_without_events_shows_those_of_the_other(world, adam, number, into):
    delete(world, adam, 4, number=2)

    move(world, number, into=into)

    survivor = next(issue for issue in world.issues() if issue.short_id == into)
    assert survivor.last_event_id == rows(world, survivor)[3]
    assert (survivor.event_count, survivor.last_seen) == (4, max(issue.last_seen for issue in world.issues()))


def test_a_merged_event_is_deleted_where_it_is_and_its_count_goes_back_with_the_merge(world, adam):
    move(world, 2, into="WEB-1")

    had = delete(world, adam, 4, number=2)

    assert (had, stored(world)) == (1, [1, 2, 3])
    with write(world.database) as session:
        issue = session.scalars(select(Issue).where(Issue.number == 1)).one()
        (other,) = session.scalars(select(IssueFingerprint.hash).where(IssueFingerprint.merged_from_id.is_not(None)))
        unmerge(session, issue, system(world.organization_id), [other], now=world.now)
    assert [(each.event_count, each.retired_events) for each in world.issues()] == [(3, 0), (1, 1)]


def test_what_is_not_there_or_not_any_more_is_not_found(world, adam):
    delete(world, adam, 2)

    for event in (2, 99):
        with pytest.raises(EventNotFoundError):
            delete(world, adam, event)

    assert world.issues()[0].retired_events == 1


def test_an_event_went_with_its_deleted_issue(world, adam):
    with write(world.database) as session:
        issue = session.scalars(select(Issue).where(Issue.number == 1)).one()
        delete_issue(session, issue, system(world.organization_id), now=world.now)

    with pytest.raises(IssueDeletedError, match="WEB-1 was deleted"):
        delete(world, adam, 2)


def test_a_member_may_not_and_who_does_not_see_the_project_finds_nothing(world):
    ben = make_person(world.database, world.organization_id, "Ben")
    with pytest.raises(NotAllowedError, match="the role admin"):
        delete(world, ben, 2)

    with write(world.database) as session:
        session.get_one(Project, world.project_id).is_open = False
    with pytest.raises(IssueNotFoundError):
        delete(world, ben, 2)

    assert stored(world) == [1, 2, 3]
