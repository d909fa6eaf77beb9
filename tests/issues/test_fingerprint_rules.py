"""The fingerprint rules of a project are kept by who may, audited, and tried out on what came last."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.intake.world import World, make_world
from tests.support.acme import system
from tocsin.intake.prepare import prepare_event
from tocsin.issues.fingerprint_rules import (
    TRIED_OUT,
    Preview,
    preview_fingerprint_rules,
    rules_of,
    set_fingerprint_rules,
)
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.organizations.audit import AuditEntry
from tocsin.organizations.models import Project


@pytest.fixture
def world(sqlite_database_url: str) -> Iterator[World]:
    database = Database.open(sqlite_database_url)
    yield make_world(database)
    database.close()


def report(world: World, kind: str, value: str = "", *, times: int = 1) -> None:
    """Events as ingest prepares them, by the rules of now."""
    with read(world.database) as session:
        rules = rules_of(session.get_one(Project, world.project_id))
    payload = json.dumps({"exception": {"values": [{"type": kind, "value": value}]}}).encode()
    world.store(
        *(
            prepare_event(payload, project_id=world.project_id, envelope_event_id=None, now=world.now, rules=rules)
            for _ in range(times)
        )
    )


def keep(world: World, text: str) -> None:
    with write(world.database) as session:
        project = session.get_one(Project, world.project_id)
        set_fingerprint_rules(session, system(world.organization_id), project, text, now=world.now)


def in_force(world: World) -> list[str]:
    with read(world.database) as session:
        return [rule.text for rule in rules_of(session.get_one(Project, world.project_id))]


def preview(world: World, text: str) -> Preview:
    with read(world.database) as session:
        return preview_fingerprint_rules(session, session.get_one(Project, world.project_id), text)


def audited(world: World) -> list[tuple[str, dict[str, object]]]:
    with read(world.database) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(entry.event, entry.data) for entry in entries if "fingerprint_rules" in entry.data]


def test_what_comes_under_a_rule_is_one_issue_with_its_title(database: Database) -> None:
    world = make_world(database)
    keep(world, 'type:*Unavailable -> down title="{{ type }} is down"')

    report(world, "DatabaseUnavailable")
    report(world, "QueueUnavailable")

    assert [(issue.title, issue.event_count) for issue in world.issues()] == [("QueueUnavailable is down", 2)]


def test_a_change_is_audited_once_and_without_its_words(world: World) -> None:
    keep(world, "type:A -> a\r\ntype:B -> b  \r\n")
    keep(world, "type:A -> a\ntype:B -> b")

    assert audited(world) == [("project.edit", {"fingerprint_rules": 2})]


def test_rules_that_cannot_be_read_change_nothing(world: World) -> None:
    keep(world, "type:A -> a")

    with pytest.raises(InvalidInputError, match="Line 1"):
        keep(world, "nonsense")

    assert in_force(world) == ["type:A -> a"]


def test_a_preview_says_which_events_go_elsewhere_and_by_which_line(database: Database) -> None:
    world = make_world(database)
    report(world, "KeyError", times=2)
    report(world, "OSError")

    told = preview(world, "type:None* -> x\ntype:KeyError -> keys")

    assert [(each.short_id, each.events, each.becomes, each.line) for each in told.regrouped] == [
        ("WEB-1", 2, "keys", 2)
    ]
    assert (told.events, told.taken) == (3, {1: 0, 2: 2})


def test_a_preview_compares_with_the_rules_in_force(world: World) -> None:
    keep(world, "type:KeyError -> keys")
    report(world, "KeyError")

    told = preview(world, "")

    assert [(each.becomes, each.line) for each in told.regrouped] == [("KeyError", None)]
    assert preview(world, "# the same\ntype:KeyError -> keys").regrouped == []


def test_rules_are_tried_out_on_the_newest_events_of_all_issues(world: World) -> None:
    report(world, "Old", times=3)
    for kind in ("Much", "Little"):
        world.passes(1)
        report(world, kind, times=TRIED_OUT - 10 if kind == "Much" else 9)

    told = preview(world, "type:* -> one")

    assert {each.title: each.events for each in told.regrouped} == {"Much": TRIED_OUT - 10, "Little": 9, "Old": 1}
