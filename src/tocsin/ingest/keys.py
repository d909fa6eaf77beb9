"""Which project a key may report to: read from the request as SDKs send it, checked against the table."""

import asyncio
import re
import time
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tocsin.events.fingerprint_rules import FingerprintRule, rules_in_force
from tocsin.events.scrubbing import DEFAULT_RULES, ScrubRules
from tocsin.ingest.errors import BadKeyError, StorageFailedError
from tocsin.ingest.quotas import DAY, Limit, Quotas, limits_of
from tocsin.ingest.request import SDKRequest
from tocsin.ingest.storage_health import StorageHealth
from tocsin.intake.received import accepted_today
from tocsin.intake.scrub_rules import scrub_rules_of
from tocsin.kernel.clock import Clock
from tocsin.kernel.db import Database, read
from tocsin.kernel.ids import ProjectId, ProjectKeyId
from tocsin.organizations.models import Project, ProjectKey
from tocsin.organizations.quotas import quota_of

FRESH_SECONDS = 10.0
"""How long an answer of the table is believed: a revoked key stops, and new limits and rules hold, within this time."""

UNKNOWN_KEY = "the DSN's key is missing, unknown or not this project's"

_KEY = re.compile(r"[0-9a-f]{32}")
_AUTH_KEY = re.compile(r"(?:^|[\s,])sentry_key=([0-9a-fA-F]{32})(?=[\s,]|$)")


def key_of_request(request: SDKRequest) -> str | None:
    """The key in `X-Sentry-Auth`, `Authorization: Sentry ...` or the query; `None` when it can only be in the body.

    The header's form: https://develop.sentry.dev/sdk/foundations/transport/authentication/
    """
    for name in (b"x-sentry-auth", b"authorization"):
        header = request.header(name)
        found = _AUTH_KEY.search(header.removeprefix("Sentry ")) if header else None
        if found:
            return found[1].lower()
    key = request.parameter("sentry_key")
    return key.lower() if key else None


def key_of_dsn(dsn: str | None) -> str | None:
    """The key in the `dsn` that an envelope's header may carry."""
    try:
        return urlsplit(dsn or "").username
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that may report, and what its table says of it."""

    id: ProjectKeyId
    public_key: str
    project_id: ProjectId
    limits: tuple[Limit, ...]
    until: float
    """How long this is believed, in monotonic seconds."""
    fingerprint_rules: tuple[FingerprintRule, ...] = ()
    scrub_rules: ScrubRules = DEFAULT_RULES
    """Those of its project."""


class KeyRing:
    """The active keys that were asked for lately. Only keys that fit are remembered, so guesses cost no memory."""

    def __init__(self, database: Database, clock: Clock, health: StorageHealth) -> None:
        self._database = database
        self._health = health
        self._clock = clock
        self.quotas = Quotas(clock)
        self._known: dict[str, KnownKey] = {}
        self._looking: dict[str, asyncio.Task[KnownKey]] = {}

    async def get(self, key: str | None, project_id: int) -> KnownKey:
        """The key of this project, as the table had it lately.

        Raises:
            StorageFailedError: the table cannot be read.
            BadKeyError: the key is missing, unknown, inactive or another project's: all answer alike.
        """
        known = self._known.get(key or "") or await self._look_together(key)
        if known.until <= time.monotonic():
            # Of many who come at this moment one looks: the others would keep the threads and everybody else waiting.
            self._known[known.public_key] = replace(known, until=time.monotonic() + FRESH_SECONDS)
            known = await self._look(known.public_key)
        if known.project_id != project_id:
            raise BadKeyError(UNKNOWN_KEY)
        return known

    async def _look_together(self, key: str | None) -> KnownKey:
        """Look once for all who ask at this moment, as many do when a server begins."""
        if key is None or _KEY.fullmatch(key) is None:
            raise BadKeyError(UNKNOWN_KEY)
        looking = self._looking.get(key)
        if looking is None:
            looking = self._looking[key] = asyncio.create_task(self._look(key))
            looking.add_done_callback(lambda _: self._looking.pop(key))
        return await asyncio.shield(looking)

    async def _look(self, key: str) -> KnownKey:
        found = await asyncio.to_thread(self._find, key)
        if found is None:
            self._known.pop(key, None)
            raise BadKeyError(UNKNOWN_KEY)
        self._known[key] = found.key
        self.quotas.catch_up(found.key.limits, found.accepted_today)
        return found.key

    def _find(self, key: str) -> "_Found | None":
        try:
            with read(self._database) as session:
                return _look_up(session, key, now=self._clock())
        except SQLAlchemyError as error:
            self._health.failed(error)
            raise StorageFailedError("the database cannot be read now") from error


@dataclass(frozen=True, slots=True)
class _Found:
    key: KnownKey
    accepted_today: dict[tuple[str, int], int]


def _look_up(session: Session, public_key: str, *, now: datetime) -> _Found | None:
    row = session.execute(
        select(ProjectKey, Project)
        .join(Project, Project.id == ProjectKey.project_id)
        .where(ProjectKey.public_key == public_key, ProjectKey.is_active, Project.deleted_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    key, project = row
    limits = limits_of(project.id, quota_of(project), key.id, quota_of(key))
    accepted: dict[tuple[str, int], int] = {}
    if any(limit.seconds == DAY for limit in limits):
        by_key = accepted_today(session, project.id, now=now)
        accepted = {("key", key.id): by_key.get(key.id, 0), ("project", project.id): sum(by_key.values())}
    rules = rules_in_force(project.fingerprint_rules)
    until = time.monotonic() + FRESH_SECONDS
    return _Found(KnownKey(key.id, public_key, project.id, limits, until, rules, scrub_rules_of(project)), accepted)
