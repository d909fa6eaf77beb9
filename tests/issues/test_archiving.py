"""Until when an issue is put aside, and what brings it back."""

from datetime import timedelta

import pytest

from tests.intake.world import World, make_world
from tests.support.acme import system
from tocsin.activities.describe import describe, plain_text
from tocsin.issues import expiry, triage
from tocsin.issues.archiving import Forever, Until, UntilEscalating, UntilEvents, UntilMoment, UntilUsers, until_after
from tocsin.issues.errors import AlreadyDoneError
from tocsin.issues.models import Issue, Substatus
from tocsin.kernel.db import Database, write
from tocsin.kernel.errors import InvalidInputError


@pytest.fixture
def world(database: Database) -> World:
    """A world with one issue, that has been seen by the users 1 to 5."""
    made = make_world(database)
    made.store(*(made.event(user_key=user) for user in range(1, 6)))
    return made


def told(world: World) -> str:
    """The newest sentence of the issue's history."""
    sentence = describe(world.history()[-1])
    assert sentence is not None
    return plain_text(sentence, issue="WEB-1")


def events(world: World, count: int, *, first_user: int | None = None) -> None:
    """That many events in batches of their own; of users from `first_user` on, or of nobody."""
    for place in range(count):
        world.store(world.event(user_key=None if first_user is None else first_user + place))


def expire(world: World) -> None:
    """What the timer does, with the issues that it finds."""
    with write(world.database) as session:
        for issue_id in expiry.find_expired(session, now=world.now):
            expiry.expire(session, session.get_one(Issue, issue_id), now=world.now)


def status(world: World) -> str:
    return world.issues()[0].status


@pytest.mark.parametrize("until", [UntilEvents(3), UntilEvents(3, minutes=60)])
def test_the_last_of_the_events_that_it_is_archived_until_brings_it_back(world: World, until: Until):
    world.archive(until)

    events(world, 2)
    before = status(world)
    events(world, 1)

    assert (before, status(world)) == ("archived", "unresolved")


@pytest.mark.parametrize("until", [UntilUsers(3), UntilUsers(3, minutes=60)])
def test_the_last_of_the_users_that_it_is_archived_until_brings_it_back(world: World, until: Until):
    world.archive(until)

    events(world, 2, first_user=11)
    events(world, 2, first_user=11)
    before = status(world)
    events(world, 1, first_user=13)

    assert (before, status(world)) == ("archived", "unresolved")


def test_users_who_were_hit_before_are_no_more_users(world: World):
    world.archive(UntilUsers(1))

    events(world, 5, first_user=1)

    assert status(world) == "archived"


def test_users_who_were_hit_before_count_within_a_time(world: World):
    world.archive(UntilUsers(5, minutes=10))

    events(world, 5, first_user=1)

    assert status(world) == "unresolved"


@pytest.mark.parametrize(("minutes_apart", "expected"), [(30, "unresolved"), (30.01, "archived")])
@pytest.mark.parametrize("until", [UntilEvents(3, minutes=60), UntilUsers(3, minutes=60)])
def test_what_came_earlier_than_the_window_does_not_count(
    world: World, until: Until, minutes_apart: float, expected: str
):
    world.archive(until)

    for place in range(3):
        events(world, 1, first_user=11 + place)
        world.passes(minutes_apart * 60)

    assert status(world) == expected


def test_users_who_came_before_it_was_archived_again_do_not_count(world: World):
    world.archive(UntilUsers(3, minutes=60))
    events(world, 2, first_user=11)
    world.passes(60)
    world.archive(UntilEvents(50))

    world.archive(UntilUsers(3, minutes=60))
    events(world, 2, first_user=13)

    assert status(world) == "archived"


def test_one_batch_may_hold_all_that_was_waited_for(world: World):
    world.archive(UntilEvents(3))

    world.store(*(world.event() for _ in range(7)))

    assert (status(world), len(world.history())) == ("unresolved", 3)


def test_an_issue_that_came_back_says_what_it_was_archived_until(world: World):
    world.archive(UntilUsers(2, minutes=60))

    events(world, 2, first_user=11)

    assert told(world) == "WEB-1 is back: it was archived until 2 users within 60 minutes"


def test_archiving_again_counts_anew(world: World):
    world.archive(UntilEvents(3))
    events(world, 2)

    world.archive(UntilEvents(2))
    events(world, 1)
    before = status(world)
    events(world, 1)

    assert (before, status(world)) == ("archived", "unresolved")


def test_an_issue_that_was_reopened_by_hand_does_not_come_back_again(world: World):
    world.archive(UntilEvents(1))
    with write(world.database) as session:
        triage.reopen(
            session, session.get_one(Issue, world.issues()[0].id), system(world.organization_id), now=world.now
        )

    events(world, 3)

    assert [activity.type for activity in world.history()] == ["first_seen", "archived", "reopened"]


def test_an_issue_that_is_archived_forever_stays(world: World):
    world.archive(Forever())

    world.store(*(world.event(user_key=user) for user in range(100)))

    assert status(world) == "archived"


def test_an_issue_is_back_in_the_moment_that_it_was_archived_until(world: World):
    world.archive(until_after("2h", now=world.now))
    world.passes(2 * 3600 - 1)
    expire(world)
    before = status(world)

    world.passes(1)
    expire(world)

    assert (before, status(world), world.issues()[0].substatus) == ("archived", "unresolved", Substatus.ONGOING)
    assert told(world) == "WEB-1 is back: it was archived until 2 March 2026 14:00 UTC"


def test_the_system_brings_an_issue_back_once(world: World):
    world.archive(until_after("30m", now=world.now))
    world.passes(1800)

    expire(world)
    expire(world)

    activity = world.history()[-1]
    assert (len(world.history()), activity.user_id, activity.via) == (3, None, "timer")


def test_a_clock_that_was_stopped_does_not_ring(world: World):
    world.archive(until_after("2h", now=world.now))
    world.archive(UntilEscalating())

    world.passes(3 * 3600)
    expire(world)

    assert status(world) == "archived"


@pytest.mark.parametrize("until", [Forever(), UntilEscalating(), UntilEvents(5), UntilUsers(5, minutes=3)])
def test_archiving_in_the_very_same_way_again_is_refused(world: World, until: Until):
    world.archive(until)

    with pytest.raises(AlreadyDoneError, match="WEB-1 is already archived"):
        world.archive(until)


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (UntilEvents(0), "from 1 to 1,000,000"),
        (UntilEvents(1_000_001), "from 1 to 1,000,000"),
        (UntilEvents(10_001, minutes=5), "from 1 to 10,000"),
        (UntilUsers(5, minutes=0), "minutes from 1 to 10,080"),
        (UntilUsers(5, minutes=10_081), "minutes from 1 to 10,080"),
    ],
)
def test_a_number_out_of_bounds_is_refused_with_the_bounds(world: World, until: Until, words: str):
    with pytest.raises(InvalidInputError, match=words):
        world.archive(until)

    assert status(world) == "unresolved"


@pytest.mark.parametrize(("seconds", "words"), [(0, "in the future"), (-1, "in the future"), (367 * 86_400, "a year")])
def test_a_moment_that_is_past_or_years_away_is_refused(world: World, seconds: float, words: str):
    with pytest.raises(InvalidInputError, match=words):
        world.archive(UntilMoment(world.now + timedelta(seconds=seconds)))


@pytest.mark.parametrize("text", ["", "2", "h", "0h", "-2h", "2 h", "2y", "1.5h", "999999h"])
def test_a_time_that_is_none_is_refused(world: World, text: str):
    with pytest.raises(InvalidInputError, match="30m, 2h, 3d or 1w"):
        until_after(text, now=world.now)
