"""One batch: events become issues, counts, history and planned cards."""

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from tests.intake.world import World
from tests.support.acme import NOW, make_person, system
from tocsin.activities.models import Activity
from tocsin.chat.models import Integration
from tocsin.deliveries.models import Delivery
from tocsin.deliveries.parking import unpark_workspace
from tocsin.deliveries.plan import DELIVERY
from tocsin.events.models import StoredEvent
from tocsin.intake.batch import store_batch
from tocsin.issues.ownership import set_assign_new_to
from tocsin.issues.triage import Assignee
from tocsin.kernel.db import read, write
from tocsin.kernel.work import Work
from tocsin.organizations.models import Project, Release
from tocsin.organizations.permit import Role


def test_events_with_one_fingerprint_are_one_issue(world: World) -> None:
    world.store(world.event("a"), world.event("b"), world.event("a"))

    assert [(issue.short_id, issue.title, issue.event_count) for issue in world.issues()] == [
        ("WEB-1", "Error a", 2),
        ("WEB-2", "Error b", 1),
    ]


def test_an_issue_shows_what_its_newest_event_said(world: World) -> None:
    world.store(world.event("a", value="old"))
    world.passes(5)

    world.store(world.event("a", value="newer"), world.event("a", value="newest"))

    (issue,) = world.issues()
    assert (issue.value, issue.first_seen, issue.last_seen) == ("newest", NOW, world.now)


def test_the_same_event_in_a_later_batch_changes_nothing(world: World) -> None:
    event = world.event()
    world.store(event)

    new = world.store(event)

    assert (new, [issue.event_count for issue in world.issues()]) == (0, [1])


def test_the_same_id_twice_in_one_batch_is_one_event(world: World) -> None:
    event = world.event()

    assert (world.store(event, replace(event, value="again")), world.issues()[0].event_count) == (1, 1)


def test_every_event_points_to_its_issue_and_the_issue_to_its_newest_event(world: World) -> None:
    world.store(world.event("a"), world.event("b"), world.event("a"))

    with read(world.database) as session:
        rows = session.execute(select(StoredEvent.id, StoredEvent.issue_id)).all()
    newest = {issue_id: max(row_id for row_id, owner in rows if owner == issue_id) for _, issue_id in rows}
    assert {issue.id: issue.last_event_id for issue in world.issues()} == newest


def test_a_new_issue_opens_one_card_in_each_channel_of_its_rules(world: World) -> None:
    world.rule("C1")
    world.rule("C2")

    world.store(world.event("a"), world.event("a"))
    world.store(world.event("a"))

    assert sorted(parent.channel for parent in world.parents()) == ["C1", "C2"]


def test_an_alert_waits_parked_while_its_workspace_takes_nothing_and_goes_on_when_it_does(world: World) -> None:
    world.rule("C1")
    notes: list[Work] = []
    world.database.runner = notes.extend
    with write(world.database) as session:
        session.get_one(Integration, world.integration_id).is_active = False

    world.store(world.event("a"))

    with read(world.database) as session:
        waiting = session.scalars(select(Delivery)).one()
        assert (waiting.state, waiting.reason) == ("parked", "disabled: the workspace must be connected again")
        assert [note.kind for note in notes if note.kind == DELIVERY] == []
    with write(world.database) as session:
        session.get_one(Integration, world.integration_id).is_active = True
        unpark_workspace(session, world.integration_id)
    assert [note for note in notes if note.kind == DELIVERY] == [Work(DELIVERY, waiting.id)]


def test_a_rule_of_regressions_says_nothing_of_new_issues(world: World) -> None:
    world.rule("C1", when=["regressed"])

    world.store(world.event("a"))

    assert world.parents() == []


def test_an_event_brings_a_resolved_issue_back_with_a_card_of_its_own(world: World) -> None:
    world.rule("C1")
    world.store(world.event("a"))
    world.resolve()

    world.store(world.event("a", release="shop@2"))

    (issue,) = world.issues()
    assert (issue.status, issue.substatus, issue.period) == ("unresolved", "regressed", 2)
    assert [parent.period for parent in world.parents()] == [1, 2]


def test_the_regression_is_told_only_in_threads_that_stood_before_it(world: World) -> None:
    world.rule("C1")
    world.store(world.event("a"))
    world.resolve()
    world.store(world.event("a"))

    with read(world.database) as session:
        regressed = session.scalars(select(Activity.id).where(Activity.type == "regressed")).one()

    assert [parent.opened_after < regressed for parent in world.parents()] == [True, False]


def test_only_the_first_event_after_a_resolve_is_a_regression(world: World) -> None:
    world.store(world.event("a"))
    world.resolve()

    world.store(world.event("a"), world.event("a"))
    world.store(world.event("a"))

    with read(world.database) as session:
        assert len(session.scalars(select(Activity.id).where(Activity.type == "regressed")).all()) == 1


def test_each_project_numbers_its_own_issues(world: World) -> None:
    world.store(world.event("a"), world.event("b"))
    world.store(world.event("c"))

    assert [issue.number for issue in world.issues()] == [1, 2, 3]


def test_a_batch_that_was_rolled_back_leaves_no_name_behind_in_memory(world: World) -> None:
    with pytest.raises(ZeroDivisionError), write(world.database) as session:
        store_batch(session, [world.event(release="shop@9")], world.names, now=world.now)
        raise ZeroDivisionError

    world.store(world.event(release="shop@9"))

    with read(world.database) as session:
        assert session.scalars(select(Release.version)).all() == ["shop@9"]


def test_what_a_batch_made_in_vain_is_not_taken_for_made_by_a_later_one_of_repeats(world: World) -> None:
    known = world.event()
    world.store(known)
    with pytest.raises(ZeroDivisionError), write(world.database) as session:
        store_batch(session, [world.event(release="shop@9")], world.names, now=world.now)
        raise ZeroDivisionError
    world.store(known)

    world.store(world.event(release="shop@10"), world.event(release="shop@9"))

    with read(world.database) as session:
        of_events = select(Release.version).join(StoredEvent, StoredEvent.release_id == Release.id)
        assert session.scalars(of_events.order_by(StoredEvent.id)).all() == ["shop@1", "shop@10", "shop@9"]


def test_an_issue_that_is_given_to_somebody_as_it_opens_is_changed_once_more(world: World) -> None:
    ada = make_person(world.database, world.organization_id, "Ada", Role.OWNER)
    with write(world.database) as session:
        project = session.get_one(Project, world.project_id)
        set_assign_new_to(session, system(world.organization_id), project, Assignee(user_id=ada), now=NOW)

    world.store(world.event("a"), world.event("a"))

    (issue,) = world.issues()
    assert (issue.assignee_user_id, issue.event_count, issue.title) == (ada, 2, "Error a")
    assert (issue.version, issue.urgent_version) == (3, 3)  # opened, counted, given
