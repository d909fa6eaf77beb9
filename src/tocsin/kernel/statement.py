"""Statements that are compiled once and handed to the driver as they are, for the few places that run all the time.

SQLAlchemy spends 15 to 60 µs on each execution, whatever it does; the driver needs one. Batches of events, which are
small and many, would spend most of their time there. Everything else goes through the session as usual.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import ClauseElement, ColumnElement, Connection, Select, UpdateBase, bindparam, literal
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute, Session

from tocsin.kernel.at_once import Several

T = TypeVar("T")
Parameters: TypeAlias = Mapping[str, Any]
Row: TypeAlias = tuple[Any, ...]
Answer: TypeAlias = Callable[[], list[Row]]
DriverConnection: TypeAlias = Any  # sqlite3's or psycopg's
DriverCursor: TypeAlias = Any


class Statement:
    """A Core statement, or one for each dialect, that is run with values for all of its parameters.

    What `rows` gives are the driver's own values: numbers, texts and bytes; moments, JSON and truth values come right
    from `typed_rows`. What the session has not flushed yet is not seen by it, and objects of the session do not hear of
    what it changes. Errors are those that the session would raise.
    """

    def __init__(self, made: ClauseElement | Mapping[str, ClauseElement], *, columns: Sequence[str] = ()) -> None:
        """`made` may tell databases apart by `sqlite` and `postgresql`; `columns` are those that an INSERT fills.

        Where it takes all rows at once (`kernel.at_once`) it is for `many` and `ask_for_all` alone.

        The first run raises ValueError where a column is left out that SQLAlchemy would fill by itself.
        """
        self._made = made
        self._columns = list(columns) or None
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, session: Session, parameters: Parameters) -> list[Row]:
        """Run it once; all rows that it gives."""
        connection = session.connection()
        compiled = self._for(connection)
        with _Errors(connection, compiled.sql):
            return _driver(connection).execute(compiled.sql, compiled.bound(parameters)).fetchall()

    def ask(self, session: Session, parameters: Parameters) -> Answer:
        """Run it once; what is given tells all rows, once the block of `together` is over."""
        connection = session.connection()
        compiled = self._for(connection)
        return _ask(connection, compiled.sql, compiled.bound(parameters))

    def typed_rows(self, session: Session, parameters: Parameters) -> list[Row]:
        """Run it once; all rows, with the values that the session would give."""
        return list(map(self._for(session.connection()).typed, self.rows(session, parameters)))

    def change(self, session: Session, parameters: Parameters) -> int:
        """Run an UPDATE, DELETE or INSERT once; how many rows it touched."""
        connection = session.connection()
        compiled = self._for(connection)
        with _Errors(connection, compiled.sql):
            return _driver(connection).execute(compiled.sql, compiled.bound(parameters)).rowcount

    def many(self, session: Session, each: Sequence[Parameters]) -> None:
        """Run it for each of these; for statements that give no rows."""
        if not each:
            return
        connection = session.connection()
        compiled = self._for(connection)
        with _Errors(connection, compiled.sql):
            if compiled.is_at_once:
                _driver(connection).execute(compiled.sql, compiled.bound_at_once(each))
            else:
                _driver(connection).cursor().executemany(compiled.sql, list(map(compiled.bound, each)))

    def ask_for_all(self, session: Session, each: Sequence[Parameters]) -> Answer:
        """Run it for each of these, or once for all; what is given tells their rows, as `ask` does, in no order."""
        connection = session.connection()
        compiled = self._for(connection)
        if each and compiled.is_at_once:
            return _ask(connection, compiled.sql, compiled.bound_at_once(each))
        rows = [row for rows in self.rows_of_each(session, each) for row in rows]
        return lambda: rows

    def rows_of_each(self, session: Session, each: Iterable[Parameters]) -> list[list[Row]]:
        """Run it for each of these; the rows that each of them gives, in the same order."""
        connection = session.connection()
        compiled = self._for(connection)
        bound = [compiled.bound(parameters) for parameters in each]
        driver = _driver(connection)
        with _Errors(connection, compiled.sql):
            if connection.dialect.name == "sqlite":
                return [driver.execute(compiled.sql, one).fetchall() for one in bound]
            return _pipelined(driver.cursor(), compiled.sql, bound)

    def _for(self, connection: Connection) -> "_Compiled":
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            made = self._made[dialect.name] if isinstance(self._made, Mapping) else self._made
            compiled = self._compiled[dialect.name] = _compile(made, dialect, self._columns)
        return compiled


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The words for one driver, and how its parameters are made of those that are given."""

    sql: str
    in_order: Callable[[Parameters], Any] | None
    """For a driver that knows parameters by their places."""
    processors: Sequence[tuple[str, Callable[[Any], Any]]]
    constants: dict[str, Any]
    readers: Sequence[tuple[int, Callable[[Any], Any]]]
    """The columns that the driver gives otherwise than the session would, and what makes them so."""

    is_at_once: bool
    """Whether its parameters are arrays, for all rows that are given at once (`kernel.at_once`)."""

    def bound_at_once(self, each: Sequence[Parameters]) -> tuple[Any, ...] | Parameters:
        """What the driver takes of all these rows."""
        return self.bound({name: [row[name] for row in each] for name in each[0]})

    def typed(self, row: Row) -> Row:
        """`row` as the session would give it."""
        if not self.readers:
            return row
        values = list(row)
        for place, read in self.readers:
            values[place] = read(values[place])
        return tuple(values)

    def bound(self, parameters: Parameters) -> tuple[Any, ...] | Parameters:
        """What the driver takes: a tuple or a mapping."""
        if not self.constants and not self.processors:
            return parameters if self.in_order is None else self.in_order(parameters)
        bound = {**self.constants, **parameters}
        for name, process in self.processors:
            bound[name] = process(bound[name])
        return bound if self.in_order is None else self.in_order(bound)


def _compile(made: ClauseElement, dialect: Dialect, columns: list[str] | None) -> _Compiled:
    compiled: Any = made.compile(dialect=dialect, column_keys=columns)
    # Values that SQLAlchemy itself would make for each row; here nobody would.
    left_out = [column.name for column in [*compiled.insert_prefetch, *compiled.update_prefetch]]
    if left_out:
        raise ValueError(f"values are needed for the columns {', '.join(left_out)}")
    processors: dict[str, Callable[[Any], Any]] = {}  # a name may stand in several places, each with a parameter
    constants: dict[str, Any] = {}
    for bind, name in compiled.bind_names.items():
        process = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if process is not None:
            processors[name] = process
        if not bind.required:
            constants[name] = bind.effective_value
    in_order, readers = _in_order(compiled.positiontup), _readers(made, dialect)
    is_at_once = any(isinstance(bind.type, Several) for bind in compiled.bind_names)
    return _Compiled(str(compiled), in_order, list(processors.items()), constants, readers, is_at_once)


def _readers(made: ClauseElement, dialect: Dialect) -> list[tuple[int, Callable[[Any], Any]]]:
    given: list[Any] = []
    if isinstance(made, Select):
        given = made.column_descriptions
    elif isinstance(made, UpdateBase):
        given = made.returning_column_descriptions
    types = (each["type"].dialect_impl(dialect) for each in given)
    found = ((place, each.result_processor(dialect, None)) for place, each in enumerate(types))
    return [(place, read) for place, read in found if read is not None]


def _in_order(names: Sequence[str] | None) -> Callable[[Parameters], Any] | None:
    if names is None:
        return None
    if len(names) < 2:
        return lambda parameters: tuple(parameters[name] for name in names)
    return itemgetter(*names)


def is_one_of(column: InstrumentedAttribute[Any], name: str, places: int) -> ColumnElement[bool]:
    """A condition on `column` with so many `places`, each a parameter (`names_of`): `padded` values go there."""
    return column.in_([bindparam(each, type_=column.type) for each in names_of(name, places)])


def is_among(column: InstrumentedAttribute[Any] | ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """A condition on `column` with values that are always the same; what `in_` makes of them waits for an execution."""
    return column.in_([literal(each, column.type) for each in values])


@cache
def names_of(name: str, places: int) -> tuple[str, ...]:
    """The names of the parameters of `is_one_of`."""
    return tuple(f"{name}{place}" for place in range(places))


def padded(values: list[T]) -> list[T]:
    """`values`, the last of them repeated up to a power of two, so that the statements are few."""
    missing = (1 << (len(values) - 1).bit_length()) - len(values)
    return values + values[-1:] * missing


@contextmanager
def together(session: Session) -> Iterator[None]:
    """Send PostgreSQL what the block runs without waiting for each answer: one way there and back for all of it.

    Errors come at the end of the block at the latest, as if each statement had raised its own; those behind the one
    that failed are not run. Answers that the block itself needs are waited for where it asks for them.
    """
    connection = session.connection()
    if connection.dialect.name == "sqlite":  # nothing lies between, so there is nothing to wait for
        yield
        return
    with _Errors(connection, "statements together"), _driver(connection).pipeline():
        yield


def say(connection: Connection, words: str) -> None:
    """Run `words` of SQL that take no parameters and give nothing."""
    with _Errors(connection, words):
        _driver(connection).execute(words)


class _Errors:
    """Raises what the driver raises as SQLAlchemy does, without the parameters: they may be anybody's data."""

    __slots__ = ("_dialect", "_sql")

    def __init__(self, connection: Connection, sql: str) -> None:
        self._dialect = connection.dialect
        self._sql = sql

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _traceback: object) -> None:
        base: type[Exception] = self._dialect.loaded_dbapi.Error
        if isinstance(error, base):
            raise DBAPIError.instance(
                self._sql, None, error, base, hide_parameters=True, dialect=self._dialect
            ) from error


def _ask(connection: Connection, sql: str, bound: tuple[Any, ...] | Parameters) -> Answer:
    with _Errors(connection, sql):
        cursor = _driver(connection).execute(sql, bound)
    if connection.dialect.name != "sqlite":
        return cursor.fetchall
    rows = cursor.fetchall()  # SQLite would look on only then, at what later statements made of it
    return lambda: rows


def _driver(connection: Connection) -> DriverConnection:
    return connection.connection.driver_connection


def _pipelined(cursor: DriverCursor, sql: str, bound: Sequence[Any]) -> list[list[Row]]:
    """All at once in one round trip (psycopg.org, executemany with `returning`)."""
    if not bound:
        return []
    cursor.executemany(sql, bound, returning=True)
    found = [cursor.fetchall()]
    while cursor.nextset():
        found.append(cursor.fetchall())
    return found
