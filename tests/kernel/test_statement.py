"""Statements that go to the driver as they are, on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from tocsin.kernel.db import Database, read, write
from tocsin.kernel.statement import Statement, is_among
from tocsin.organizations.models import Organization

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
COLUMNS = ("slug", "name", "created_at", "threads_enabled", "join_requests", "thread_policy")
ADD = Statement(insert(Organization).returning(Organization.id, Organization.slug), columns=COLUMNS)
ADD_UNLESS_THERE = Statement(
    {
        "sqlite": sqlite.insert(Organization).on_conflict_do_nothing().returning(Organization.slug),
        "postgresql": postgresql.insert(Organization).on_conflict_do_nothing().returning(Organization.slug),
    },
    columns=COLUMNS,
)
RENAME = Statement(
    update(Organization).where(Organization.slug == bindparam("of")).values(name=Organization.name + "!")
)
SLUGS = Statement(select(Organization.slug).where(Organization.name != "x").order_by(Organization.slug))

READ_COLUMNS = (Organization.created_at, Organization.thread_policy, Organization.threads_enabled)
ADD_AND_READ = Statement(insert(Organization).returning(*READ_COLUMNS), columns=COLUMNS)
# The same moment in two places, each of which turns it into what the driver takes.
SINCE = (Organization.created_at >= bindparam("since"), Organization.created_at <= bindparam("since"))
READ = Statement(select(*READ_COLUMNS).where(*SINCE))
AMONG = Statement(select(Organization.slug).where(is_among(Organization.slug, ("a", "c"))).order_by(Organization.slug))


def row(slug: str, created_at: datetime = NOON) -> dict[str, object]:
    return {
        "slug": slug,
        "name": slug,
        "created_at": created_at,
        "threads_enabled": True,
        "join_requests": False,
        "thread_policy": {"resolved": {"user": False}},
    }


def test_each_execution_gives_its_rows_in_the_order_of_the_parameters(database: Database) -> None:
    with write(database) as session:
        added = ADD.rows_of_each(session, [row("b"), row("c"), row("a")])

    assert [[slug for _, slug in rows] for rows in added] == [["b"], ["c"], ["a"]]
    with read(database) as session:
        stored = {tuple(each) for each in session.execute(select(Organization.id, Organization.slug))}
        assert stored == {each for rows in added for each in rows}


def test_an_execution_without_rows_keeps_its_place(database: Database) -> None:
    with write(database) as session:
        ADD.rows_of_each(session, [row("b")])

        added = ADD_UNLESS_THERE.rows_of_each(session, [row("a"), row("b"), row("c")])

    assert added == [[("a",)], [], [("c",)]]


def test_one_that_gives_no_rows_runs_for_each_of_many(database: Database) -> None:
    with write(database) as session:
        ADD.rows_of_each(session, [row("a"), row("b"), row("c")])

        RENAME.many(session, [{"of": "a"}, {"of": "c"}])

        names = session.scalars(select(Organization.name).order_by(Organization.slug)).all()
    assert names == ["a!", "b", "c!"]


def test_nothing_to_run_for_is_nothing_done(database: Database) -> None:
    with write(database) as session:
        RENAME.many(session, [])

        assert ADD.rows_of_each(session, []) == []


def test_values_that_stand_in_the_statement_need_not_be_given(database: Database) -> None:
    with write(database) as session:
        ADD.rows_of_each(session, [row("b"), row("x"), row("a")])

        assert SLUGS.rows(session, {}) == [("a",), ("b",)]


def test_moments_and_json_are_stored_as_the_session_would_store_them(database: Database) -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=2)))
    with write(database) as session:
        ADD.rows_of_each(session, [row("a", elsewhere)])

        stored = session.scalars(select(Organization)).one()
        assert (stored.created_at, stored.thread_policy) == (NOON, {"resolved": {"user": False}})
        assert session.scalars(select(Organization.slug).where(Organization.created_at == NOON)).one() == "a"


def test_typed_rows_hold_what_the_session_would_give(database: Database) -> None:
    with write(database) as session:
        [added] = ADD_AND_READ.typed_rows(session, row("a"))

        [read_again] = READ.typed_rows(session, {"since": NOON})

    assert added == read_again == (NOON, {"resolved": {"user": False}}, True)


def test_a_change_tells_how_many_rows_it_touched(database: Database) -> None:
    with write(database) as session:
        ADD.rows_of_each(session, [row("a")])

        touched = [RENAME.change(session, {"of": of}) for of in ("a", "nobody")]

    assert touched == [1, 0]


def test_a_condition_of_constant_values_finds_each_of_them(database: Database) -> None:
    with write(database) as session:
        ADD.rows_of_each(session, [row("a"), row("b"), row("c")])

        assert AMONG.rows(session, {}) == [("a",), ("c",)]


def test_an_error_of_the_driver_is_the_one_that_the_session_raises_without_what_was_sent(database: Database) -> None:
    with pytest.raises(IntegrityError) as refused, write(database) as session:
        ADD.rows_of_each(session, [row("secret"), row("secret")])

    with pytest.raises((OperationalError, ProgrammingError)), write(database) as session:
        Statement(text("SELECT nothing FROM nowhere")).rows(session, {})

    assert "secret" not in str(refused.value.statement) + str(refused.value.params)
    with read(database) as session:
        assert session.scalars(select(Organization.slug)).all() == []


def test_a_column_that_only_the_session_could_fill_must_be_named(database: Database) -> None:
    too_few = Statement(insert(Organization), columns=("slug", "name", "created_at"))

    with pytest.raises(ValueError, match="threads_enabled"), write(database) as session:
        too_few.many(session, [row("a")])
