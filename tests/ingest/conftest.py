"""The endpoints of SDKs over a database with one project and its key."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tocsin.events.models import StoredEvent
from tocsin.ingest.batcher import Batcher
from tocsin.ingest.keys import KeyRing
from tocsin.ingest.routes import Ingest
from tocsin.ingest.storage_health import StorageHealth
from tocsin.ingest.tally import Tally
from tocsin.intake.received import outcomes_since
from tocsin.issues.models import Issue
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import ProjectId
from tocsin.organizations.models import Organization, Project, ProjectKey

NOW = datetime(2026, 3, 14, 12, 0, 20, tzinfo=UTC)
KEY, OTHER_KEY, DEAD_KEY = "a1" * 16, "b2" * 16, "c3" * 16


class ClockOfTests:
    """A clock that stands still until it is set; it begins in the middle of a minute."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Endpoint:
    """What an SDK talks to, and what came of it."""

    app: Starlette
    client: TestClient
    batcher: Batcher
    clock: ClockOfTests
    database: Database
    tally: Tally

    def anew(self) -> "Endpoint":
        """The same endpoint after a restart: it knows what is in the database, and nothing else."""
        ingest = Ingest(self.batcher, KeyRing(self.database, self.clock, self.batcher.health), self.tally, self.clock)
        app = Starlette(routes=ingest.routes())
        return replace(self, app=app, client=TestClient(app))

    def send(
        self, body: bytes | Iterator[bytes], path: str = "/api/1/envelope/", key: str | None = KEY, **headers: str
    ) -> Any:
        auth = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key}, sentry_client=test/1"} if key else {}
        return self.client.post(path, content=body, headers=auth | {k.replace("_", "-"): v for k, v in headers.items()})

    def event_ids(self) -> list[str]:
        with read(self.database) as session:
            return [
                event_id.hex() for event_id in session.scalars(select(StoredEvent.event_id).order_by(StoredEvent.id))
            ]

    def counts(self) -> dict[str, int]:
        with read(self.database) as session:
            return dict(session.execute(select(Issue.title, Issue.event_count)).all())

    def outcomes(self, project_id: int = 1) -> dict[str, int]:
        """What became of everything that was sent to the project in this hour."""
        self.tally.save()
        with read(self.database) as session:
            found = outcomes_since(session, ProjectId(project_id), since=self.clock())
        return {str(outcome): events for outcome, events in found.items()}

    def limit(self, owner: type[Project] | type[ProjectKey] = Project, **columns: int) -> None:
        """Bound the first project, or its key, before anything is sent with it."""
        with write(self.database) as session:
            session.execute(update(owner).where(owner.id == 1).values(columns))


@pytest.fixture
def endpoint(database: Database) -> Iterator[Endpoint]:
    clock = ClockOfTests()
    now = clock()
    with write(database) as session:
        organization = Organization(slug="acme", name="Acme", created_at=now)
        session.add(organization)
        session.flush()
        projects = [
            Project(organization_id=organization.id, slug=slug, name=slug, created_at=now) for slug in ("web", "api")
        ]
        session.add_all(projects)
        session.flush()
        session.add_all(
            [
                ProjectKey(project_id=projects[0].id, public_key=KEY, created_at=now),
                ProjectKey(project_id=projects[1].id, public_key=OTHER_KEY, created_at=now),
                ProjectKey(project_id=projects[0].id, public_key=DEAD_KEY, is_active=False, created_at=now),
            ]
        )
    health = StorageHealth(database.ballast)
    batcher = Batcher(database, clock, health)
    batcher.start()
    tally = Tally(database, clock, health)
    app = Starlette(routes=Ingest(batcher, KeyRing(database, clock, health), tally, clock).routes())
    with TestClient(app) as client:
        yield Endpoint(app, client, batcher, clock, database, tally)
    batcher.stop()
