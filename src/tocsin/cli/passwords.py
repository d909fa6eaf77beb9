"""Reading a password without showing it, neither on the screen nor in the list of processes."""

import getpass
import sys

from tocsin.cli.output import note
from tocsin.kernel.errors import InvalidInputError
from tocsin.members.passwords import SHORT


def read_password() -> str:
    """The first line of stdin, or what a person types unseen.

    Raises:
        InvalidInputError: it is empty.
    """
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise InvalidInputError("--password-stdin expects a password on the first line of stdin; it was empty.")
    if len(password) < SHORT:
        # The operator holds the database, so theirs is the choice; pages, where a stranger could be, are stricter.
        note(f"this password has fewer than {SHORT} characters and is easily guessed.")
    return password
