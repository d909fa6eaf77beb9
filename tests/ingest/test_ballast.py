"""A full disk belongs to people: events wait outside, decisions go on, and with room again events are let in."""

import resource
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.ingest.conftest import Endpoint
from tests.ingest.test_limits import an_id
from tests.ingest.test_protocol import an_envelope, an_event
from tests.ingest.test_storage import on_the_writer, send_until_refused
from tocsin.issues.models import Issue, IssueStatus
from tocsin.kernel.ballast import MARGIN, Ballast
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.storage_faults import StorageFault

SIZE = 1024 * 1024


@dataclass
class Disk:
    """How much room there is, as a test says, and the file that keeps some of it."""

    file: Path
    outside: int = 10 * (SIZE + MARGIN)
    inside: int = 0

    def ballast(self) -> Ballast:
        """As a process makes it when it starts."""
        ballast = Ballast(
            self.file, size=SIZE, free_inside=lambda: self.inside, free_outside=lambda _folder: self.outside
        )
        ballast.keep()
        return ballast

    @property
    def kept(self) -> int:
        """Bytes that are really set aside."""
        return self.file.stat().st_blocks * 512


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path / "ballast")


@pytest.fixture
def database(sqlite_database_url: str, disk: Disk) -> Iterator[Database]:
    with closing(Database.open(sqlite_database_url)) as opened:
        opened.ballast = disk.ballast()
        yield opened


def look_for_room(endpoint: Endpoint) -> None:
    """What a server does every few seconds."""
    assert endpoint.database.ballast is not None
    endpoint.database.ballast.keep()
    endpoint.tally.save()


def fill(endpoint: Endpoint, disk: Disk) -> list[str]:
    """Report until the disk is full; the ids that were acknowledged. Room for what people do is there afterwards."""
    pages = on_the_writer(endpoint, "page_count")
    on_the_writer(endpoint, f"max_page_count = {pages + 60}")
    acknowledged, status = send_until_refused(endpoint)
    assert status == 429
    disk.outside = 0
    on_the_writer(endpoint, f"max_page_count = {pages + 1000}")
    return acknowledged


def test_real_room_is_set_aside(disk: Disk) -> None:
    disk.ballast()

    assert disk.kept >= SIZE


def test_where_there_is_hardly_any_room_none_is_set_aside_and_nothing_is_refused(disk: Disk) -> None:
    disk.outside = SIZE + MARGIN - 1

    ballast = disk.ballast()

    assert (disk.file.exists(), ballast.refuses_events) == (False, False)


def test_where_a_quota_forbids_it_none_is_set_aside_and_nothing_is_refused(disk: Disk) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SIZE // 2, hard))
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        ballast = disk.ballast()
        ballast.keep()
    finally:
        signal.signal(signal.SIGXFSZ, before)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert (disk.file.exists(), ballast.refuses_events) == (False, False)


def test_where_no_file_can_be_made_none_is_set_aside(disk: Disk) -> None:
    disk.file.parent.joinpath("gone").touch()
    disk.file = disk.file.parent / "gone" / "ballast"

    assert not disk.ballast().refuses_events


def test_a_full_disk_lets_the_ballast_go_and_keeps_events_out_of_what_that_frees(
    endpoint: Endpoint, disk: Disk
) -> None:
    acknowledged = fill(endpoint, disk)
    look_for_room(endpoint)

    refused = endpoint.send(an_envelope(an_event("Later", an_id(999))))

    assert disk.kept == 0
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
    assert endpoint.event_ids() == acknowledged
    assert endpoint.batcher.health.fault is StorageFault.DISK_FULL


def test_on_a_full_disk_people_decide_and_what_was_refused_is_counted(endpoint: Endpoint, disk: Disk) -> None:
    fill(endpoint, disk)
    endpoint.send(an_envelope(an_event("Later", an_id(999))))

    with write(endpoint.database) as session:
        session.execute(update(Issue).values(status=IssueStatus.RESOLVED))

    with read(endpoint.database) as session:
        assert set(session.scalars(select(Issue.status))) == {IssueStatus.RESOLVED}
    assert endpoint.outcomes()["storage_failed"] == 2


@pytest.mark.parametrize("where", ["outside", "inside"])
def test_with_room_again_on_the_disk_or_in_the_database_events_are_let_in(
    endpoint: Endpoint, disk: Disk, where: str
) -> None:
    fill(endpoint, disk)

    setattr(disk, where, SIZE + MARGIN)
    look_for_room(endpoint)
    answer = endpoint.send(an_envelope(an_event("Later", an_id(999))))

    assert (answer.status_code, endpoint.batcher.health.fault) == (200, None)
    assert (disk.kept >= SIZE) == (where == "outside")


def test_a_server_that_starts_on_a_full_disk_knows_that_it_is(endpoint: Endpoint, disk: Disk) -> None:
    fill(endpoint, disk)

    assert disk.ballast().refuses_events
