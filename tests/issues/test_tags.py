"""The tags of issues are counted with their events, kept few, and told as a distribution."""

import pytest
from sqlalchemy import func, select

from tests.intake.world import World, make_world
from tests.support.acme import make_person
from tocsin.events.schema import Event, ExceptionValue, Mechanism, Value
from tocsin.events.tags import NAMED_CONTEXTS, OWN_TAGS, tags_of
from tocsin.issues.act import IssueAction, act
from tocsin.issues.models import Issue, IssueTag
from tocsin.issues.tags import NAMES_KEPT, OTHERS, VALUES_KEPT, list_distributions, list_values
from tocsin.kernel.db import Database, read, write
from tocsin.organizations.permit import Role, Source, Via


@pytest.fixture
def world(database: Database) -> World:
    return make_world(database)


def told(world: World, number: int = 1, *, values: int = 5) -> dict[str, dict[str, int]]:
    """The distributions of an issue: for each tag its values with their events."""
    with read(world.database) as session:
        issue_id = session.scalars(select(Issue.id).where(Issue.number == number)).one()
        found = list_distributions(session, issue_id, values=values)
    return {one.name: {value.value: value.events for value in one.values} for one in found}


def test_each_value_of_a_tag_is_counted_for_the_issue_of_its_event(world):
    world.store(world.event(tags=(("os", "Linux"), ("shop", "eu"))), world.event(tags=(("os", "Linux"),)))
    world.store(world.event(tags=(("os", "Windows 11"),)), world.event("b", tags=(("os", "Linux"),)))

    assert told(world) == {"os": {"Linux": 2, "Windows 11": 1}, "shop": {"eu": 1}}
    assert told(world, 2) == {"os": {"Linux": 1}}


def test_an_event_that_came_twice_counts_its_tags_once(world):
    event = world.event(tags=(("os", "Linux"),))

    world.store(event, event)
    world.store(event)

    assert told(world) == {"os": {"Linux": 1}}


def test_a_distribution_sums_up_what_it_does_not_name(world):
    world.store(*(world.event(tags=(("os", name),)) for name in "aaabbc"))

    assert told(world, values=2) == {"os": {"a": 3, "b": 2, OTHERS: 1}}


def test_of_a_tag_with_a_value_for_each_event_only_so_many_are_kept_and_none_is_lost_from_the_sum(world):
    events = [world.event(tags=(("request", f"r{n}"),)) for n in range(520)]

    world.store(*events[:260])
    world.store(*events[260:])

    with read(world.database) as session:
        kept = session.scalar(select(func.count()).where(IssueTag.name == "request", IssueTag.value != OTHERS))
        requests = list_values(session, world.issues()[0].id, "request")
    assert kept is not None
    assert kept <= VALUES_KEPT + 256
    assert requests is not None
    assert requests.events == 520


def test_a_value_of_today_is_kept_before_one_that_came_more_often_long_ago(world):
    world.store(*(world.event(tags=(("release", f"old{n}"),)) for n in range(VALUES_KEPT) for _ in range(2)))
    world.passes(3 * 86_400)
    world.store(*(world.event(tags=(("release", "new"),)) for _ in range(1)))
    world.store(*(world.event(tags=(("os", "Linux"),)) for _ in range(256)))

    with read(world.database) as session:
        releases = list_values(session, world.issues()[0].id, "release")
    assert releases is not None
    names = {value.value for value in releases.values}
    assert ("new" in names, len(names - {OTHERS}), releases.events) == (True, VALUES_KEPT, 2 * VALUES_KEPT + 1)


def test_of_tags_under_ever_new_names_only_so_many_are_told_apart(world):
    world.store(*(world.event(tags=((f"name{n:03}", "x"),)) for n in range(300)))

    with read(world.database) as session:
        named = session.scalar(select(func.count()).where(IssueTag.value != OTHERS))
    assert named is not None
    assert named <= NAMES_KEPT + 44


def names_told_apart(world: World) -> set[str]:
    with read(world.database) as session:
        return set(session.scalars(select(IssueTag.name).where(IssueTag.value != OTHERS)))


def flags(number: int, *, first: int = 0) -> tuple[tuple[str, str], ...]:
    return tuple((f"flag.{n:03}", "on") for n in range(first, first + number))


def test_a_tag_of_many_events_is_kept_before_ever_new_names_that_stand_before_it_in_the_alphabet(world):
    world.store(*(world.event(tags=(("zone", "eu"), *flags(1, first=n))) for n in range(300)))

    assert "zone" in names_told_apart(world)


def test_the_tags_that_every_event_can_have_are_kept_however_rare_they_are(world):
    world.store(world.event(tags=(("release", "shop@1"), ("runtime", "CPython 3.11"), ("server_name", "web-1"))))
    world.passes(3 * 86_400)
    world.store(*(world.event(tags=flags(NAMES_KEPT)) for _ in range(256)))

    assert {"release", "runtime", "server_name"} <= names_told_apart(world)


def test_a_tag_of_today_is_kept_before_one_that_came_more_often_long_ago(world):
    world.store(*(world.event(tags=flags(NAMES_KEPT)) for _ in range(2)))
    world.passes(3 * 86_400)
    world.store(world.event(tags=(("zone", "eu"),)), *(world.event() for _ in range(256)))

    assert "zone" in names_told_apart(world)


def test_every_tag_that_an_event_amounts_to_is_known_as_its_own() -> None:
    contexts: dict[str, Value] = {name: {"name": "x", "version": "1"} for name in NAMED_CONTEXTS}
    error = ExceptionValue(type="E", mechanism=Mechanism(handled=True))

    event = Event(
        environment="x",
        release="x",
        transaction="x",
        logger="x",
        server_name="x",
        contexts=contexts,
        exception=[error],
    )

    assert set(tags_of(event)) == OWN_TAGS


def test_an_issue_that_became_a_part_of_another_one_brings_its_tags(world):
    ada = make_person(world.database, world.organization_id, role=Role.OWNER)
    world.store(world.event("a", tags=(("os", "Linux"),)))
    world.store(world.event("b", tags=(("os", "Linux"),)), world.event("b", tags=(("os", "Windows"),)))

    with write(world.database) as session:
        merged = session.scalars(select(Issue.id).where(Issue.number == 2)).one()
        action = IssueAction("merge", into="WEB-1")
        act(session, user_id=ada, source=Source(Via.PAGE), issue_id=merged, action=action, now=world.now)

    assert told(world) == {"os": {"Linux": 2, "Windows": 1}}
