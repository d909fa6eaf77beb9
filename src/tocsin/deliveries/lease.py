"""Leases: who runs a piece of work now, so that two processes never run the same one, and a dead one is replaced."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tocsin.deliveries.models import Lease
from tocsin.kernel.db import table_of
from tocsin.kernel.statement import Statement

LEASES = table_of(Lease)
OF_NAME = LEASES.c.name == bindparam("of_name")
HELD = update(LEASES).where(OF_NAME, LEASES.c.n == bindparam("of_n"))
OPENED = {"name": bindparam("of_name"), "n": 0, "held_until": 0, "rest_until": 0}

_TAKE = Statement(
    update(LEASES)
    .where(OF_NAME, LEASES.c.held_until <= bindparam("now"))
    .values(n=LEASES.c.n + 1, held_until=bindparam("until"), rest_until=0)
    .returning(LEASES.c.n)
)
_OPEN = Statement(
    {
        "sqlite": sqlite.insert(LEASES).values(OPENED).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(LEASES).values(OPENED).on_conflict_do_nothing(),
    }
)
_RENEW = Statement(HELD.values(held_until=bindparam("until")))
_RELEASE = Statement(HELD.values(held_until=0, rest_until=bindparam("resting_until")))
_BUSY = Statement(
    select(LEASES.c.name).where((LEASES.c.held_until > bindparam("now")) | (LEASES.c.rest_until > bindparam("now")))
)


@dataclass(frozen=True, slots=True)
class Held:
    """The right to run `name` for the `n`-th time, until it is released or times out."""

    name: str
    n: int


def take(session: Session, name: str, *, now: int, seconds: float) -> Held | None:
    """Take the lease of `name` when nobody holds it; `now` in milliseconds."""
    taking = {"of_name": name, "now": now, "until": now + int(seconds * 1000)}
    taken = _TAKE.rows(session, taking)
    if not taken:
        _OPEN.change(session, {"of_name": name})
        taken = _TAKE.rows(session, taking)
    return Held(name, taken[0][0]) if taken else None


def renew(session: Session, held: Held, *, now: int, seconds: float) -> bool:
    """Hold on to the lease; false when another runner has taken it. Locks its row until the transaction ends.

    A runner renews before it looks for work and releases in the same transaction when it finds none: whoever commits
    new work after that look finds the lease free.
    """
    renewing = {"of_name": held.name, "of_n": held.n, "until": now + int(seconds * 1000)}
    return _RENEW.change(session, renewing) == 1


def release(session: Session, held: Held, *, rest_until: int = 0) -> None:
    """Give the lease back. Before `rest_until` (milliseconds) the catch-up need not ask for it again."""
    _RELEASE.change(session, {"of_name": held.name, "of_n": held.n, "resting_until": rest_until})


def busy_names(session: Session, *, now: int) -> set[str]:
    """The names that are held, or rest, at `now` (milliseconds)."""
    return {name for (name,) in _BUSY.rows(session, {"now": now})}
