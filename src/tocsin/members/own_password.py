"""Proving anew, with one's password, that one is the person whose browser this is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import UserId
from tocsin.members.errors import WrongPasswordError
from tocsin.members.models import User
from tocsin.members.passwords import is_password_right
from tocsin.members.tries import count_try, forgive


@dataclass(frozen=True, slots=True)
class Proof:
    """Of a password that was right a moment ago; `hold_proved` says whether it still is."""

    user_id: UserId
    email: str
    password_hash: str | None
    tries: list[int]
    address: str


def prove_password(database: Database, user_id: UserId, password: str, *, address: str, now: datetime) -> Proof:
    """Look at the person's present password; `address` is the client's IP.

    Opens its own transactions, since looking takes some 20 ms.

    Raises:
        WrongPasswordError: it is another one.
        TooManyTriesError: too many wrong ones lately.
    """
    with read(database) as session:
        user = session.get_one(User, user_id)
    with write(database) as session:
        tries = count_try(session, user.email, address, now=now)
    if not is_password_right(user.password_hash, password):
        raise WrongPasswordError("That is not your present password.")
    return Proof(user_id, user.email, user.password_hash, tries, address)


def hold_proved(session: Session, proof: Proof) -> User:
    """The account of who proved it, held until the transaction ends; earlier slips are forgotten.

    Raises:
        WrongPasswordError: the password was changed meanwhile, or the account deactivated.
    """
    user = session.get_one(User, proof.user_id, with_for_update=True)
    if user.password_hash != proof.password_hash or not user.is_active:
        raise WrongPasswordError("Your password was changed at this very moment, from elsewhere.")
    forgive(session, proof.tries, proof.email, proof.address)
    return user
