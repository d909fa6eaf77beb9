"""From firings to cards: which are opened, which stand already, and how long their threads live."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from tests.intake.world import World, make_world
from tests.support.acme import NOW
from tocsin.activities.models import Activity
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.issues.models import Issue
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import DeliveryId, IntegrationId, ParentNotificationId
from tocsin.notifications import redraw
from tocsin.notifications.after import ALERT_LIFETIME, REPEATS, after, find_standing_card, send_notification
from tocsin.notifications.models import ParentNotification
from tocsin.notifications.thread_life import THREAD_LIFE, THREADS_PER_CHANNEL, Thread, newest_in_each_channel
from tocsin.rules.evaluate import Fired
from tocsin.rules.models import Firing
from tocsin.rules.ready import active_rules
from tocsin.rules.repeat import Repeat
from tocsin.slack.threads import find_parents


@pytest.fixture
def world(database: Database) -> World:
    """One issue, whose card stands in the channel C1."""
    world = make_world(database)
    world.rule("C1")
    world.store(world.event("a"))
    with write(database) as session:
        for parent in world.parents():
            world.card_is_posted(session, parent)
    return world


def fire(world: World, **choices: object) -> list[ParentNotificationId]:
    """Let the project's rule fire for the issue, with other choices about repeats."""
    fired = [_fired(world, **choices)]
    with write(world.database) as session:
        issue = session.scalars(select(Issue).where(Issue.number == 1)).one()
        last = session.scalars(select(Activity.id).order_by(Activity.id.desc()).limit(1)).one()
        return after(session, issue, fired, told_by=last, opened_after=last, now=world.now)


def _fired(world: World, **choices: object) -> Fired:
    with write(world.database) as session:
        (rule,) = active_rules(session, [world.project_id])[world.project_id]
        issue = session.scalars(select(Issue).where(Issue.number == 1)).one()
        firing = Firing(
            rule_id=rule.id, rule_name=rule.name, issue_id=issue.id, project_id=world.project_id, fired_at=world.now
        )
        session.add(firing)
        session.flush()
    actions = tuple(structs.replace(action, **choices) for action in rule.actions)
    return Fired(firing.id, replace(rule, actions=actions), rule.conditions)


def repeats_of(world: World) -> dict:
    with read(world.database) as session:
        return session.scalars(select(Activity).order_by(Activity.id.desc()).limit(1)).one().data.get(REPEATS, {})


def test_a_firing_for_a_card_that_stands_is_a_repeat_of_the_rule(world: World) -> None:
    opened = fire(world)

    assert opened == []
    assert repeats_of(world) == {
        str(world.parents()[0].id): {"rule": "first seen or regressed → #ops", "repeat": "thread"}
    }


def test_a_rule_that_wants_a_new_card_each_time_gets_one_beside_the_other(world: World) -> None:
    fire(world, repeat=Repeat.NEW_CARD)
    fire(world, repeat=Repeat.NEW_CARD)

    assert [(parent.period, parent.sequence) for parent in world.parents()] == [(1, 1), (1, 2), (1, 3)]


def test_a_card_of_so_many_days_is_followed_by_another(world: World) -> None:
    world.passes(timedelta(days=6).total_seconds())
    before = fire(world, new_card_after=7)
    world.passes(timedelta(days=1).total_seconds())

    assert (before, len(fire(world, new_card_after=7))) == ([], 1)


@pytest.mark.parametrize("gone", ["deleted in Slack", "never sent"])
def test_where_the_card_is_gone_the_next_alert_opens_another(world: World, gone: str) -> None:
    with write(world.database) as session:
        parent = session.scalars(select(ParentNotification)).one()
        if gone == "deleted in Slack":
            redraw.message_gone(session, ParentNotification, parent.id, "message_not_found")
        else:
            session.get_one(Delivery, parent.card_delivery_id).state = DeliveryState.DEAD

    assert len(fire(world, new_card_after="never")) == 1


def test_a_card_is_opened_though_the_first_of_this_period_went_over_to_another_issue(world: World) -> None:
    world.store(world.event("b"))
    with write(world.database) as session:
        moved = session.scalars(select(ParentNotification).order_by(ParentNotification.id)).first()
        assert moved is not None
        moved.issue_id, moved.sequence = world.issues()[1].id, 2

    opened = fire(world)

    assert [card.sequence for card in world.parents() if card.id in opened] == [1]


def test_a_repeat_keeps_a_card_that_could_not_be_posted_yet_from_dying_of_its_age(world: World) -> None:
    with write(world.database) as session:
        session.scalars(select(Delivery)).one().state = DeliveryState.PARKED
    world.passes(50 * 60)

    fire(world)

    with read(world.database) as session:
        card = session.scalars(select(Delivery)).one()
    assert card.expires_at == world.now + ALERT_LIFETIME


def test_of_two_processes_that_fire_at_the_same_moment_one_opens_the_card(world: World) -> None:
    first, second = _fired(world), _fired(world)
    with write(world.database) as session:
        session.execute(update(Issue).values(period=2))
    opened: list[object] = []

    def alert() -> None:
        with write(world.database) as session:
            opened.append(open_card(session, second))

    other = threading.Thread(target=alert)
    with write(world.database) as session:
        opened.append(open_card(session, first))
        other.start()
        if not world.database.is_sqlite:
            # The other has counted the cards without this one, which nobody sees yet, and waits for the same number.
            wait_for_a_lock(world.database)
    other.join()

    cards = [parent.sequence for parent in world.parents() if parent.period == 2]
    is_second_refused = opened[1] is None
    assert (is_second_refused, cards) == ((False, [1, 2]) if world.database.is_sqlite else (True, [1]))


@pytest.mark.parametrize(("days", "is_told"), [(89.9, True), (90, False)])
def test_a_thread_lives_a_quarter_of_a_year_after_the_last_change_of_its_card(
    world: World, days: float, is_told: bool
) -> None:
    draw_now(world)
    world.passes(timedelta(days=days).total_seconds())

    world.resolve()

    assert bool(hearers(world)) is is_told


def test_a_thread_that_is_over_stays_over_though_the_card_is_still_drawn(world: World) -> None:
    draw_now(world)
    world.passes(THREAD_LIFE.total_seconds())
    world.resolve()

    draw_now(world)

    assert hearers(world) == []
    with read(world.database) as session:
        issue = session.scalars(select(Issue)).one()
        assert find_standing_card(session, issue, _fired(world).rule.actions[0], now=world.now) is None


def test_of_many_cards_in_one_channel_the_newest_are_answered() -> None:
    def card(number: int, channel: str) -> Thread:
        return Thread(ParentNotificationId(number), IntegrationId(1), channel, DeliveryId(number))

    newest_first = [card(6, "C1"), card(5, "C1"), card(4, "C2"), card(3, "C1"), card(2, "C1"), card(1, "C2")]

    kept = [parent.id for parent in newest_in_each_channel(newest_first)]

    assert (THREADS_PER_CHANNEL, kept) == (3, [1, 3, 4, 5, 6])


def hearers(world: World) -> list[int]:
    """The cards whose threads are told of the newest activity."""
    with read(world.database) as session:
        last = session.scalars(select(Activity).order_by(Activity.id.desc()).limit(1)).one()
        return [parent.id for parent in find_parents(session, last)]


def draw_now(world: World) -> None:
    with write(world.database) as session:
        parent = session.scalars(select(ParentNotification)).one()
        version = session.get_one(Issue, parent.issue_id).version
        drawing = redraw.begin_redraw(session, parent, version, now=world.now, lease=timedelta(seconds=30))
        assert drawing is not None
        redraw.drawn(session, drawing, now=world.now)


def open_card(session: Session, firing: Fired) -> object:
    issue = session.scalars(select(Issue)).one()
    opened_after = session.scalars(select(ParentNotification.opened_after).limit(1)).one()
    return send_notification(session, issue, firing, firing.rule.actions[0], opened_after=opened_after, now=NOW)


def wait_for_a_lock(database: Database) -> None:
    """Return once some transaction of this database waits for another (PostgreSQL)."""
    waiting = text(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE NOT granted AND datname = current_database()"
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with read(database) as session:
            if session.scalar(waiting):
                return
    raise AssertionError("nobody waits")
