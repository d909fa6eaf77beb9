"""Forgotten and changed passwords: links good once and for half an hour, and what ends with an old password."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tocsin.deliveries.mail import Mailing, plan_mail
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.errors import ConflictError, InvalidInputError
from tocsin.kernel.ids import UserId
from tocsin.members.account_log import record_account_event
from tocsin.members.errors import ResetExpiredError
from tocsin.members.models import EmailChange, PasswordReset, User
from tocsin.members.own_password import hold_proved, prove_password
from tocsin.members.passwords import hash_password, require_good_password
from tocsin.members.people import find_user_for_update
from tocsin.members.sessions import NewSignIn, end_sessions, renew_session
from tocsin.members.tries import count_try
from tocsin.organizations.audit import AuditEvent
from tocsin.organizations.permit import Source

LIFE = timedelta(minutes=30)
AGAIN_AFTER = timedelta(minutes=2)
"""Nobody's mailbox is filled by somebody who asks again and again."""
TOKEN_BYTES = 32
LETTER = "password_reset"


def ask_for_reset(
    session: Session, email: str, *, mailing: Mailing, address: str, source: Source, now: datetime
) -> None:
    """Send a link to `email` if somebody with an account has it; nothing tells the asker whether that is so.

    `address` is the client's IP.

    Raises:
        TooManyTriesError: it asks too often.
    """
    count_try(session, f"reset {email}", address, now=now)
    # Held, for a link that was made while the address changes would outlive it in a mailbox that counts no more.
    user = find_user_for_update(session, email)
    if user is None or not user.is_active or _was_asked_lately(session, user, now):
        return
    token = secrets.token_urlsafe(TOKEN_BYTES)
    reset = _insert(session, user, token, went_by_mail=True, now=now)
    plan_mail(
        session,
        mailing,
        kind=LETTER,
        to=user.email,
        data={"name": user.name, "email": user.email, "until": f"{now + LIFE:%H:%M} UTC"},
        secrets={"link": _address(mailing.link_base, token)},
        natural_key=f"mail:{LETTER}:{reset.id}:{reset.token_hash[:16]}",
        lifetime=LIFE,
        now=now,
    )
    record_account_event(session, AuditEvent.PASSWORD_RESET, user, source=source, now=now, label="somebody unknown")


def make_reset_link(session: Session, user: User, *, link_base: str, by: str, source: Source, now: datetime) -> str:
    """A link to hand over by other ways than mail; `by` is who vouches for it that the right person gets it.

    Raises:
        ConflictError: the account was deactivated.
    """
    if not user.is_active:
        raise ConflictError(f"The account of {user.email} was deactivated.")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    _insert(session, user, token, went_by_mail=False, now=now)
    record_account_event(session, AuditEvent.PASSWORD_RESET, user, source=source, now=now, label=by)
    return _address(link_base, token)


def get_reset_user(session: Session, token: str, *, now: datetime) -> User:
    """Whose password the link changes; looking does not use it up.

    Raises:
        ResetExpiredError: it is unknown, used, too old, or the account was deactivated: all answer alike.
    """
    found = session.scalars(
        select(User)
        .join(PasswordReset, PasswordReset.user_id == User.id)
        .where(
            PasswordReset.token_hash == _hash(token),
            PasswordReset.created_at > now - LIFE,
            User.is_active.is_(True),
        )
    ).one_or_none()
    if found is None:
        raise ResetExpiredError("This link was used already or is older than half an hour. Ask for a new one.")
    return found


def reset_password(database: Database, token: str, password: str, *, source: Source, now: datetime) -> None:
    """Give whoever the link belongs to another password, and end all their sessions; the link is used up.

    Opens its own transactions, since hashing takes some 20 ms.

    Raises:
        ResetExpiredError: of two who come at once with the same link, one is refused as well.
        InvalidInputError: the password is easily guessed; the link stays good.
    """
    with read(database) as session:
        user = get_reset_user(session, token, now=now)
    require_good_password(password, user.email, user.name)
    hashed = hash_password(password)

    with write(database) as session:
        user = get_reset_user(session, token, now=now)
        # The account first and then its links, as whoever changes its address does: crosswise they would deadlock.
        session.refresh(user, with_for_update=True)
        used = (
            delete(PasswordReset).where(PasswordReset.token_hash == _hash(token)).returning(PasswordReset.went_by_mail)
        )
        went_by_mail = session.scalars(used).one_or_none()
        if went_by_mail is None:
            raise ResetExpiredError("This link was used at this very moment.")
        if went_by_mail:
            user.email_verified_at = now
        _set(session, user, hashed, source=source, now=now)
        end_sessions(session, user.id)


def change_password(
    database: Database,
    user_id: UserId,
    key: str,
    old: str,
    new: str,
    *,
    address: str,
    source: Source,
    now: datetime,
) -> NewSignIn | None:
    """Change one's own password: every other session ends, and that of `key` goes on under the key that is given.

    Opens its own transactions, since looking at passwords takes some 20 ms. `None` when the session of `key` ended.

    Raises:
        WrongPasswordError: `old` is not the present one.
        TooManyTriesError: too many wrong ones lately.
        InvalidInputError: `new` is easily guessed, or the old one again.
    """
    with read(database) as session:
        user = session.get_one(User, user_id)
    require_good_password(new, user.email, user.name)
    proof = prove_password(database, user_id, old, address=address, now=now)
    if old == new:
        raise InvalidInputError("That is your present password; choose another one.")
    hashed = hash_password(new)

    with write(database) as session:
        user = hold_proved(session, proof)
        _set(session, user, hashed, source=source, now=now)
        end_sessions(session, user_id, but=key)
        return renew_session(session, key)


def _set(session: Session, user: User, hashed: str, *, source: Source, now: datetime) -> None:
    """The new password, with which every link ends that would change it again, or the address."""
    user.password_hash = hashed
    session.execute(delete(PasswordReset).where(PasswordReset.user_id == user.id))
    session.execute(delete(EmailChange).where(EmailChange.user_id == user.id))
    session.flush()
    record_account_event(session, AuditEvent.PASSWORD_SET, user, source=source, now=now)


def _insert(session: Session, user: User, token: str, *, went_by_mail: bool, now: datetime) -> PasswordReset:
    session.execute(delete(PasswordReset).where(PasswordReset.created_at <= now - LIFE))
    reset = PasswordReset(user_id=user.id, token_hash=_hash(token), went_by_mail=went_by_mail, created_at=now)
    session.add(reset)
    session.flush()
    return reset


def _was_asked_lately(session: Session, user: User, now: datetime) -> bool:
    lately = select(PasswordReset.id).where(
        PasswordReset.user_id == user.id,
        PasswordReset.went_by_mail.is_(True),
        PasswordReset.created_at > now - AGAIN_AFTER,
    )
    return session.scalars(lately.limit(1)).first() is not None


def _address(link_base: str, token: str) -> str:
    return f"{link_base}/reset-password/{token}/"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
