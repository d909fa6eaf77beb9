"""The browsers in which somebody is signed in: their keys, the list of them, and their end."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tocsin.kernel.db import changed_rows
from tocsin.kernel.errors import NotFoundError
from tocsin.kernel.ids import UserId
from tocsin.members.models import SignIn

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewSignIn:
    """What a browser gets once; only a hash of `key` is kept."""

    user_id: UserId
    key: str
    """256 bits, URL-safe: the cookie's value."""
    csrf_token: str
    expires_at: datetime


def new_sign_in(user_id: UserId, *, expires_at: datetime) -> NewSignIn:
    """A key that was never used before, with a token for the forms of its pages."""
    return NewSignIn(user_id, secrets.token_urlsafe(KEY_BYTES), secrets.token_urlsafe(KEY_BYTES), expires_at)


def renew_session(session: Session, key: str) -> NewSignIn | None:
    """Give the browser another key, since it may do more from now on; `None` when it is signed in no more.

    The session is no younger for it: it ends when it would have ended.
    """
    found = session.execute(select(SignIn.user_id, SignIn.expires_at).where(SignIn.key_hash == hash_key(key))).first()
    if found is None:
        return None
    new = new_sign_in(found.user_id, expires_at=found.expires_at)
    renewed = changed_rows(
        session,
        update(SignIn)
        .where(SignIn.key_hash == hash_key(key))
        .values(key_hash=hash_key(new.key), csrf_token=new.csrf_token),
    )
    return new if renewed else None


def list_sessions(session: Session, user_id: UserId, *, idle_since: datetime, now: datetime) -> Sequence[SignIn]:
    """Where the person is signed in, the browser that was seen last first; those that are over are left out."""
    return session.scalars(
        select(SignIn)
        .where(SignIn.user_id == user_id, SignIn.expires_at > now, SignIn.last_seen_at > idle_since)
        .order_by(SignIn.last_seen_at.desc(), SignIn.created_at.desc())
    ).all()


def end_session(session: Session, user_id: UserId, key_hash: str) -> None:
    """End one session of the user, which a list named by its hash.

    Raises:
        NotFoundError: it is over already, or somebody else's: both answer alike.
    """
    if not changed_rows(session, delete(SignIn).where(SignIn.user_id == user_id, SignIn.key_hash == key_hash)):
        raise NotFoundError("This session is over already.")


def end_sessions(session: Session, user_id: UserId, *, but: str | None = None) -> None:
    """End every session of the user, but for that of the key `but`: the answer to a new password or a lost computer."""
    ended = delete(SignIn).where(SignIn.user_id == user_id)
    session.execute(ended if but is None else ended.where(SignIn.key_hash != hash_key(but)))


def find_expired_sign_ins(session: Session, *, now: datetime, limit: int) -> Sequence[str]:
    """Sessions that are over, by the hashes of their keys: of people who never came back to end them."""
    return session.scalars(select(SignIn.key_hash).where(SignIn.expires_at <= now).limit(limit)).all()


def forget_sign_ins(session: Session, key_hashes: Sequence[str]) -> None:
    """Delete these sessions."""
    session.execute(delete(SignIn).where(SignIn.key_hash.in_(key_hashes)))


def hash_key(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()
