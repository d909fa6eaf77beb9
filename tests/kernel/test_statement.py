"""Statements that go to the driver as they are, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier

import pytest
from sqlalchemy import BigInteger, LargeBinary, Text, bindparam, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, ProgrammingError

from tocsin.kernel.at_once import given, insert_at_once
from tocsin.kernel.db import Database, UtcDateTime, read, table_of, write
from tocsin.kernel.errors import CrossedError
from tocsin.kernel.statement import Statement, is_among, together
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
ADD_AT_ONCE = Statement(
    {
        "sqlite": insert(Organization).returning(Organization.id, Organization.slug),
        "postgresql": insert_at_once(table_of(Organization), COLUMNS).returning(Organization.id, Organization.slug),
    },
    columns=COLUMNS,
)
GIVEN_AGAIN = Statement(
    select(given({"number": BigInteger(), "text": Text(), "bytes": LargeBinary(), "at": UtcDateTime()}))
)
AWKWARD = (
    "plain",
    'a "quoted" one',
    "back\\slash\\",
    "{braces},commas",
    "NULL",
    "Ünïcode ☃\n\ttabs",
    "'; --",
    "%s %(x)s",
)
RENAME = Statement(
    update(Organization).where(Organization.slug == bindparam("of")).values(name=Organization.name + "!")
)
NAMES = Statement(select(Organization.name).order_by(Organization.slug))
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


def test_rows_given_at_once_are_stored_as_each_by_itself_would_be(database: Database) -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=2)))

    with write(database) as session:
        added = ADD_AT_ONCE.ask_for_all(session, [row(text, elsewhere) for text in AWKWARD])()

        stored = session.scalars(select(Organization).order_by(Organization.id)).all()
    assert sorted(slug for _, slug in added) == sorted(AWKWARD)
    assert [each.slug for each in stored] == list(AWKWARD)
    assert {each.created_at for each in stored} == {NOON}
    assert [each.thread_policy for each in stored] == [{"resolved": {"user": False}}] * len(AWKWARD)


def test_what_is_given_at_once_reaches_postgresql_unchanged(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("its statements are run for each row")
    rows = [(7, "NULL", b'\x00"\\\xff', NOON), (-(1 << 62), "", b"", NOON), (None, None, None, None)]
    named = [dict(zip(("number", "text", "bytes", "at"), each, strict=True)) for each in rows]

    with write(database) as session:
        assert GIVEN_AGAIN.ask_for_all(session, named)() == rows


def test_what_is_too_long_is_not_cut_but_refused(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("it knows no length")

    with pytest.raises(DataError), write(database) as session:
        ADD_AT_ONCE.many(session, [row("x" * 65)])


def test_nothing_given_at_once_is_nothing_done(database: Database) -> None:
    with write(database) as session:
        ADD_AT_ONCE.many(session, [])

        assert ADD_AT_ONCE.ask_for_all(session, [])() == []


def test_what_runs_together_runs_in_its_order_and_answers_when_the_block_is_over(database: Database) -> None:
    with write(database) as session:
        with together(session):
            added = ADD_AT_ONCE.ask_for_all(session, [row("a"), row("b")])
            before = NAMES.ask(session, {})
            RENAME.many(session, [{"of": "a"}, {"of": "b"}])
            after = NAMES.ask(session, {})

        assert [slug for _, slug in added()] == ["a", "b"]
        assert (before(), after()) == ([("a",), ("b",)], [("a!",), ("b!",)])


def test_an_error_among_what_runs_together_is_the_one_that_the_session_raises(database: Database) -> None:
    with pytest.raises(IntegrityError) as refused, write(database) as session, together(session):
        ADD_AT_ONCE.many(session, [row("secret")])
        ADD_AT_ONCE.many(session, [row("secret")])
        RENAME.many(session, [{"of": "secret"}])

    assert "secret" not in str(refused.value.statement) + str(refused.value.params)
    with write(database) as session:  # the connection can be used again, and nothing stayed
        assert NAMES.rows(session, {}) == []


def test_of_two_that_run_crosswise_together_one_is_told_to_try_again(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("one writer at a time crosses nobody")
    with write(database) as session:
        ADD.rows_of_each(session, [row("a"), row("b")])
    both_hold_one = Barrier(2)

    def rename(first: str, second: str) -> str:
        try:
            with write(database) as session:
                RENAME.many(session, [{"of": first}])
                both_hold_one.wait()
                with together(session):
                    RENAME.many(session, [{"of": second}])
                    NAMES.ask(session, {})
        except CrossedError:
            return "try again"
        return "done"

    with ThreadPoolExecutor(2) as threads:
        ends = list(threads.map(rename, ("a", "b"), ("b", "a")))

    assert sorted(ends) == ["done", "try again"]
