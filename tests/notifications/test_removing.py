"""What belonged to deleted issues and projects goes: all of it, a little at a time, and nothing else."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update

from tests.intake.world import World, make_world
from tests.support.acme import NOW, make_person, system
from tocsin.activities.models import Activity, ActivityType
from tocsin.deliveries.lease import Held, take
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.plan import COMMENT, EDIT, REMOVAL, REPLY, Plan, plan_delivery
from tocsin.deliveries.recovery import TOO_OLD
from tocsin.events.models import StoredEvent
from tocsin.issues.act import IssueAction, act
from tocsin.issues.evicting import ROWS_AT_MOST
from tocsin.issues.models import Issue, IssueFingerprint, IssueHour, IssueTag, IssueTick, IssueUser
from tocsin.kernel.clock import to_milliseconds
from tocsin.kernel.db import Base, Database, read, write
from tocsin.kernel.errors import ConflictError
from tocsin.kernel.ids import UserId
from tocsin.notifications.again import send_again
from tocsin.notifications.removing import CALLED_OFF, is_some_left, remove_deleted
from tocsin.organizations.create import create_project
from tocsin.organizations.deleting import delete_project
from tocsin.organizations.models import Environment, Project, ProjectKey, Release
from tocsin.organizations.permit import Role, Source, Via
from tocsin.rules.models import Firing, LastFiring, Rule

OF_AN_ISSUE = (StoredEvent, IssueFingerprint, IssueHour, IssueTag, IssueTick, IssueUser, LastFiring)


@pytest.fixture
def world(database: Database) -> World:
    """WEB-1 with 60 events of 60 users, WEB-2 with one of each; rules count in both."""
    world = make_world(database)
    world.rule(when=["first_seen"])
    world.rule(when=["seen_more_than:100:1h"], interval_minutes=60, channel="C2")
    tagged = {"tags": (("browser", "Firefox"),)}
    world.store(*(world.event("a", user_key=number, **tagged) for number in range(60)))
    world.store(world.event("b", user_key=1, **tagged))
    world.rule(when=["seen_more_than:1:1h"], interval_minutes=60, channel="C3")
    world.store(world.event("a"), world.event("b"))
    everything_is_announced(world)
    return world


@pytest.fixture
def olga(world: World) -> UserId:
    return make_person(world.database, world.organization_id, "Olga", Role.OWNER)


def everything_is_announced(world: World) -> None:
    with write(world.database) as session:
        session.execute(update(Activity).values(announced_at=world.now))


def delete_issue(world: World, olga: UserId, number: int = 1) -> None:
    with write(world.database) as session:
        issue_id = session.scalars(select(Issue.id).where(Issue.number == number)).one()
        action, page = IssueAction("delete"), Source(Via.PAGE)
        act(session, user_id=olga, source=page, issue_id=issue_id, action=action, now=world.now)


def delete_web(world: World) -> None:
    with write(world.database) as session:
        project = session.get_one(Project, world.project_id)
        delete_project(session, system(world.organization_id), project, "web", now=world.now)


def run(world: World, *, stop: Callable[[threading.Event], None] = lambda _: None) -> None:
    with write(world.database) as session:
        held = take(session, "remove_deleted:all", now=to_milliseconds(world.now), seconds=30)
    assert isinstance(held, Held), "nobody else removes anything"
    stopping = threading.Event()
    stop(stopping)
    remove_deleted(world.database, held, clock=lambda: world.now, lease_seconds=30, stop=stopping)


def counts(world: World, *tables: type[Base]) -> list[int]:
    with read(world.database) as session:
        return [session.scalars(select(func.count()).select_from(table)).one() for table in tables]


def test_all_rows_of_the_issue_go_and_those_of_another_stay(world, olga):
    delete_issue(world, olga)
    everything_is_announced(world)

    run(world)

    gone, kept = world.issues()
    assert counts(world, StoredEvent, IssueFingerprint, IssueHour, IssueTick, IssueUser) == [2, 1, 1, 1, 1]
    assert (gone.removed_at, kept.removed_at, kept.event_count) == (world.now, None, 2)
    with read(world.database) as session:
        for table in OF_AN_ISSUE:
            assert set(session.scalars(select(table.issue_id))) == {kept.id}, table
        assert not is_some_left(session)


def test_of_its_history_the_last_word_stays_and_a_card_keeps_its_firing(world, olga):
    delete_issue(world, olga)
    everything_is_announced(world)

    run(world)

    cards = {card.firing_id for card in world.parents()}
    with read(world.database) as session:
        firings = set(session.scalars(select(Firing.id).where(Firing.issue_id == world.issues()[0].id)))
    assert [each.type for each in world.history(1)] == [ActivityType.DELETED]
    assert firings
    assert firings <= cards


def test_no_transaction_deletes_more_than_some_rows(world, olga):
    world.store(*(world.event("a") for _ in range(3 * ROWS_AT_MOST)))
    delete_issue(world, olga)
    everything_is_announced(world)
    deleted = [0]

    def count_rows(_connection, cursor, statement, *_rest) -> None:
        if statement.startswith("DELETE"):
            deleted[-1] += cursor.rowcount

    event.listen(world.database.writer, "after_cursor_execute", count_rows)
    event.listen(world.database.writer, "commit", lambda _connection: deleted.append(0))
    run(world)

    assert sum(deleted) > 3 * ROWS_AT_MOST
    assert max(deleted) <= ROWS_AT_MOST


def test_what_was_not_announced_yet_is_waited_for(world, olga):
    delete_issue(world, olga)

    run(world)
    before = world.issues()[0].removed_at
    everything_is_announced(world)
    run(world)

    assert (before, world.issues()[0].removed_at) == (None, world.now)


def test_who_is_stopped_leaves_the_rest_to_the_next_run(world, olga):
    delete_issue(world, olga)
    everything_is_announced(world)

    run(world, stop=threading.Event.set)
    before = counts(world, StoredEvent)
    run(world)

    assert (before, counts(world, StoredEvent)) == ([63], [2])


def test_what_waits_is_called_off_but_not_what_may_stand_or_takes_a_comment_back(world, olga):
    delete_issue(world, olga)
    last_word = world.history(1)[-1].id
    [card, *_] = world.parents()
    with write(world.database) as session:
        session.execute(update(Delivery).values(state=DeliveryState.SENT))
        for key, kind in ((f"reply:{last_word}:1", REPLY), ("reply:1:1", REPLY), ("c", COMMENT), ("r", REMOVAL)):
            plan_delivery(session, plan(world, card.card_delivery_id, key, kind), now=world.now)
        for key, may_stand in (("reply:2:1", True), ("refused", False)):
            tried = plan_delivery(session, plan(world, card.card_delivery_id, key, REPLY), now=world.now)
            fate = {"first_dispatch_at": world.now, "was_uncertain": may_stand}
            session.execute(update(Delivery).where(Delivery.id == tried).values(**fate))

    run(world)

    with read(world.database) as session:
        rows = session.execute(
            select(Delivery.natural_key, Delivery.reason).where(Delivery.state == DeliveryState.DEAD)
        )
    assert dict(rows.all()) == dict.fromkeys(("reply:1:1", "c", "refused"), CALLED_OFF)


def test_what_was_called_off_keeps_no_words_and_is_not_sent_again(world, olga):
    [card, *_] = world.parents()
    with write(world.database) as session:
        session.execute(update(Delivery).values(state=DeliveryState.SENT))
        waiting = plan_delivery(session, plan(world, card.card_delivery_id, "c", COMMENT), now=world.now)
        late = plan_delivery(session, plan(world, card.card_delivery_id, "late", COMMENT), now=world.now)
        session.execute(update(Delivery).where(Delivery.id == late).values(state=DeliveryState.DEAD, reason=TOO_OLD))
    delete_issue(world, olga)
    everything_is_announced(world)

    run(world)

    with write(world.database) as session:
        assert [session.get_one(Delivery, each).body for each in (waiting, late)] == [{}, {}]
        with pytest.raises(ConflictError, match="Its issue was deleted"):
            send_again(session, system(world.organization_id), late, now=world.now)


def test_deliveries_of_other_issues_are_not_even_read(sqlite_database_url: str):
    plans: list[str] = []

    def explain(connection, _cursor, statement, parameters, *_rest) -> None:
        if "deliveries" in statement and statement.startswith(("SELECT", "UPDATE")):
            told = connection.connection.dbapi_connection.cursor().execute(
                f"EXPLAIN QUERY PLAN {statement}", parameters
            )
            plans.extend(row[3] for row in told if "deliveries" in row[3])

    database = Database.open(sqlite_database_url)
    world = make_world(database)
    world.rule(when=["first_seen"])
    world.store(world.event("a"))
    delete_issue(world, make_person(world.database, world.organization_id, "Olga", Role.OWNER))
    everything_is_announced(world)
    event.listen(world.database.writer, "before_cursor_execute", explain)
    run(world)
    database.close()

    assert plans
    assert [each for each in plans if "PRIMARY KEY" not in each and "ix_deliveries_follows_id" not in each] == []


def test_of_what_its_threads_said_nothing_is_kept_but_that_it_was_said(world, olga):
    [card, *_] = world.parents()
    with write(world.database) as session:
        for key, looked_for in (("c1", None), ("c2", world.now)):
            said = plan_delivery(session, plan(world, card.card_delivery_id, key, COMMENT), now=world.now)
            session.execute(update(Delivery).where(Delivery.id == said).values(sweep_at=looked_for))
        session.execute(update(Delivery).values(state=DeliveryState.SENT, frozen="said"))
    delete_issue(world, olga)
    everything_is_announced(world)

    run(world)

    assert keys_with_words(world) == {"c2", *keys_of_issue(world, 2)}


@pytest.mark.parametrize(
    ("waiting", "settled"),
    [
        ({"state": "sent", "sweep_at": NOW}, {"sweep_at": None}),
        ({"state": "sending"}, {"state": "sent"}),
        ({"state": "uncertain", "was_uncertain": True}, {"state": "dead"}),
        ({"state": "parked", "was_uncertain": True}, {"state": "dead"}),
        ({"state": "parked", "kind": EDIT}, {"state": "dead"}),
    ],
)
def test_what_was_not_settled_yet_loses_its_words_as_soon_as_it_is(world, olga, waiting, settled):
    [card, *_] = world.parents()
    with write(world.database) as session:
        session.execute(update(Delivery).values(state=DeliveryState.SENT))
        said = plan_delivery(session, plan(world, card.card_delivery_id, "c", COMMENT), now=world.now)
        session.execute(update(Delivery).where(Delivery.id == said).values(frozen="said", **waiting))
    delete_issue(world, olga)
    everything_is_announced(world)
    run(world)
    before = (keys_with_words(world) - keys_of_issue(world, 2), world.issues()[0].removed_at)

    with write(world.database) as session:
        session.execute(update(Delivery).where(Delivery.id == said).values(**settled))
    run(world)

    after = (keys_with_words(world) - keys_of_issue(world, 2), world.issues()[0].removed_at)
    assert (before, after) == (({"c"}, None), (set(), world.now))


@pytest.mark.parametrize("kind", [REMOVAL, REPLY])
def test_what_only_takes_words_back_or_tells_of_the_end_is_not_waited_for(world, olga, kind):
    [card, *_] = world.parents()
    delete_issue(world, olga)
    everything_is_announced(world)
    key = f"reply:{world.history(1)[-1].id}:1" if kind == REPLY else "r"
    with write(world.database) as session:
        session.execute(update(Delivery).values(state=DeliveryState.SENT))
        said = plan_delivery(session, plan(world, card.card_delivery_id, key, kind), now=world.now)
        session.execute(update(Delivery).where(Delivery.id == said).values(state=DeliveryState.PARKED))

    run(world)

    assert (keys_with_words(world) - keys_of_issue(world, 2), world.issues()[0].removed_at) == ({key}, world.now)


def keys_with_words(world: World) -> set[str]:
    with read(world.database) as session:
        return {each.natural_key for each in session.scalars(select(Delivery)) if each.frozen or each.body}


def keys_of_issue(world: World, number: int) -> set[str]:
    """The natural keys of the issue's cards."""
    issue_id = world.issues()[number - 1].id
    cards = [card.card_delivery_id for card in world.parents() if card.issue_id == issue_id]
    with read(world.database) as session:
        return set(session.scalars(select(Delivery.natural_key).where(Delivery.id.in_(cards))))


def test_a_card_that_does_not_stand_yet_is_not_posted_any_more(world, olga):
    delete_issue(world, olga)

    run(world)

    with read(world.database) as session:
        of_card = {card.card_delivery_id: card.issue_id for card in world.parents()}
        states = {(of_card[row.id], row.state) for row in session.scalars(select(Delivery)) if row.id in of_card}
    first, second = (issue.id for issue in world.issues())
    assert states == {(first, DeliveryState.DEAD), (second, DeliveryState.PENDING)}


def test_a_deleted_project_takes_its_issues_rules_and_releases_along_and_leaves_another_alone(world):
    with write(world.database) as session:
        other = create_project(session, system(world.organization_id), "shop", now=world.now).id
    world.store(world.event("c", project_id=other))
    delete_web(world)

    run(world)
    everything_is_announced(world)
    world.passes(timedelta(minutes=2).total_seconds())
    run(world)
    run(world)

    with read(world.database) as session:
        project = session.get_one(Project, world.project_id)
        assert (project.removed_at, is_some_left(session)) == (world.now, False)
        assert set(session.scalars(select(StoredEvent.project_id))) == {other}
        assert set(session.scalars(select(Release.project_id))) == {other}
        assert set(session.scalars(select(Environment.project_id))) == {other}
    assert counts(world, Rule) == [0]
    assert [each.deleted_at is None for each in sorted(world.issues(), key=lambda issue: issue.id)] == [
        False,
        False,
        True,
    ]


def test_what_comes_in_late_for_a_deleted_project_goes_too_and_no_rule_speaks(world):
    delete_web(world)
    run(world)
    cards = len(world.parents())

    world.store(world.event("late"))
    run(world)

    assert world.issues()[-1].deleted_at is not None
    assert len(world.parents()) == cards


def test_the_keys_of_a_deleted_project_are_switched_off_at_once(world):
    delete_web(world)

    with read(world.database) as session:
        assert set(session.scalars(select(ProjectKey.is_active))) == {False}


def plan(world: World, card: int, key: str, kind: str) -> Plan:
    return Plan(
        natural_key=key,
        kind=kind,
        integration_id=world.integration_id,
        channel="C1",
        body={"text": "said"},
        follows_id=card,  # pyrefly: ignore -- an id of a row
    )
