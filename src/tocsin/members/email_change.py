"""Another e-mail address for one's account: asked for with the password, and good once its mail is seen to be read."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tocsin.deliveries.mail import Mailing, plan_mail
from tocsin.kernel.db import Database, write
from tocsin.kernel.errors import ConflictError, InvalidInputError
from tocsin.kernel.ids import UserId
from tocsin.members.account_log import record_account_event
from tocsin.members.errors import EmailChangeExpiredError
from tocsin.members.models import EmailChange, PasswordReset, User
from tocsin.members.own_password import hold_proved, prove_password
from tocsin.members.people import find_user, read_email
from tocsin.members.sessions import NewSignIn, end_sessions, renew_session
from tocsin.organizations.audit import AuditEvent
from tocsin.organizations.permit import Source

LIFE = timedelta(minutes=30)
AGAIN_AFTER = timedelta(minutes=2)
"""Nobody's mailbox is filled by somebody who asks again and again."""
TOKEN_BYTES = 32
CONFIRM, ASKED, CHANGED = "email_confirm", "email_asked", "email_changed"
"""The letters: to the new address, and to the old one before and after."""


def ask_for_email(
    database: Database,
    user_id: UserId,
    email: str,
    password: str,
    *,
    mailing: Mailing,
    address: str,
    now: datetime,
) -> None:
    """Send a link to `email` that makes it the person's address, and tell the present one; an earlier link ends.

    Nothing tells the asker whether somebody else has that address; then no link goes there. `address` is the client's
    IP. Opens its own transactions, since looking at passwords takes some 20 ms.

    Raises:
        InvalidInputError: it is no address, or the person's own.
        ConflictError: this server sends no mail, or it sent such a link only a moment ago.
        WrongPasswordError: `password` is not the present one.
        TooManyTriesError: too many wrong ones lately.
    """
    wanted = read_email(email)
    if not mailing.is_on:
        raise ConflictError("This server sends no mail, so nobody could prove that an address is theirs.")
    proof = prove_password(database, user_id, password, address=address, now=now)
    with write(database) as session:
        user = hold_proved(session, proof)
        if wanted == user.email:
            raise InvalidInputError("That is your address already.")
        _require_rest(session, user, now)
        _send_link(session, user, wanted, mailing=mailing, now=now)


def _require_rest(session: Session, user: User, now: datetime) -> None:
    lately = select(EmailChange.id).where(EmailChange.user_id == user.id, EmailChange.created_at > now - AGAIN_AFTER)
    if session.scalars(lately.limit(1)).first() is not None:
        raise ConflictError("You asked for that less than two minutes ago; wait a moment before you ask again.")


def _send_link(session: Session, user: User, wanted: str, *, mailing: Mailing, now: datetime) -> None:
    session.execute(
        delete(EmailChange).where((EmailChange.user_id == user.id) | (EmailChange.created_at <= now - LIFE))
    )
    token = secrets.token_urlsafe(TOKEN_BYTES)
    asked = EmailChange(user_id=user.id, email=wanted, token_hash=_hash(token), created_at=now)
    session.add(asked)
    session.flush()
    link = {"link": f"{mailing.link_base}/account/email/{token}/"}
    letters = [(CONFIRM, wanted, link)] if find_user(session, wanted) is None else []
    for kind, to, hidden in (*letters, (ASKED, user.email, {})):
        plan_mail(
            session,
            mailing,
            kind=kind,
            to=to,
            data=_data(user, wanted, mailing) | {"until": f"{now + LIFE:%H:%M} UTC"},
            secrets=hidden,
            natural_key=f"mail:{kind}:{asked.id}:{asked.token_hash[:16]}",
            lifetime=LIFE,
            now=now,
        )


def find_asked(session: Session, user_id: UserId, *, now: datetime) -> EmailChange | None:
    """The address that the person asked for and did not confirm yet."""
    asked = select(EmailChange).where(EmailChange.user_id == user_id, EmailChange.created_at > now - LIFE)
    return session.scalars(asked).one_or_none()


def get_asked(session: Session, user_id: UserId, token: str, *, now: datetime) -> EmailChange:
    """What the person's link asks for; looking does not use it up.

    The person must be signed in: a link that went to a mistyped address gives its reader no account.

    Raises:
        EmailChangeExpiredError: it is unknown, used, too old, replaced or another person's: all answer alike.
    """
    asked = find_asked(session, user_id, now=now)
    if asked is None or asked.token_hash != _hash(token):
        raise EmailChangeExpiredError(
            "This link was used already, is older than half an hour, or was replaced by a newer one; or you are signed "
            "in to another account than the one that it belongs to."
        )
    return asked


def confirm_email(
    session: Session, user_id: UserId, token: str, key: str, *, mailing: Mailing, source: Source, now: datetime
) -> NewSignIn | None:
    """Make the link's address the person's, and tell the old one.

    What went to the old address counts no more: links for a new password end, and so does every session but that of
    `key`, which goes on under the key that is given; `None` when that ended.

    Raises:
        EmailChangeExpiredError: as `get_asked`.
        ConflictError: somebody else has the address by now.
    """
    user = session.get_one(User, user_id, with_for_update=True)
    asked = get_asked(session, user_id, token, now=now)
    before, user.email, user.email_verified_at = user.email, asked.email, now
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as error:
        raise ConflictError("Somebody else has this address by now; ask for another one.") from error
    session.delete(asked)
    session.execute(delete(PasswordReset).where(PasswordReset.user_id == user_id))
    end_sessions(session, user_id, but=key)
    record_account_event(session, AuditEvent.ACCOUNT_EMAIL, user, source=source, now=now)
    plan_mail(
        session,
        mailing,
        kind=CHANGED,
        to=before,
        data=_data(user, asked.email, mailing),
        secrets={},
        natural_key=f"mail:{CHANGED}:{asked.id}:{asked.token_hash[:16]}",
        now=now,
    )
    return renew_session(session, key)


def _data(user: User, wanted: str, mailing: Mailing) -> dict[str, str]:
    return {"name": user.name, "email": wanted, "account_page": f"{mailing.link_base}/account/"}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
