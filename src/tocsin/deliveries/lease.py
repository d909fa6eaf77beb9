"""Leases: who runs a piece of work now, so that two processes never run the same one, and a dead one is replaced."""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tocsin.deliveries.models import Lease
from tocsin.kernel.db import changed_rows


@dataclass(frozen=True, slots=True)
class Held:
    """The right to run `name` for the `n`-th time, until it is released or times out."""

    name: str
    n: int


def take(session: Session, name: str, *, now: int, seconds: float) -> Held | None:
    """Take the lease of `name` when nobody holds it; `now` in milliseconds."""
    taken = (
        update(Lease)
        .where(Lease.name == name, Lease.held_until <= now)
        .values(n=Lease.n + 1, held_until=now + int(seconds * 1000), rest_until=0)
        .returning(Lease.n)
    )
    n = session.scalars(taken).one_or_none()
    if n is not None:
        return Held(name, n)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(Lease).values(name=name, n=0, held_until=0, rest_until=0).on_conflict_do_nothing())
    n = session.scalars(taken).one_or_none()
    return None if n is None else Held(name, n)


def renew(session: Session, held: Held, *, now: int, seconds: float) -> bool:
    """Hold on to the lease; false when another runner has taken it. Locks its row until the transaction ends.

    A runner renews before it looks for work and releases in the same transaction when it finds none: whoever commits
    new work after that look finds the lease free.
    """
    renewed = changed_rows(
        session,
        update(Lease).where(Lease.name == held.name, Lease.n == held.n).values(held_until=now + int(seconds * 1000)),
    )
    return renewed == 1


def release(session: Session, held: Held, *, rest_until: int = 0) -> None:
    """Give the lease back. Before `rest_until` (milliseconds) the catch-up need not ask for it again."""
    session.execute(
        update(Lease).where(Lease.name == held.name, Lease.n == held.n).values(held_until=0, rest_until=rest_until)
    )


def busy_names(session: Session, *, now: int) -> set[str]:
    """The names that are held, or rest, at `now` (milliseconds)."""
    return set(session.scalars(select(Lease.name).where((Lease.held_until > now) | (Lease.rest_until > now))))
