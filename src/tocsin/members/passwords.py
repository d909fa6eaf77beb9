"""Passwords: argon2id, and no way to learn from the time it takes whether somebody has an account."""

from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from tocsin.kernel.errors import InvalidInputError

LONGEST = 1024
"""Characters; a bound on the work that a stranger's form field can cause."""
SHORT = 8
"""Characters; fewer are easily guessed (ASVS 5.0, 6.2.1)."""

# 19 MiB, two passes, one lane: OWASP's first recommendation
# (cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html), some 20 ms a try.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


def hash_password(password: str) -> str:
    """What is stored instead of `password`.

    Raises:
        InvalidInputError: it is empty, or longer than 1024 characters.
    """
    if not password or len(password) > LONGEST:
        raise InvalidInputError(f"A password has 1 to {LONGEST} characters.")
    return _HASHER.hash(password)


def require_good_password(password: str, email: str, name: str) -> None:
    """Refuse what is easily guessed: the first thing that a stranger would try.

    Raises:
        InvalidInputError: it is short, the same sign again and again, or the person's own name or address.
    """
    if len(password) < SHORT:
        raise InvalidInputError(f"A password has at least {SHORT} characters.")
    if len(set(password)) == 1:
        raise InvalidInputError("One character again and again is easily guessed; choose another password.")
    if password.strip().lower() in {email.lower(), email.partition("@")[0].lower(), name.strip().lower()}:
        raise InvalidInputError("Your own name or address is easily guessed; choose another password.")


def is_password_right(password_hash: str | None, password: str) -> bool:
    """Whether `password` is the one that was hashed.

    Takes as long for `None` (nobody has that e-mail, or no password was set), for which no password is right.
    """
    if len(password) > LONGEST:
        return False
    try:
        matches = _HASHER.verify(password_hash or _nobodys_hash(), password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return matches and password_hash is not None


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("the password of nobody")
