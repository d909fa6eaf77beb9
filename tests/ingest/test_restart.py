"""A restart under load: whoever keeps the listening socket refuses nothing, and nothing acknowledged is lost."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError

import pytest
from sqlalchemy import select

from bench.company import FoundedProject, found_company
from bench.server import TocsinServer, running_server
from tests.ingest.test_limits import an_id
from tocsin.events.models import StoredEvent
from tocsin.kernel.db import Database, read

PATIENCE = 120.0


class Reporter(threading.Thread):
    """Reports one error after the other, each over a connection of its own, until it is told to end."""

    def __init__(self, server: TocsinServer, project: FoundedProject) -> None:
        super().__init__()
        self._address = f"{server.address}/api/{project.id}/envelope/?sentry_key={project.key}"
        self.ended = threading.Event()
        self.acknowledged: list[str] = []
        self.refused: list[OSError | HTTPException] = []
        self.cut_off: list[OSError | HTTPException] = []

    def run(self) -> None:
        number = 0
        while not self.ended.is_set():
            number += 1
            try:
                self._report(an_id(number))
            except (OSError, HTTPException) as error:
                (self.cut_off if _is_cut_off(error) else self.refused).append(error)

    def _report(self, event_id: str) -> None:
        event = json.dumps({"event_id": event_id, "message": "on and on"})
        body = f'{{}}\n{{"type":"event"}}\n{event}\n'.encode()
        with urllib.request.urlopen(urllib.request.Request(self._address, body, method="POST"), timeout=PATIENCE):
            self.acknowledged.append(event_id)

    def until_acknowledged(self, more: int) -> None:
        """Wait until so many more were acknowledged than now."""
        wanted, waited = len(self.acknowledged) + more, threading.Event()
        for _ in range(int(PATIENCE / 0.05)):
            if len(self.acknowledged) >= wanted:
                return
            waited.wait(0.05)
        raise AssertionError("nothing is acknowledged any more")


def _is_cut_off(error: OSError | HTTPException) -> bool:
    """Whether there was a connection, which ended: before the request was written, or before its answer was."""
    why = error.reason if isinstance(error, URLError) else error
    return isinstance(why, ConnectionResetError | BrokenPipeError | HTTPException)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TocsinServer]:
    server = TocsinServer(tmp_path, log_level="WARNING")
    yield server
    server.close()


def test_a_restart_under_load_refuses_nothing_and_loses_nothing(server: TocsinServer) -> None:
    company = found_company(server.settings, [["C0RESTART"]], with_slack=False)
    company.database.close()
    with running_server(server):
        reporter = Reporter(server, company.projects[0])
        reporter.start()

        reporter.until_acknowledged(20)
        server.stop()
        server.begin()
        reporter.until_acknowledged(20)
        reporter.ended.set()
        reporter.join()

    with closing(Database.open(server.settings.resolved_database_url)) as database, read(database) as session:
        stored = {event_id.hex() for event_id in session.scalars(select(StoredEvent.event_id))}
    assert (reporter.refused, len(reporter.cut_off) <= 1, set(reporter.acknowledged) - stored) == ([], True, set())
