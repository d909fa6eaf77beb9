"""Rows given to PostgreSQL all at once: one statement with an array for each column, where there was one for each row.

A batch counts up a hundred rows. Each as a statement of its own, even if all are sent together, costs both sides more
than the row does: the driver 15 µs, the server 30. SQLite is no other process, and runs each row by itself.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    FromClause,
    LargeBinary,
    String,
    Table,
    Text,
    TypeDecorator,
    any_,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine


def insert_at_once(table: Table, columns: Sequence[str]) -> postgresql.Insert:
    """An INSERT into `table` of all rows at once, whose parameters are arrays called like `columns`."""
    return postgresql.insert(table).from_select(
        columns, select(given({name: table.c[name].type for name in columns})), include_defaults=False
    )


def given(types: Mapping[str, TypeEngine[Any]]) -> FromClause:
    """The rows that are given, in their order: by the name of each column, which is its parameter's, too, its type."""
    # A cast to a length would cut what is too long, without a word; the table refuses it.
    unbounded = {name: Text() if isinstance(of, String) else of for name, of in types.items()}
    arrays = [cast(bindparam(name, type_=Several(of)), postgresql.ARRAY(of)) for name, of in unbounded.items()]
    columns = [column(name, of) for name, of in unbounded.items()]
    return func.unnest(*arrays).table_valued(*columns).render_derived(name="given")


def is_given(of: InstrumentedAttribute[Any], name: str) -> ColumnElement[bool]:
    """A condition on a column: its value is in the array of the parameter `name`."""
    return of == any_(cast(bindparam(name, type_=Several(of.type)), postgresql.ARRAY(of.type)))


class Several(TypeDecorator[Sequence[Any]]):
    """Values of one column, written as PostgreSQL reads an array (postgresql.org/docs/current/arrays.html#ARRAYS-IO).

    The driver's own arrays look at each value for its type, and change the statement with the size of the numbers.
    """

    impl = Text
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> str | None:
        """The array as text."""
        if value is None:
            return None
        process = self.of.dialect_impl(dialect).bind_processor(dialect)
        if process is not None and not isinstance(self.of, LargeBinary | JSON):  # they are wrapped for the driver
            value = list(map(process, value))
        return "{" + ",".join(map(_element, value)) + "}"


def _element(value: object) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    if isinstance(value, datetime):
        return f'"{value.isoformat()}"'
    if isinstance(value, dict | list):
        return _quoted(json.dumps(value))
    return "NULL" if value is None else str(value)


def _quoted(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'
