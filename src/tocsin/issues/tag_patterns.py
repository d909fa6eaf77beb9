"""Finds the issues with a tag whose value is like a pattern: by the values that are, or issue by issue."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, exists, false, func, literal, literal_column, select
from sqlalchemy.orm import Session

from tocsin.issues.models import Issue, IssueTag
from tocsin.issues.tags import OTHERS

VALUES_AT_MOST = 1_000
"""As many values of a tag are looked at before the search itself: a few microseconds each, however many issues have
them. Tags like releases, browsers and servers have fewer; a tag with the id of a user has more."""

FREQUENT = 10_000
"""From so many rows on the first page of a list is found sooner by looking at each issue in its order."""

Like = Callable[[ColumnElement[str]], ColumnElement[bool]]


def has_value_like(
    session: Session, name: str, like: Like, *, values_at_most: int = VALUES_AT_MOST, frequent: int = FREQUENT
) -> ColumnElement[bool]:
    """The condition that an issue has a value of the tag `name` that is `like` something; what is summed up is not."""
    values = _find_values(session, name, like, values_at_most)
    if values is None:
        return _is_among(IssueTag.value != OTHERS, like(IssueTag.value.expression), name=name)
    if not values:
        return false()
    if _count(session, name, values, frequent) < frequent:
        return _is_among(IssueTag.value.in_(values), name=name)
    return exists().where(
        IssueTag.issue_id == Issue.id,
        IssueTag.name == name,
        IssueTag.value != OTHERS,
        like(IssueTag.value.expression),
    )


def _find_values(session: Session, name: str, like: Like, most: int) -> Sequence[str] | None:
    """The values of a tag that are like it; `None` where the tag has more than `most` values.

    Each step of the recursion is one look into the index, for the value after the last one.
    """
    first = func.min(IssueTag.value).label("value")
    known = select(first, literal(1).label("place")).where(IssueTag.name == name, IssueTag.value > OTHERS)
    values = known.cte("known", recursive=True)
    following = select(func.min(IssueTag.value)).where(IssueTag.name == name, IssueTag.value > values.c.value)
    values = values.union_all(
        select(following.scalar_subquery(), values.c.place + 1).where(
            values.c.value.is_not(None), values.c.place <= most
        )
    )
    column = cast("ColumnElement[Any]", values.c.value)
    rows = session.execute(select(column, like(column)).where(column.is_not(None))).all()
    return None if len(rows) > most else [value for value, is_like in rows if is_like]


def _count(session: Session, name: str, values: Sequence[str], most: int) -> int:
    """How many rows have one of these values; beyond `most` nobody counts."""
    rows = select(literal_column("1")).where(IssueTag.name == name, IssueTag.value.in_(values)).limit(most).subquery()
    return session.execute(select(func.count()).select_from(rows)).scalar_one()


def _is_among(*conditions: ColumnElement[bool], name: str) -> ColumnElement[bool]:
    return Issue.id.in_(select(IssueTag.issue_id).where(IssueTag.name == name, *conditions))
