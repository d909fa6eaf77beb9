"""The names that people have now, for those who tell what somebody did."""

from collections.abc import Collection
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.kernel.ids import UserId
from tocsin.kernel.statement import Statement, is_one_of, names_of, padded
from tocsin.members.models import User


def find_names(session: Session, user_ids: Collection[UserId]) -> dict[UserId, str]:
    """The name of each of these people; those who are gone are left out."""
    if not user_ids:
        return {}
    some = padded(list(user_ids))
    rows = _names(len(some)).rows(session, dict(zip(names_of("user", len(some)), some, strict=True)))
    return dict(rows)


@lru_cache
def _names(people: int) -> Statement:
    return Statement(select(User.id, User.name).where(is_one_of(User.id, "user", people)))
