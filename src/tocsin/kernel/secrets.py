"""Secrets at rest: encrypted with keys that live outside the database, bound to the row they belong to."""

import hashlib
import hmac
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from tocsin.kernel.errors import InvalidInputError, TocsinError

KEY_FILE = "secret-keys"


class SecretUnreadableError(TocsinError):
    """A stored secret cannot be read: none of the present keys made it, or it stands in another row's place."""

    code = "secrets.unreadable"


class SecretBox:
    """Encrypts with the first key, reads with all of them.

    A `context` (`"integration:7:bot_token"`) is bound into each ciphertext, so that a copy in another row is refused.
    """

    def __init__(self, keys: list[str]) -> None:
        if not keys:
            raise InvalidInputError("TOCSIN_SECRET_KEYS is empty; give at least one Fernet key")
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise InvalidInputError(
                "TOCSIN_SECRET_KEYS holds something that is no Fernet key (32 bytes, URL-safe base64)"
            ) from error
        self._mac_key = hashlib.sha256(b"tocsin.marker:" + keys[-1].encode()).digest()

    def seal(self, secret: str, *, context: str) -> str:
        """Encrypt `secret` for the place that `context` names."""
        return self._fernet.encrypt(f"{context}\x00{secret}".encode()).decode()

    def open(self, sealed: str, *, context: str) -> str:
        """Decrypt what `seal` made.

        Raises:
            SecretUnreadableError: no present key fits, or `context` is not the one it was sealed for.
        """
        try:
            bound, _, secret = self._fernet.decrypt(sealed.encode()).decode().partition("\x00")
        except InvalidToken as error:
            raise SecretUnreadableError("a stored secret cannot be read with the present TOCSIN_SECRET_KEYS") from error
        if bound != context:
            raise SecretUnreadableError("a stored secret stands in a place it was not made for")
        return secret

    def reseal(self, sealed: str) -> str:
        """The same secret under the first key; the way a key is rotated out.

        Raises:
            SecretUnreadableError: no present key fits.
        """
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken as error:
            raise SecretUnreadableError("a stored secret cannot be read with the present TOCSIN_SECRET_KEYS") from error

    def marker(self, *parts: object) -> str:
        """A short MAC over `parts`, for marks that we must recognise as ours (16 hex digits).

        Made with the oldest key, so that a new key in front leaves marks already in Slack recognisable.
        """
        message = "|".join(map(str, parts)).encode()
        return hmac.new(self._mac_key, message, hashlib.sha256).hexdigest()[:16]


def load_keys(configured: str | None, data_directory: Path) -> list[str]:
    """The keys from the environment (comma-separated, newest first), else from a file made once beside the data."""
    if configured:
        return [key.strip() for key in configured.split(",") if key.strip()]
    path = data_directory / KEY_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().split()
    with os.fdopen(descriptor, "w") as file:
        file.write(Fernet.generate_key().decode() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return path.read_text().split()
