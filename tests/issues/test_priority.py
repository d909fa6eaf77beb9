"""How urgent an issue is."""

import pytest

from tests.intake.world import World, make_world
from tests.support.acme import system
from tocsin.activities.describe import describe, plain_text
from tocsin.issues.errors import AlreadyDoneError
from tocsin.issues.models import Issue, IssuePriority
from tocsin.issues.priority import set_priority
from tocsin.kernel.db import Database, write


@pytest.fixture
def world(database: Database) -> World:
    return make_world(database)


def say(world: World, priority: IssuePriority) -> None:
    with write(world.database) as session:
        issue = session.get_one(Issue, world.issues()[0].id)
        set_priority(session, issue, system(world.organization_id), priority, now=world.now)


@pytest.mark.parametrize(
    ("level", "priority"),
    [("fatal", "high"), ("error", "high"), ("warning", "medium"), ("info", "low"), ("debug", "low")],
)
def test_an_issue_begins_with_the_priority_of_its_first_events_level(world: World, level: str, priority: str):
    world.store(world.event(level=level))
    world.store(world.event(level="error"))

    assert world.issues()[0].priority == priority


def test_a_changed_priority_stands_in_the_history_with_the_old_one(world: World):
    world.store(world.event())

    say(world, IssuePriority.LOW)

    sentence = describe(world.history()[-1])
    assert sentence is not None
    assert plain_text(sentence, issue="WEB-1").endswith(" changed the priority of WEB-1: high → low")


def test_a_changed_priority_is_drawn_at_once(world: World):
    world.store(world.event())
    before = world.issues()[0].urgent_version

    say(world, IssuePriority.MEDIUM)

    issue = world.issues()[0]
    assert issue.urgent_version == issue.version > before


def test_the_same_priority_again_is_no_change(world: World):
    world.store(world.event())

    with pytest.raises(AlreadyDoneError, match="WEB-1 is already of high priority"):
        say(world, IssuePriority.HIGH)

    assert len(world.history()) == 1
