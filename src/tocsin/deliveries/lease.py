"""Leases: who runs a piece of work now, so that two processes never run the same one, and a dead one is replaced."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Insert, Select, Update, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tocsin.deliveries.models import Lease
from tocsin.kernel.db import changed_rows, table_of

LEASES = table_of(Lease)


@dataclass(frozen=True, slots=True)
class Held:
    """The right to run `name` for the `n`-th time, until it is released or times out."""

    name: str
    n: int


def take(session: Session, name: str, *, now: int, seconds: float) -> Held | None:
    """Take the lease of `name` when nobody holds it; `now` in milliseconds."""
    taking = {"of_name": name, "now": now, "until": now + int(seconds * 1000)}
    n = session.scalars(_taking(), taking).one_or_none()
    if n is not None:
        return Held(name, n)
    session.execute(_opening(session.get_bind().dialect.name), {"of_name": name})
    n = session.scalars(_taking(), taking).one_or_none()
    return None if n is None else Held(name, n)


def renew(session: Session, held: Held, *, now: int, seconds: float) -> bool:
    """Hold on to the lease; false when another runner has taken it. Locks its row until the transaction ends.

    A runner renews before it looks for work and releases in the same transaction when it finds none: whoever commits
    new work after that look finds the lease free.
    """
    renewing = {"of_name": held.name, "of_n": held.n, "until": now + int(seconds * 1000)}
    return changed_rows(session, _renewal(), renewing) == 1


def release(session: Session, held: Held, *, rest_until: int = 0) -> None:
    """Give the lease back. Before `rest_until` (milliseconds) the catch-up need not ask for it again."""
    session.execute(_release(), {"of_name": held.name, "of_n": held.n, "resting_until": rest_until})


def busy_names(session: Session, *, now: int) -> set[str]:
    """The names that are held, or rest, at `now` (milliseconds)."""
    return set(session.scalars(_busy_names(), {"now": now}))


@cache
def _taking() -> Update:
    return (
        update(LEASES)
        .where(LEASES.c.name == bindparam("of_name"), LEASES.c.held_until <= bindparam("now"))
        .values(n=LEASES.c.n + 1, held_until=bindparam("until"), rest_until=0)
        .returning(LEASES.c.n)
    )


@cache
def _opening(dialect_name: str) -> Insert:
    dialect = postgresql if dialect_name == "postgresql" else sqlite
    row = {"name": bindparam("of_name"), "n": 0, "held_until": 0, "rest_until": 0}
    return dialect.insert(LEASES).values(row).on_conflict_do_nothing()


@cache
def _renewal() -> Update:
    return _held().values(held_until=bindparam("until"))


@cache
def _release() -> Update:
    return _held().values(held_until=0, rest_until=bindparam("resting_until"))


def _held() -> Update:
    return update(LEASES).where(LEASES.c.name == bindparam("of_name"), LEASES.c.n == bindparam("of_n"))


@cache
def _busy_names() -> Select[str]:
    now = bindparam("now")
    return select(LEASES.c.name).where((LEASES.c.held_until > now) | (LEASES.c.rest_until > now))
