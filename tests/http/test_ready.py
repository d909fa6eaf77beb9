"""What a supervisor is told at `/health/ready`: whether events can be stored, and if not, why."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text
from starlette.testclient import TestClient

from tests.ingest.test_limits import an_id
from tests.ingest.test_protocol import an_envelope, an_event
from tests.support.acme import NOW, make_project
from tocsin.bootstrap import Process
from tocsin.kernel.db import Database, write
from tocsin.organizations.models import Organization, ProjectKey
from tocsin.settings import Settings

KEY = "a1" * 16


class Server:
    """A whole Tocsin with one project that reports to it."""

    def __init__(self, database: Database, client: TestClient) -> None:
        self.database, self.client = database, client

    def ready(self) -> tuple[int, str]:
        """The status, and what is wrong."""
        answer = self.client.get("/health/ready")
        return answer.status_code, answer.json().get("reason", "")

    def report(self, number: int) -> int:
        """The status that an SDK hears for an event of 20 KB."""
        event = an_event(f"Error{number}", an_id(number), extra={"noise": f"{number:x}" * 20_000})
        auth = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={KEY}"}
        return self.client.post("/api/1/envelope/", content=an_envelope(event), headers=auth).status_code

    def pragma(self, words: str) -> int:
        """Set something on the one connection that writes; gives what SQLite answers."""
        with closing(self.database.writer.raw_connection()) as connection:
            answered = connection.cursor().execute(f"PRAGMA {words}").fetchone()
            return answered[0] if answered else 0


@pytest.fixture
def server(sqlite_database_url: str, tmp_path: Path) -> Iterator[Server]:
    database = Database.open(sqlite_database_url)
    with write(database) as session:
        organization = Organization(slug="acme", name="Acme", created_at=NOW)
        session.add(organization)
        session.flush()
        organization_id = organization.id
    project_id = make_project(database, organization_id, "web")
    with write(database) as session:
        session.add(ProjectKey(project_id=project_id, public_key=KEY, created_at=NOW))
    with TestClient(a_process(database, tmp_path).application()) as client:
        yield Server(database, client)
    database.close()


def a_process(database: Database, data_dir: Path) -> Process:
    """A server that is built; its timers and carriers run only while a client of its application is entered."""
    return Process(Settings(data_dir=data_dir, secret_keys=Fernet.generate_key().decode()), database)


def test_a_server_that_can_store_is_ready(server: Server) -> None:
    stored = server.report(1)

    assert (stored, server.ready()) == (200, (200, ""))


@pytest.mark.parametrize(
    ("break_it", "mend_it", "reason"),
    [
        ("max_page_count = 1", "max_page_count = 1000000", "the disk is full"),
        ("query_only = ON", "query_only = OFF", "the database is read-only"),
    ],
)
def test_who_cannot_store_is_not_ready_and_says_why_until_something_is_stored_again(
    server: Server, break_it: str, mend_it: str, reason: str
) -> None:
    server.pragma(break_it)
    refused = next(status for number in range(100) if (status := server.report(number)) != 200)
    status, said = server.ready()

    server.pragma(mend_it)
    stored = server.report(200)

    assert (refused, status, reason in said) == (429, 503, True)
    assert (stored, server.ready()) == (200, (200, ""))


def test_a_database_that_cannot_be_read_makes_nobody_ready(sqlite_database_url: str, tmp_path: Path) -> None:
    with closing(Database.open(sqlite_database_url)) as database:
        # Nothing runs in this one: a timer that opened the file while it is written would see an empty database.
        server = Server(database, TestClient(a_process(database, tmp_path).application()))
        Path(database.url.database or "").write_bytes(b"\xff" * 8192)

        status, said = server.ready()

    assert (status, "damaged" in said) == (503, True)


def test_damage_that_a_look_found_makes_nobody_ready(sqlite_database_url: str, tmp_path: Path) -> None:
    with closing(Database.open(sqlite_database_url)) as database:
        process = a_process(database, tmp_path)
        server = Server(database, TestClient(process.application()))
        before = server.ready()
        process.inspector.damage = "*** in database main *** Page 7: never used"

        status, said = server.ready()

    assert before == (200, "")
    assert (status, "damaged" in said) == (503, True)


def test_a_database_of_a_newer_version_makes_nobody_ready(server: Server) -> None:
    with server.database.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    status, said = server.ready()

    assert (status, "newer" in said) == (503, True)
