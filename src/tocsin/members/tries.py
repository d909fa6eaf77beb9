"""How often a password may be tried: counted in the database, so that every process counts together."""

import hashlib
import ipaddress
import math
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from tocsin.members.errors import TooManyTriesError
from tocsin.members.models import SignInTry

WINDOW = timedelta(minutes=5)
TRIES_PER_ACCOUNT = 10
"""From one address for one e-mail: a stranger elsewhere cannot lock somebody out."""
TRIES_PER_ADDRESS = 100


def count_try(session: Session, email: str, address: str, *, now: datetime) -> list[int]:
    """Count a try before it is looked at, so that many at once gain nothing; gives its rows, for `forgive`.

    Raises:
        TooManyTriesError: this one is too many; it is not counted, so that waiting always helps.
    """
    place = _network_of(address)
    _wait_for_others(session, _key(place))
    session.execute(delete(SignInTry).where(SignInTry.at <= now - WINDOW))
    counted = [(_key(place, email), TRIES_PER_ACCOUNT), (_key(place), TRIES_PER_ADDRESS)]
    for key, most in counted:
        _require_room(session, key, most, now)
    rows = [SignInTry(key_hash=key, at=now) for key, _ in counted]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


def forgive(session: Session, rows: list[int], email: str, address: str) -> None:
    """The password was right: this try counts nowhere, and earlier slips with this e-mail are forgotten."""
    own = SignInTry.key_hash == _key(_network_of(address), email)
    session.execute(delete(SignInTry).where(SignInTry.id.in_(rows) | own))


def _wait_for_others(session: Session, key: str) -> None:
    """Hold tries from the same place apart until COMMIT: at once, none would see the others and all would find room.

    SQLite has one writer anyway. On PostgreSQL the lock is a number, since the first try has no row that could be
    locked (postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS).
    """
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(bytes.fromhex(key[:16]), signed=True)
        session.execute(select(func.pg_advisory_xact_lock(number)))


def _require_room(session: Session, key: str, most: int, now: datetime) -> None:
    tries = select(SignInTry.at).where(SignInTry.key_hash == key).order_by(SignInTry.at.desc()).limit(most)
    moments = session.scalars(tries).all()
    if len(moments) == most:
        raise TooManyTriesError(max(1, math.ceil((moments[-1] + WINDOW - now).total_seconds())))


def _network_of(address: str) -> str:
    """An IPv6 subscriber has a /64 to himself, so its addresses count as one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))


def _key(*parts: str) -> str:
    return hashlib.sha256("\x00".join(part.strip().lower() for part in parts).encode()).hexdigest()
