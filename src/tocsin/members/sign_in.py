"""Signing in and out of the pages: who a browser's session key belongs to, and for how long."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import UserId
from tocsin.members.account_log import record_account_event
from tocsin.members.errors import WrongPasswordError
from tocsin.members.models import SignIn, User
from tocsin.members.passwords import is_password_right
from tocsin.members.people import find_user
from tocsin.members.sessions import NewSignIn, hash_key, new_sign_in
from tocsin.members.tries import count_try, forgive
from tocsin.organizations.audit import AuditEvent
from tocsin.organizations.permit import Source

ABSOLUTE_LIFE = timedelta(days=30)
IDLE_LIFE = timedelta(days=14)
TOUCH_AFTER = timedelta(hours=1)
"""How stale `last_seen_at` may get: a write for every page would cost more than the hour is worth."""


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """Whose browser this is."""

    user_id: UserId
    name: str
    email: str
    csrf_token: str
    is_to_be_touched: bool
    """Whether the edge should call `touch`, so that the idle time begins anew."""


def sign_in(
    database: Database, email: str, password: str, *, address: str, source: Source, now: datetime, agent: str = ""
) -> NewSignIn:
    """Check the password and begin a session under a key never used before.

    Opens its own transactions: looking at a password takes some 20 ms, in which nobody else should wait for the
    writer. `address` is the client's IP, `agent` what the browser calls itself.

    Raises:
        WrongPasswordError: e-mail and password do not fit (any more), or the account was deactivated.
        TooManyTriesError: too many wrong ones lately; carries `retry_after`.
    """
    with write(database) as session:
        tries = count_try(session, email, address, now=now)
    with read(database) as session:
        user = find_user(session, email)
    is_right = is_password_right(user.password_hash if user is not None else None, password)

    with write(database) as session:
        if user is not None and is_right and _is_still_right(session, user):
            forgive(session, tries, email, address)
            record_account_event(session, AuditEvent.SIGN_IN, user, source=source, now=now)
            return begin_sign_in(session, user.id, now=now, address=address, agent=agent)
        record_account_event(session, AuditEvent.SIGN_IN_FAILED, user, source=source, now=now)
    raise WrongPasswordError("This e-mail and password do not fit.")


def _is_still_right(session: Session, looked_at: User) -> bool:
    """Whether the account counts and has the password that was looked at, outside of this transaction.

    Its row stays locked until COMMIT: whoever changes the password now waits, and then ends this session as well.
    """
    user = session.get_one(User, looked_at.id, with_for_update=True)
    return user.is_active and user.password_hash == looked_at.password_hash


def begin_sign_in(session: Session, user_id: UserId, *, now: datetime, address: str = "", agent: str = "") -> NewSignIn:
    """Begin a session for somebody who has proved who they are; their expired ones are cleared away."""
    session.execute(delete(SignIn).where(SignIn.user_id == user_id, SignIn.expires_at <= now))
    new = new_sign_in(user_id, expires_at=now + ABSOLUTE_LIFE)
    session.add(
        SignIn(
            key_hash=hash_key(new.key),
            user_id=user_id,
            csrf_token=new.csrf_token,
            address=address[:45],
            agent=agent[:200],
            created_at=now,
            last_seen_at=now,
            expires_at=new.expires_at,
        )
    )
    session.flush()
    return new


def get_user(session: Session, key: str, *, now: datetime) -> SignedInUser | None:
    """Whose session `key` is; `None` when it ended, was idle for too long, or the account was deactivated."""
    found = session.execute(
        select(User.id, User.name, User.email, SignIn.csrf_token, SignIn.last_seen_at)
        .join(SignIn, SignIn.user_id == User.id)
        .where(
            SignIn.key_hash == hash_key(key),
            SignIn.expires_at > now,
            SignIn.last_seen_at > now - IDLE_LIFE,
            User.is_active.is_(True),
        )
    ).one_or_none()
    if found is None:
        return None
    user_id, name, email, csrf_token, last_seen_at = found
    return SignedInUser(user_id, name, email, csrf_token, now - last_seen_at >= TOUCH_AFTER)


def touch(session: Session, key: str, *, now: datetime) -> None:
    """Somebody is there: the idle time begins anew."""
    session.execute(update(SignIn).where(SignIn.key_hash == hash_key(key)).values(last_seen_at=now))


def sign_out(session: Session, key: str) -> None:
    """End this browser's session."""
    session.execute(delete(SignIn).where(SignIn.key_hash == hash_key(key)))
