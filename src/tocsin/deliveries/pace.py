"""Pacing: the moment when something may be sent, reserved in our own table by one conditional UPDATE."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tocsin.deliveries.models import Pace
from tocsin.kernel.db import changed_rows


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
    standing = dict(session.execute(select(Pace.bucket, Pace.next_at).where(Pace.bucket.in_(names))).all())
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
        taken = changed_rows(
            session,
            update(Pace)
            .where(Pace.bucket == bucket.name, Pace.next_at <= now + bucket.tolerance)
            .values(next_at=case((Pace.next_at > now, Pace.next_at), else_=now) + bucket.interval),
        )
        if taken == 0:  # on PostgreSQL another worker took the place between our look and our UPDATE
            return now + max(bucket.interval, 1)
    return None


def hold_back(session: Session, bucket: Bucket, until: int) -> None:
    """Nothing goes through `bucket` before `until` (milliseconds): the platform said so."""
    moment = until + bucket.tolerance
    held = changed_rows(
        session,
        update(Pace)
        .where(Pace.bucket == bucket.name)
        .values(next_at=case((Pace.next_at > moment, Pace.next_at), else_=moment)),
    )
    if held == 0:
        _open(session, bucket, moment)


def _open(session: Session, bucket: Bucket, next_at: int) -> None:
    """Make the bucket's row; another worker may make the same one at this moment."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(Pace).values(bucket=bucket.name, next_at=next_at).on_conflict_do_nothing())
