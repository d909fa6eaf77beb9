"""Finding issues by a query: a page of them, how many there are, and which they are; one statement each."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, literal_column, select, tuple_
from sqlalchemy.orm import Session

from tocsin.issues.models import Issue, IssuePriority, IssueStatus, is_whole
from tocsin.issues.queries import IssueLine, select_lines
from tocsin.issues.search_fields import Asker, condition_of
from tocsin.issues.search_query import Term, parse
from tocsin.kernel.db import UtcDateTime
from tocsin.kernel.ids import IssueId

COUNTED_AT_MOST = 50_000
"""Beyond this a count says "50,000+": nobody needs the figure, and counting millions would hold up the page."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CURSOR = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})+")
_RANKS = {each: len(IssuePriority) - place for place, each in enumerate(IssuePriority)}


class Order(StrEnum):
    """In which order a list can be asked for, the usual one first."""

    LAST_SEEN = "last-seen"
    FIRST_SEEN = "first-seen"
    EVENTS = "events"
    USERS = "users"
    PRIORITY = "priority"


@dataclass(frozen=True, slots=True)
class Sort:
    """An order: the columns that it goes by, each from the greatest down, and what people call it."""

    columns: tuple[Any, ...]
    label: str


SORTS: Mapping[Order, Sort] = MappingProxyType(
    {
        Order.LAST_SEEN: Sort((Issue.last_seen,), "Last seen"),
        Order.FIRST_SEEN: Sort((Issue.first_seen,), "First seen"),
        Order.EVENTS: Sort((Issue.event_count,), "Most events"),
        Order.USERS: Sort((Issue.user_count,), "Most users"),
        Order.PRIORITY: Sort((case(_RANKS, value=Issue.priority, else_=0), Issue.last_seen), "Priority"),
    }
)
"""What each order goes by; among equals the newest issue comes first."""


@dataclass(frozen=True, slots=True)
class Search:
    """A query that is understood, as conditions on issues: those that the asker may see, without merged ones."""

    asker: Asker
    terms: tuple[Term, ...]
    conditions: tuple[ColumnElement[bool], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, and from where the lists before and after it go on; `None` where there is none."""

    lines: tuple[IssueLine, ...]
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many issues there are in each state; at least so many, where it is not the whole."""

    of_states: Mapping[IssueStatus, int]
    is_whole: bool

    @property
    def total(self) -> int:
        """In all states together."""
        return sum(self.of_states.values())


def understand(asker: Asker, query: str) -> Search:
    """The search that `query` means for this person.

    Raises:
        SearchError: it makes no sense, or names somebody or something that the asker does not know of.
    """
    terms = parse(query)
    return Search(asker, terms, tuple(condition_of(asker, term) for term in terms))


def only(asker: Asker, issue_ids: Sequence[int]) -> Search:
    """Of these issues those that the asker may see."""
    return Search(asker, (), (Issue.id.in_(issue_ids),))


def list_page(session: Session, search: Search, *, order: Order, limit: int, after: str = "", before: str = "") -> Page:
    """At most `limit` issues in this order, behind the cursor `after` or in front of `before`.

    A cursor names the place of an issue in the order, so that what comes in meanwhile neither repeats nor skips any;
    one that makes no sense is that of the beginning.
    """
    columns: tuple[ColumnElement[Any], ...] = (*SORTS[order].columns, Issue.id.expression)
    behind, ahead = _read_cursor(after, len(columns)), _read_cursor(before, len(columns))
    is_back = behind is None and ahead is not None
    edge = ahead if is_back else behind
    wanted = _found(search, _project_for(search, order))
    if edge is not None:
        here = tuple_(*columns)
        there = tuple_(*(_bound(column, number) for column, number in zip(columns, edge, strict=True)))
        wanted = wanted.where(here > there if is_back else here < there)
    wanted = wanted.order_by(*(column.asc() if is_back else column.desc() for column in columns)).limit(limit + 1)
    page = wanted.subquery()
    lines = select_lines().join(page, page.c.id == Issue.id).order_by(*(column.desc() for column in columns))
    rows = session.execute(lines.add_columns(*(column.label(f"_{n}") for n, column in enumerate(columns)))).all()
    more = len(rows) > limit
    rows = (rows[-limit:] if is_back else rows[:limit]) if more else rows
    found = [(IssueLine(**_facts(row._asdict())), _write_cursor(row[-len(columns) :])) for row in rows]
    has_before = more if is_back else behind is not None
    has_after = is_back or more
    return Page(
        tuple(line for line, _ in found),
        found[0][1] if found and has_before else None,
        found[-1][1] if found and has_after else None,
    )


def count_by_status(session: Session, search: Search) -> Counts:
    """How many issues are found in each state; no more than `COUNTED_AT_MOST` are counted."""
    found = _found(search, _unindexed(search.asker)).with_only_columns(Issue.status).limit(COUNTED_AT_MOST + 1)
    rows = found.subquery()
    counted = dict(session.execute(select(rows.c.status, func.count()).group_by(rows.c.status)).all())
    of_states = {status: counted.get(status, 0) for status in IssueStatus}
    return Counts(of_states, is_whole=sum(of_states.values()) <= COUNTED_AT_MOST)


def list_ids(session: Session, search: Search, *, limit: int) -> Sequence[IssueId]:
    """The ids of what is found, oldest issue first: what a verb for all of them goes through."""
    return session.scalars(_found(search, _unindexed(search.asker)).order_by(Issue.id).limit(limit)).all()


def _found(search: Search, project_id: ColumnElement[Any]) -> Select[IssueId]:
    projects = [project.id for project in search.asker.projects]
    return select(Issue.id).where(project_id.in_(projects), is_whole(), *search.conditions)


def _project_for(search: Search, order: Order) -> ColumnElement[Any]:
    """The column to look for projects by: with its index where the first few issues of the order are soon found."""
    is_soon_found = order == Order.LAST_SEEN and all(term.name is not None for term in search.terms)
    return Issue.project_id.expression if is_soon_found else _unindexed(search.asker)


def _unindexed(asker: Asker) -> ColumnElement[Any]:
    """The project's column so that SQLite reads all issues as they lie rather than by an index, row by scattered row.

    Where most of them have to be looked at anyway, that takes a third of the time. PostgreSQL knows by its statistics.
    """
    column = Issue.project_id.expression
    return column.op("+")(literal_column("0")) if asker.is_on_sqlite else column


def _facts(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in columns.items() if not name.startswith("_")}


def _write_cursor(values: Sequence[Any]) -> str:
    """Numbers, moments as microseconds: `1793836800000000.4711`."""
    numbers = (
        (value - EPOCH) // timedelta(microseconds=1) if isinstance(value, datetime) else value for value in values
    )
    return ".".join(str(number) for number in numbers)


def _read_cursor(text: str, length: int) -> list[int] | None:
    if not CURSOR.fullmatch(text):
        return None
    numbers = [int(number) for number in text.split(".")]
    return numbers if len(numbers) == length else None


def _bound(column: ColumnElement[Any], number: int) -> ColumnElement[Any]:
    """A number of a cursor as a value of its column; a moment beyond the calendar is that of its end."""
    if not isinstance(column.type, UtcDateTime):
        return literal(number, column.type)
    try:
        return literal(EPOCH + timedelta(microseconds=number), column.type)
    except OverflowError:
        return literal(datetime.max.replace(tzinfo=UTC), column.type)
