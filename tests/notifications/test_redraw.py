"""Which cards are due for redrawing, and what is known of each drawing."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.intake.world import World, make_world
from tocsin.issues.models import Issue
from tocsin.kernel.db import Database, read, write
from tocsin.notifications import redraw
from tocsin.notifications.models import ParentNotification

LEASE = timedelta(seconds=30)


@pytest.fixture
def world(database: Database) -> World:
    """Two issues, each with a posted card that shows its present version."""
    world = make_world(database)
    world.rule("C1")
    world.store(world.event("a"), world.event("b"))
    with write(database) as session:
        for parent in world.parents():
            world.card_is_posted(session, parent)
            issue = session.get_one(Issue, parent.issue_id)
            shows = {"drawn_version": issue.version, "drawn_at": world.now}
            session.execute(update(ParentNotification).where(ParentNotification.id == parent.id).values(shows))
    return world


def find_due(world: World) -> int | None:
    """The number of the issue whose card is due next."""
    with write(world.database) as session:
        due = redraw.find_next_redraw(session, world.integration_id, "C1", now=world.now)
        if due is None:
            return None
        return session.get_one(Issue, session.get_one(ParentNotification, due.id).issue_id).number


def begin(world: World) -> redraw.Drawing:
    with write(world.database) as session:
        due = redraw.find_next_redraw(session, world.integration_id, "C1", now=world.now)
        assert due is not None
        parent = session.get_one(ParentNotification, due.id)
        version = session.get_one(Issue, parent.issue_id).version
        drawing = redraw.begin_redraw(session, parent, version, now=world.now, lease=LEASE)
        assert drawing is not None
        return drawing


def test_a_card_that_shows_the_present_is_left_alone(world: World) -> None:
    assert find_due(world) is None


def test_a_change_of_state_is_drawn_at_once(world: World) -> None:
    world.resolve(2)

    assert find_due(world) == 2


def test_counts_alone_wait_until_the_card_has_been_quiet_for_a_while(world: World) -> None:
    world.store(world.event("a"))
    at_once = find_due(world)

    world.passes(15)

    assert (at_once, find_due(world)) == (None, 1)


def test_the_pressed_card_goes_before_newer_ones(world: World) -> None:
    world.resolve(1)
    world.resolve(2)
    unpressed = find_due(world)

    with write(world.database) as session:
        redraw.put_pressed_first(session, world.parents()[0].message_key, now=world.now)

    assert (unpressed, find_due(world)) == (2, 1)


def test_one_drawing_of_a_message_is_in_flight_at_a_time(world: World) -> None:
    world.resolve(1)

    begin(world)

    assert find_due(world) is None


def test_a_drawing_that_never_ended_is_given_up_with_its_lease(world: World) -> None:
    world.resolve(1)
    begin(world)

    world.passes(30)

    assert find_due(world) == 1


def test_a_drawn_card_is_due_again_only_when_its_issue_moves_on(world: World) -> None:
    world.resolve(1)
    drawing = begin(world)

    with write(world.database) as session:
        redraw.drawn(session, drawing, now=world.now)

    assert find_due(world) is None


def test_what_moved_on_while_it_was_drawn_is_due_at_once(world: World) -> None:
    world.resolve(1)
    drawing = begin(world)
    world.store(world.event("a"))

    with write(world.database) as session:
        redraw.drawn(session, drawing, now=world.now)

    assert find_due(world) == 1


def test_a_drawing_of_unknown_fate_is_drawn_over_once_it_can_no_longer_arrive(world: World) -> None:
    world.resolve(1)
    settled = world.now + timedelta(seconds=60)
    lost = begin(world)
    with write(world.database) as session:
        redraw.draw_again(session, lost, not_before=world.now, redraw_at=settled)
    second = begin(world)
    with write(world.database) as session:
        redraw.drawn(session, second, now=world.now)
    meanwhile = find_due(world)

    world.passes(60)

    assert (meanwhile, find_due(world)) == (None, 1)


def test_a_late_drawing_that_may_have_covered_a_newer_one_is_drawn_over(world: World) -> None:
    world.resolve(1)
    late = begin(world)
    world.passes(31)
    world.store(world.event("a"))
    newer = begin(world)
    world.passes(1)

    with write(world.database) as session:
        redraw.drawn(session, late, now=world.now)
        redraw.drawn(session, newer, now=world.now)

    assert find_due(world) == 1


def test_a_message_that_is_gone_is_never_due(world: World) -> None:
    world.resolve(1)
    drawing = begin(world)

    with write(world.database) as session:
        redraw.message_gone(session, drawing.of, drawing.message_id, "message_not_found")

    assert find_due(world) is None


def test_of_many_channels_only_those_are_begun_that_may_be_redrawn_now(database: Database) -> None:
    world, channels = with_cards_in(database, redraw.PLACES_AT_ONCE + 3)

    world.resolve(1)

    with read(database) as session:
        due = redraw.find_places_to_redraw(session, now=world.now)
    assert [channel for _, channel in due] == channels[:2:-1]


def test_the_channel_of_a_pressed_card_is_among_the_first(database: Database) -> None:
    world, channels = with_cards_in(database, redraw.PLACES_AT_ONCE + 3)
    with write(database) as session:
        redraw.put_pressed_first(session, world.parents()[0].message_key, now=world.now)

    world.resolve(1)

    with read(database) as session:
        begun = redraw.places_of_issue(session, [world.issues()[0].id])
    assert [channel for _, channel in begun] == [channels[0], *channels[:3:-1]]


def with_cards_in(database: Database, count: int) -> tuple[World, list[str]]:
    """An issue whose card stands in each of `count` channels, as it is now; the channels in the order of the cards."""
    world = make_world(database)
    channels = [f"C{number}" for number in range(count)]
    for channel in channels:
        world.rule(channel)
    world.store(world.event("a"))
    with write(database) as session:
        for parent in world.parents():
            world.card_is_posted(session, parent)
            version = session.get_one(Issue, parent.issue_id).version
            shows = {"drawn_version": version, "drawn_at": world.now}
            session.execute(update(ParentNotification).where(ParentNotification.id == parent.id).values(shows))
    return world, channels
