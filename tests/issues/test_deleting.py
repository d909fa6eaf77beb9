"""Deleting an issue: gone at once for whoever looks, a name for whoever has a link, and nothing wakes it."""

import pytest
from sqlalchemy import select

from tests.intake.world import World, make_world
from tests.support.acme import make_person, system
from tocsin.activities.models import Activity, ActivityType
from tocsin.events.models import StoredEvent
from tocsin.issues.act import IssueAction, act
from tocsin.issues.comments import edit_comment, remove_comment
from tocsin.issues.errors import IssueDeletedError
from tocsin.issues.evicting import evict_events
from tocsin.issues.models import Issue
from tocsin.issues.queries import count_unresolved, find_issue
from tocsin.issues.retention import count_stored
from tocsin.issues.search import Order, list_page, understand
from tocsin.issues.search_fields import Asker
from tocsin.issues.shipping import set_commits
from tocsin.issues.similar import list_similar
from tocsin.issues.undo import look, offer_undo, undo
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import UserId
from tocsin.members.errors import NotAllowedError
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.deleting import delete_project
from tocsin.organizations.models import Project, Release
from tocsin.organizations.permit import Role, Source, Via
from tocsin.organizations.releases import CommitFacts


@pytest.fixture
def world(database: Database) -> World:
    """WEB-1 with two events, WEB-2 with one."""
    world = make_world(database)
    world.store(world.event("a", user_key=1), world.event("a"), world.event("b"))
    return world


@pytest.fixture
def adam(world: World) -> UserId:
    return make_person(world.database, world.organization_id, "Adam", Role.ADMIN)


def do(world: World, user_id: UserId, number: int, name: str, **needs: str) -> Activity:
    with write(world.database) as session:
        issue_id = session.scalars(select(Issue.id).where(Issue.number == number)).one()
        action = IssueAction(name, **needs)  # pyrefly: ignore -- each test names its own fields
        return act(session, user_id=user_id, source=Source(Via.PAGE), issue_id=issue_id, action=action, now=world.now)


def listed(world: World, user_id: UserId) -> list[str]:
    with read(world.database) as session:
        asker = Asker(session, world.organization_id, user_id, session.scalars(select(Project)).all(), world.now)
        return [
            each.short_id for each in list_page(session, understand(asker, ""), order=Order.LAST_SEEN, limit=9).lines
        ]


def test_a_deleted_issue_is_in_no_list_and_counts_nowhere(world, adam):
    do(world, adam, 1, "delete")

    with read(world.database) as session:
        other = world.issues()[1]
        assert listed(world, adam) == ["WEB-2"]
        assert count_unresolved(session, [world.project_id]) == {world.project_id: 1}
        assert list_similar(session, other.id, world.project_id, other) == []


def test_what_it_said_is_gone_and_the_audit_log_keeps_what_it_was_called(world, adam):
    do(world, adam, 1, "delete")

    issue = world.issues()[0]
    with read(world.database) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.event == AuditEvent.ISSUE_DELETE)).one()
    assert (issue.title, issue.value, issue.culprit, issue.event_count, issue.user_count) == ("", "", "", 0, 0)
    assert (entry.actor_label, entry.target) == ("Adam", f"issue:{issue.id}")
    assert entry.data == {"issue": "WEB-1", "title": "Error a", "events": 2}


def test_the_next_event_like_its_own_opens_another_issue(world, adam):
    do(world, adam, 1, "delete")

    world.store(world.event("a"))

    assert [(each.short_id, each.event_count) for each in world.issues()] == [("WEB-1", 0), ("WEB-2", 1), ("WEB-3", 1)]
    assert listed(world, adam) == ["WEB-3", "WEB-2"]


@pytest.mark.parametrize("name", ["resolve", "reopen", "assign_me", "delete"])
def test_whatever_is_done_to_it_later_is_refused_with_who_deleted_it(world, adam, name):
    do(world, adam, 1, "delete")

    with pytest.raises(IssueDeletedError, match=r"WEB-1 was deleted by Adam on 2 March 2026\."):
        do(world, adam, 1, name)


def test_nothing_is_merged_into_it(world, adam):
    do(world, adam, 1, "delete")

    with pytest.raises(IssueDeletedError):
        do(world, adam, 2, "merge", into="WEB-1")

    assert world.issues()[1].merged_into_id is None


def test_what_was_merged_into_it_goes_with_it(world, adam):
    do(world, adam, 2, "merge", into="WEB-1")

    do(world, adam, 1, "delete")
    world.store(world.event("b"))

    assert [each.title for each in world.issues()] == ["", "", "Error b"]


def test_a_commit_that_names_it_brings_nothing_back(world, adam):
    do(world, adam, 1, "delete")

    with write(world.database) as session:
        release = session.scalars(select(Release)).one()
        commits = [CommitFacts("8f3a2c1d0e9b8a7f6e5d4c3b2a19081726354453", "Fixes WEB-1", "Ada")]
        set_commits(session, system(world.organization_id), release, commits, now=world.now)

    assert world.history()[-1].type == ActivityType.DELETED


def test_who_wants_to_undo_what_they_did_before_is_told_who_deleted_it(world, adam):
    before: dict[str, object] = {}
    with write(world.database) as session:
        issue = world.issues()[0]
        page = Source(Via.PAGE)
        done = act(
            session,
            user_id=adam,
            source=page,
            issue_id=issue.id,
            action=IssueAction("resolve"),
            now=world.now,
            show=lambda shown: before.update(look(shown)),
        )
        key = offer_undo(session, done, before, now=world.now)
    do(world, adam, 1, "delete")

    with pytest.raises(IssueDeletedError, match="WEB-1 was deleted by Adam"), write(world.database) as session:
        undo(session, str(key), user_id=adam, source=Source(Via.PAGE), now=world.now)


@pytest.mark.parametrize("change", ["edit", "remove"])
def test_a_comment_on_it_is_not_changed_any_more(world, adam, change):
    said = do(world, adam, 1, "comment", text="It is the cache")
    do(world, adam, 1, "delete")

    with pytest.raises(IssueDeletedError), write(world.database) as session:
        if change == "edit":
            edit_comment(session, said.id, "No", user_id=adam, source=Source(Via.PAGE), now=world.now)
        else:
            remove_comment(session, said.id, user_id=adam, source=Source(Via.PAGE), now=world.now)


def test_retention_that_comes_late_counts_nothing_of_it(world, adam):
    do(world, adam, 1, "delete")

    with write(world.database) as session:
        events = session.scalars(select(StoredEvent.id).where(StoredEvent.issue_id == world.issues()[0].id)).all()
        evict_events(session, world.issues()[0].id, events)

    with read(world.database) as session:
        assert count_stored(session, world.project_id) == 1


def test_a_name_that_a_new_project_has_again_leads_there_before_the_old_issues_are_deleted(world):
    with write(world.database) as session:
        delete_project(
            session, system(world.organization_id), session.get_one(Project, world.project_id), "web", now=world.now
        )
    assert world.issues()[0].deleted_at is None

    with read(world.database) as session:
        assert find_issue(session, world.organization_id, "WEB-1") is None


def test_a_member_deletes_nothing_and_is_told_which_role_does(world):
    make_person(world.database, world.organization_id, "Olga", Role.OWNER)
    ada = make_person(world.database, world.organization_id, "Ada", Role.MEMBER)

    with pytest.raises(NotAllowedError, match="To delete issues you need the role admin"):
        do(world, ada, 1, "delete")

    assert world.issues()[0].deleted_at is None


def test_of_two_issues_of_one_name_the_one_that_lives_is_found(world):
    with write(world.database) as session:
        old = session.get_one(Project, world.project_id)
        delete_project(session, system(world.organization_id), old, "web", now=world.now)
        do_over = Project(organization_id=world.organization_id, slug="web", name="Web", created_at=world.now)
        session.add(do_over)
        session.flush()
        project_id = do_over.id
    world.store(world.event("a", project_id=project_id))
    with write(world.database) as session:
        session.get_one(Issue, 1).deleted_at = world.now

    with read(world.database) as session:
        found = find_issue(session, world.organization_id, "WEB-1")

    assert found is not None
    assert found.project_id == project_id
