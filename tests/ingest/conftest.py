"""The endpoints of SDKs over a database with one project and its key."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tocsin.events.models import StoredEvent
from tocsin.ingest.batcher import Batcher
from tocsin.ingest.keys import KeyRing
from tocsin.ingest.routes import Ingest
from tocsin.issues.models import Issue
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import Database, read, write
from tocsin.organizations.models import Organization, Project, ProjectKey

KEY, OTHER_KEY, DEAD_KEY = "a1" * 16, "b2" * 16, "c3" * 16


@dataclass
class Endpoint:
    """What an SDK talks to, and what came of it."""

    client: TestClient
    database: Database

    def send(self, body: bytes, path: str = "/api/1/envelope/", key: str | None = KEY, **headers: str) -> Any:
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


@pytest.fixture
def endpoint(database: Database) -> Iterator[Endpoint]:
    now = system_clock()
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
    batcher = Batcher(database, system_clock)
    batcher.start()
    application = Starlette(routes=Ingest(batcher, KeyRing(database), system_clock).routes())
    with TestClient(application) as client:
        yield Endpoint(client, database)
    batcher.stop()
