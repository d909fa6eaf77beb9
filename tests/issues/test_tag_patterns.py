"""Values that are like a pattern are found alike, by whichever way their number suggests."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import ColumnElement, event, select

from tests.intake.world import World, make_world
from tocsin.issues.models import Issue, IssueTag
from tocsin.issues.tag_patterns import has_value_like
from tocsin.issues.tags import OTHERS, count_tags
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import IssueId

HOUR = int(datetime(2026, 3, 14, tzinfo=UTC).timestamp()) // 3600
WAYS = {"by few rows": (1_000, 1_000), "issue by issue": (1_000, 1), "by all values": (1, 1_000)}


@pytest.fixture
def world(database: Database) -> World:
    """Three issues; the third one's releases are summed up."""
    world = make_world(database)
    world.store(world.event("old"), world.event("new"), world.event("many"))
    values = ((1, "shop@1.9"), (1, "shop@2.0"), (2, "shop@2.0"), (2, "shop@2.1"), (3, OTHERS))
    with write(database) as session:
        count_tags(session, {(IssueId(issue), "release", value): 1 for issue, value in values}, hour=HOUR)
    return world


def like(pattern: str) -> Callable[[ColumnElement[str]], ColumnElement[bool]]:
    return lambda column: column.like(pattern)


@pytest.mark.parametrize(("values_at_most", "frequent"), WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(
    ("pattern", "issues"),
    [("shop@1%", [1]), ("%.0", [1, 2]), ("shop@2.1%", [2]), ("shop@%", [1, 2]), ("%", [1, 2]), ("web@%", [])],
)
def test_every_way_finds_the_same_issues(
    world: World, pattern: str, issues: list[int], values_at_most: int, frequent: int
) -> None:
    with read(world.database) as session:
        condition = has_value_like(session, "release", like(pattern), values_at_most=values_at_most, frequent=frequent)
        found = session.scalars(select(Issue.id).where(condition).order_by(Issue.id)).all()

    assert found == issues


def test_what_no_value_is_like_is_not_looked_for_in_any_issue(world: World) -> None:
    with read(world.database) as session:
        condition = has_value_like(session, "release", like("web@%"))

    assert "issue_tags" not in str(select(Issue.id).where(condition))


def test_a_tag_of_countless_values_is_not_gone_through_before_the_search(world: World) -> None:
    with write(world.database) as session:
        count_tags(session, {(IssueId(1), "user.id", f"{number:05}"): 1 for number in range(3_000)}, hour=HOUR)

    with read(world.database) as session:
        rows: list[object] = []
        event.listen(session.connection().engine, "before_cursor_execute", lambda *call: rows.append(call[2]))
        condition = has_value_like(session, "user.id", like("02%"))
        asked_before = len(rows)
        found = session.scalars(select(Issue.id).where(condition)).all()

    assert (asked_before, found) == (1, [1])
    assert IssueTag.__tablename__ in str(condition)
