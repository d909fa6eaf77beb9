"""Pacing: the moment when something may be sent, reserved in our own table by one conditional UPDATE."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, case, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tocsin.deliveries.models import Pace
from tocsin.kernel.db import table_of
from tocsin.kernel.statement import Statement

PACES = table_of(Pace)
OF_BUCKET = PACES.c.bucket == bindparam("of_bucket")
OPENED = {"bucket": bindparam("of_bucket"), "next_at": bindparam("moment")}
NOW, INTERVAL, MOMENT = (bindparam(name, type_=BigInteger) for name in ("now", "interval", "moment"))

_STANDING = Statement(select(PACES.c.next_at).where(OF_BUCKET))
_USE = Statement(
    update(PACES)
    .where(OF_BUCKET, PACES.c.next_at <= bindparam("at_most"))
    .values(next_at=case((PACES.c.next_at > NOW, PACES.c.next_at), else_=NOW) + INTERVAL)
)
_HOLD_BACK = Statement(
    update(PACES).where(OF_BUCKET).values(next_at=case((PACES.c.next_at > MOMENT, PACES.c.next_at), else_=MOMENT))
)
_OPEN = Statement(
    {
        "sqlite": sqlite.insert(PACES).values(OPENED).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(PACES).values(OPENED).on_conflict_do_nothing(),
    }
)


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
    moments = [_standing(session, bucket) - bucket.tolerance for bucket in buckets]
    waits = [moment for moment in moments if moment > now]
    if waits:
        return max(waits)
    for bucket in buckets:
        use = {
            "of_bucket": bucket.name,
            "now": now,
            "at_most": now + bucket.tolerance,
            "interval": bucket.interval,
        }
        if _USE.change(session, use) == 0:
            # On PostgreSQL another worker took the place between our look and our UPDATE.
            return now + max(bucket.interval, 1)
    return None


def hold_back(session: Session, bucket: Bucket, until: int) -> None:
    """Nothing goes through `bucket` before `until` (milliseconds): the platform said so."""
    moment = until + bucket.tolerance
    if _HOLD_BACK.change(session, {"of_bucket": bucket.name, "moment": moment}) == 0:
        _open(session, bucket, moment)


def _standing(session: Session, bucket: Bucket) -> int:
    """Where the bucket's row stands; one that was never used gets its row."""
    found = _STANDING.rows(session, {"of_bucket": bucket.name})
    if found:
        return found[0][0]
    _open(session, bucket, 0)
    return 0


def _open(session: Session, bucket: Bucket, next_at: int) -> None:
    """Make the bucket's row; another worker may make the same one at this moment."""
    _OPEN.change(session, {"of_bucket": bucket.name, "moment": next_at})
