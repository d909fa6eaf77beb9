"""A newer version of the grouping splits no issue that an older one opened."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.intake.world import World, make_world
from tests.support.acme import system
from tocsin.events.default_grouping import Default
from tocsin.events.grouping import Version
from tocsin.events.schema import Event
from tocsin.intake.prepare import prepare_event
from tocsin.intake.prepared import PreparedEvent
from tocsin.issues.merging import merge, unmerge
from tocsin.issues.models import Issue, IssueFingerprint
from tocsin.kernel.db import Database, read, write


@pytest.fixture
def world(sqlite_database_url: str) -> Iterator[World]:
    database = Database.open(sqlite_database_url)
    yield make_world(database)
    database.close()


def by_type(event: Event) -> Default:
    return Default("exception", [f"exception {event.exception[0].type}"])


def by_type_and_value(event: Event) -> Default:
    return Default("exception", [f"exception {event.exception[0].type}", f"value {event.exception[0].value}"])


def by_nothing(_: Event) -> Default:
    return Default("nothing", ["nothing"])


FIRST, FINER, COARSER = Version(1, by_type), Version(2, by_type_and_value), Version(2, by_nothing)


def event(world: World, value: str, *versions: Version, kind: str = "KeyError") -> PreparedEvent:
    payload = json.dumps({"exception": {"values": [{"type": kind, "value": value}]}}).encode()
    return prepare_event(payload, project_id=world.project_id, envelope_event_id=None, now=world.now, versions=versions)


def counts(world: World) -> dict[str, int]:
    return {issue.short_id: issue.event_count for issue in world.issues()}


def fingerprints(world: World) -> list[IssueFingerprint]:
    with read(world.database) as session:
        return list(session.scalars(select(IssueFingerprint).order_by(IssueFingerprint.id)))


def test_an_issue_of_the_old_version_goes_on_under_the_new_one(database: Database) -> None:
    world = make_world(database)
    world.store(event(world, "a", FIRST))

    world.store(event(world, "a", FIRST, FINER))
    world.store(event(world, "a", FIRST, FINER))

    assert counts(world) == {"WEB-1": 3}
    assert [(each.grouping_version, each.summary) for each in fingerprints(world)] == [
        (1, "KeyError"),
        (2, "a, KeyError"),
    ]


def test_once_the_new_fingerprint_is_known_the_old_version_is_not_needed(world: World) -> None:
    world.store(event(world, "a", FIRST))
    world.store(event(world, "a", FIRST, FINER))

    world.store(event(world, "a", FINER))

    assert counts(world) == {"WEB-1": 3}


def test_what_the_new_version_tells_apart_stays_where_it_was(world: World) -> None:
    world.store(event(world, "a", FIRST), event(world, "b", FIRST))

    world.store(event(world, "a", FIRST, FINER), event(world, "b", FIRST, FINER))

    assert counts(world) == {"WEB-1": 4}


def test_what_is_new_is_told_apart_by_the_new_version(world: World) -> None:
    world.store(event(world, "a", FIRST, FINER), event(world, "b", FIRST, FINER))

    assert counts(world) == {"WEB-1": 1, "WEB-2": 1}


def test_what_the_new_version_takes_for_one_goes_to_the_issue_of_the_first(world: World) -> None:
    world.store(event(world, "a", FIRST), event(world, "b", FIRST, kind="OSError"))

    world.store(event(world, "b", FIRST, COARSER, kind="OSError"), event(world, "a", FIRST, COARSER))

    assert counts(world) == {"WEB-1": 1, "WEB-2": 3}


def test_a_version_that_was_skipped_over_is_found_as_well(world: World) -> None:
    world.store(event(world, "a", FIRST))

    world.store(event(world, "a", FIRST, COARSER, Version(3, by_type_and_value)))

    assert counts(world) == {"WEB-1": 2}


def test_an_event_that_is_called_the_same_by_both_needs_no_second_fingerprint(world: World) -> None:
    world.store(event(world, "a", FIRST))

    world.store(event(world, "a", FIRST, Version(2, by_type)))

    assert (counts(world), len(fingerprints(world))) == ({"WEB-1": 2}, 1)


def test_both_names_of_a_fingerprint_are_given_back_together(world: World) -> None:
    world.store(event(world, "a", FIRST), event(world, "b", FIRST, kind="OSError"))
    world.store(event(world, "a", FIRST, FINER))
    one, other = world.issues()

    with write(world.database) as session:
        merge(session, session.get_one(Issue, one.id), system(world.organization_id), "WEB-2", now=world.now)
        newer = max(fingerprints(world), key=lambda each: each.grouping_version)
        unmerge(session, session.get_one(Issue, other.id), system(world.organization_id), [newer.hash], now=world.now)

    assert counts(world) == {"WEB-1": 2, "WEB-2": 1}
