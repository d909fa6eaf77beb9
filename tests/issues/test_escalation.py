"""When an issue that is archived until it escalates does."""

import pytest

from tests.intake.world import World, make_world
from tocsin.activities.describe import describe, plain_text
from tocsin.issues.archiving import UntilEscalating
from tocsin.issues.escalation import forecast_of
from tocsin.issues.models import Substatus
from tocsin.kernel.db import Database

HOUR = 3600


@pytest.fixture
def world(database: Database) -> World:
    return make_world(database)


def events(world: World, count: int) -> None:
    world.store(*(world.event() for _ in range(count)))


def state(world: World) -> tuple[str, str | None]:
    issue = world.issues()[0]
    return issue.status, issue.substatus


@pytest.mark.parametrize(
    ("hours", "before", "expected"),
    [
        ({}, 0, 10),
        ({99: 5}, 0, 10),
        ({99: 6}, 0, 12),
        ({99: 6, 60: 40, 98: 7}, 0, 80),
        ({100: 500}, 0, 10),
        ({100: 500}, 500, 1000),
        ({99: 30, 100: 25}, 20, 60),
        ({-68: 50}, 0, 100),
        ({-69: 50}, 0, 10),
    ],
)
def test_a_forecast_is_twice_the_busiest_hour_of_a_week_and_at_least_ten(hours, before, expected):
    assert forecast_of(hours, hour=100, before=before) == expected


def test_an_hour_with_more_than_was_to_be_expected_escalates_and_one_with_just_that_does_not(world: World):
    events(world, 8)
    world.archive(UntilEscalating())
    world.passes(HOUR)

    events(world, 16)
    before = state(world)
    events(world, 1)

    assert before == ("archived", Substatus.ARCHIVED_UNTIL_ESCALATING)
    assert state(world) == ("unresolved", Substatus.ESCALATING)


def test_history_tells_how_many_came_and_how_many_were_to_be_expected(world: World):
    events(world, 1)
    world.archive(UntilEscalating())

    events(world, 11)

    activity = world.history()[-1]
    sentence = describe(activity)
    assert (activity.user_id, activity.data) == (None, {"forecast": 10, "count": 11})
    assert sentence is not None
    assert plain_text(sentence, issue="WEB-1") == (
        "WEB-1 escalates: 11 events in an hour, where at most 10 were to be expected"
    )


def test_events_that_came_before_it_was_archived_are_no_escalation(world: World):
    events(world, 300)

    world.archive(UntilEscalating())
    events(world, 300)

    assert state(world)[0] == "archived"


def test_an_issue_that_grows_slowly_does_not_escalate(world: World):
    events(world, 10)
    world.archive(UntilEscalating())

    for count in (15, 25, 45, 80):
        world.passes(HOUR)
        events(world, count)

    assert state(world)[0] == "archived"


def test_what_was_busy_more_than_a_week_ago_is_no_measure(world: World):
    events(world, 100)
    world.archive(UntilEscalating())

    world.passes(8 * 24 * HOUR)
    events(world, 11)

    assert state(world)[0] == "unresolved"


def test_an_issue_that_was_archived_again_escalates_again(world: World):
    events(world, 1)
    world.archive(UntilEscalating())
    events(world, 11)

    world.archive(UntilEscalating())
    world.passes(HOUR)
    events(world, 25)

    assert [activity.type for activity in world.history()] == [
        "first_seen",
        "archived",
        "escalating",
        "archived",
        "escalating",
    ]


def test_a_rule_may_ask_for_issues_that_escalate(world: World):
    world.rule(when=("escalating",))
    events(world, 1)
    world.archive(UntilEscalating())

    events(world, 11)

    assert [parent.channel for parent in world.parents()] == ["C1"]


def test_a_rule_that_does_not_ask_hears_nothing(world: World):
    events(world, 1)
    world.rule(when=("first_seen", "regressed"))
    world.archive(UntilEscalating())

    events(world, 11)

    assert world.parents() == []
