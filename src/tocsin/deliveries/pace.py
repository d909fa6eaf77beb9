"""Pacing: the moment when something may be sent, reserved in our own table by one conditional UPDATE."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import BigInteger, Insert, Select, Update, bindparam, case, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tocsin.deliveries.models import Pace
from tocsin.kernel.db import changed_rows, table_of

PACES = table_of(Pace)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A rate that is shared by whoever uses `name`: one use per `interval` milliseconds, `burst` of them at once.

    An interval of 0 has no pace of its own and only waits when it was told to (`hold_back`).
    """

    name: str
    interval: int
    burst: int = 1

    @property
    def tolerance(self) -> int:
        """How far ahead of now the row may stand while there is still room in the burst, in milliseconds."""
        return self.interval * (self.burst - 1)


def reserve(session: Session, buckets: Sequence[Bucket], *, now: int) -> int | None:
    """Take one use of every bucket at `now` (milliseconds), or of none.

    Returns `None` when they were taken, else the moment (milliseconds) before which trying again is useless.
    """
    names = [bucket.name for bucket in buckets]
    standing = dict(session.execute(_standing(), {"of_buckets": names}).all())
    for bucket in buckets:
        if bucket.name not in standing:
            _open(session, bucket, 0)
    waits = [
        standing[bucket.name] - bucket.tolerance
        for bucket in buckets
        if standing.get(bucket.name, 0) - bucket.tolerance > now
    ]
    if waits:
        return max(waits)
    for bucket in buckets:
        use = {
            "of_bucket": bucket.name,
            "now": now,
            "at_most": now + bucket.tolerance,
            "interval": bucket.interval,
        }
        if (
            changed_rows(session, _use(), use) == 0
        ):  # on PostgreSQL another worker took the place between our look and our UPDATE
            return now + max(bucket.interval, 1)
    return None


def hold_back(session: Session, bucket: Bucket, until: int) -> None:
    """Nothing goes through `bucket` before `until` (milliseconds): the platform said so."""
    moment = until + bucket.tolerance
    if changed_rows(session, _holding_back(), {"of_bucket": bucket.name, "moment": moment}) == 0:
        _open(session, bucket, moment)


def _open(session: Session, bucket: Bucket, next_at: int) -> None:
    """Make the bucket's row; another worker may make the same one at this moment."""
    session.execute(_opening(session.get_bind().dialect.name), {"of_bucket": bucket.name, "moment": next_at})


@cache
def _standing() -> Select[str, int]:
    return select(PACES.c.bucket, PACES.c.next_at).where(PACES.c.bucket.in_(bindparam("of_buckets", expanding=True)))


@cache
def _use() -> Update:
    now, interval = bindparam("now", type_=BigInteger), bindparam("interval", type_=BigInteger)
    return (
        update(PACES)
        .where(PACES.c.bucket == bindparam("of_bucket"), PACES.c.next_at <= bindparam("at_most"))
        .values(next_at=case((PACES.c.next_at > now, PACES.c.next_at), else_=now) + interval)
    )


@cache
def _holding_back() -> Update:
    moment = bindparam("moment", type_=BigInteger)
    later = case((PACES.c.next_at > moment, PACES.c.next_at), else_=moment)
    return update(PACES).where(PACES.c.bucket == bindparam("of_bucket")).values(next_at=later)


@cache
def _opening(dialect_name: str) -> Insert:
    dialect = postgresql if dialect_name == "postgresql" else sqlite
    row = {"bucket": bindparam("of_bucket"), "next_at": bindparam("moment")}
    return dialect.insert(PACES).values(row).on_conflict_do_nothing()
