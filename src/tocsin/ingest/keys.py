"""Which project a key may report to: read from the request as SDKs send it, checked against the table."""

import re
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request

from tocsin.ingest.errors import BadKeyError, StorageFailedError
from tocsin.kernel.db import Database, read
from tocsin.kernel.ids import ProjectId
from tocsin.organizations.models import ProjectKey

FRESH_SECONDS = 10.0
"""How long an answer of the table is believed: a revoked key stops within this time, a new one works at once."""

UNKNOWN_KEY = "the DSN's key is missing, unknown or not this project's"

_KEY = re.compile(r"[0-9a-f]{32}")
_AUTH_KEY = re.compile(r"(?:^|[\s,])sentry_key=([0-9a-fA-F]{32})(?=[\s,]|$)")


def key_of_request(request: Request) -> str | None:
    """The key in `X-Sentry-Auth`, `Authorization: Sentry ...` or the query; `None` when it can only be in the body.

    The header's form: https://develop.sentry.dev/sdk/foundations/transport/authentication/
    """
    for header in ("x-sentry-auth", "authorization"):
        found = _AUTH_KEY.search(request.headers.get(header, "").removeprefix("Sentry "))
        if found:
            return found[1].lower()
    key = request.query_params.get("sentry_key")
    return key.lower() if key else None


def key_of_dsn(dsn: str | None) -> str | None:
    """The key in the `dsn` that an envelope's header may carry."""
    try:
        return urlsplit(dsn or "").username
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class _Known:
    project_id: ProjectId
    until: float


class KeyRing:
    """The active keys that were asked for lately. Only keys that fit are remembered, so guesses cost no memory."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, _Known] = {}

    def remembers(self, key: str | None, project_id: int) -> bool:
        """Whether `key` is known, without asking the database, to be good for this project."""
        known = self._known.get(key or "")
        return known is not None and known.project_id == project_id and known.until > time.monotonic()

    def check(self, key: str | None, project_id: int) -> None:
        """Ask the table; called in a worker thread.

        Raises:
            StorageFailedError: the table cannot be read.
            BadKeyError: the key is missing, unknown, inactive or another project's: all answer alike.
        """
        if key is None or _KEY.fullmatch(key) is None:
            raise BadKeyError(UNKNOWN_KEY)
        try:
            with read(self._database) as session:
                found = session.scalars(
                    select(ProjectKey.project_id).where(ProjectKey.public_key == key, ProjectKey.is_active)
                ).one_or_none()
        except SQLAlchemyError as error:
            raise StorageFailedError("the database cannot be read now") from error
        if found is None or found != project_id:
            self._known.pop(key, None)
            raise BadKeyError(UNKNOWN_KEY)
        self._known[key] = _Known(found, time.monotonic() + FRESH_SECONDS)
