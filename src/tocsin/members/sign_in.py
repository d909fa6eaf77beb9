"""Signing in and out of the pages: who a browser's session key belongs to, and for how long."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import OrganizationId, UserId
from tocsin.members.authorize import list_memberships
from tocsin.members.errors import WrongPasswordError
from tocsin.members.models import SignIn, User
from tocsin.members.passwords import is_password_right
from tocsin.members.people import find_user
from tocsin.members.tries import count_try, forgive
from tocsin.organizations.audit import AuditEvent, create_audit_entry_from_user
from tocsin.organizations.permit import Source

ABSOLUTE_LIFE = timedelta(days=30)
IDLE_LIFE = timedelta(days=14)
TOUCH_AFTER = timedelta(hours=1)
"""How stale `last_seen_at` may get: a write for every page would cost more than the hour is worth."""
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewSignIn:
    """What a browser gets once; only a hash of `key` is kept."""

    user_id: UserId
    key: str
    """256 bits, URL-safe: the cookie's value."""
    csrf_token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """Whose browser this is."""

    user_id: UserId
    name: str
    email: str
    csrf_token: str
    is_to_be_touched: bool
    """Whether the edge should call `touch`, so that the idle time begins anew."""


def sign_in(database: Database, email: str, password: str, *, address: str, source: Source, now: datetime) -> NewSignIn:
    """Check the password and begin a session under a key never used before.

    Opens its own transactions: looking at a password takes some 20 ms, in which nobody else should wait for the
    writer. `address` is the client's IP.

    Raises:
        WrongPasswordError: e-mail and password do not fit, or the account was deactivated.
        TooManyTriesError: too many wrong ones lately; carries `retry_after`.
    """
    with write(database) as session:
        tries = count_try(session, email, address, now=now)
    with read(database) as session:
        user = find_user(session, email)
    is_right = is_password_right(user.password_hash if user is not None else None, password)

    with write(database) as session:
        if user is None or not is_right or not user.is_active:
            _audit(session, AuditEvent.SIGN_IN_FAILED, user, source, now)
        else:
            forgive(session, tries, email, address)
            _audit(session, AuditEvent.SIGN_IN, user, source, now)
            return begin_sign_in(session, user.id, now=now)
    raise WrongPasswordError("This e-mail and password do not fit.")


def begin_sign_in(session: Session, user_id: UserId, *, now: datetime) -> NewSignIn:
    """Begin a session for somebody who has proved who they are; their expired ones are cleared away."""
    session.execute(delete(SignIn).where(SignIn.user_id == user_id, SignIn.expires_at <= now))
    new = NewSignIn(user_id, secrets.token_urlsafe(KEY_BYTES), secrets.token_urlsafe(KEY_BYTES), now + ABSOLUTE_LIFE)
    session.add(
        SignIn(
            key_hash=_hash(new.key),
            user_id=user_id,
            csrf_token=new.csrf_token,
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
            SignIn.key_hash == _hash(key),
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
    session.execute(update(SignIn).where(SignIn.key_hash == _hash(key)).values(last_seen_at=now))


def sign_out(session: Session, key: str) -> None:
    """End this browser's session."""
    session.execute(delete(SignIn).where(SignIn.key_hash == _hash(key)))


def sign_out_everywhere(session: Session, user_id: UserId) -> None:
    """End every session of the user: the answer to a changed password or a lost computer."""
    session.execute(delete(SignIn).where(SignIn.user_id == user_id))


def _audit(session: Session, event: AuditEvent, user: User | None, source: Source, now: datetime) -> None:
    """One line for each organization of the person; one without an organization for somebody unknown.

    What was typed as an e-mail is not kept: people type passwords there.
    """
    organizations: list[OrganizationId | None] = []
    if user is not None:
        organizations.extend(membership.organization_id for membership in list_memberships(session, user.id))
    for organization_id in organizations or [None]:
        create_audit_entry_from_user(
            session,
            event,
            organization_id=organization_id,
            user_id=user.id if user is not None else None,
            label=user.name if user is not None else "somebody unknown",
            source=source,
            target=f"user:{user.id}" if user is not None else None,
            now=now,
        )


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
