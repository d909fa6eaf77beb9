"""A disk that is full, a database that is read-only or damaged: nothing acknowledged is lost, and it is told."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.ingest.conftest import KEY, Endpoint
from tests.ingest.test_batcher import Send, played
from tests.ingest.test_limits import an_id
from tests.ingest.test_protocol import an_envelope, an_event
from tests.support.logs import file_on_full_disk, logs_go_to
from tocsin.kernel.db import Database
from tocsin.kernel.storage_faults import StorageFault

EVENTS = 100


@pytest.fixture
def database(sqlite_database_url: str) -> Iterator[Database]:
    with closing(Database.open(sqlite_database_url)) as opened:
        yield opened


def on_the_writer(endpoint: Endpoint, pragma: str) -> int:
    """Set something on the one connection that writes; gives what SQLite answers."""
    with closing(endpoint.database.writer.raw_connection()) as connection:
        answered = connection.cursor().execute(f"PRAGMA {pragma}").fetchone()
        return answered[0] if answered else 0


def send_until_refused(endpoint: Endpoint) -> tuple[list[str], int]:
    """The ids that were acknowledged, and the status of the first that was not."""
    acknowledged: list[str] = []
    noise = random.Random(1).randbytes(10_000).hex()
    for number in range(EVENTS):
        answer = endpoint.send(an_envelope(an_event(f"Error{number}", an_id(number), extra={"noise": noise})))
        if answer.status_code != 200:
            return acknowledged, answer.status_code
        acknowledged.append(answer.json()["id"])
    raise AssertionError("the disk never became full")


def test_a_full_disk_loses_nothing_that_was_acknowledged_and_is_told(endpoint: Endpoint) -> None:
    on_the_writer(endpoint, f"max_page_count = {on_the_writer(endpoint, 'page_count') + 30}")

    acknowledged, status = send_until_refused(endpoint)

    assert (status, endpoint.event_ids(), len(acknowledged) > 0) == (429, acknowledged, True)
    assert endpoint.batcher.health.fault is StorageFault.DISK_FULL


def test_with_room_again_events_are_taken_at_once_and_the_refused_ones_were_counted(endpoint: Endpoint) -> None:
    on_the_writer(endpoint, f"max_page_count = {on_the_writer(endpoint, 'page_count') + 30}")
    acknowledged, _ = send_until_refused(endpoint)

    on_the_writer(endpoint, "max_page_count = 1000000")
    answer = endpoint.send(an_envelope(an_event("AfterAll")))

    assert (answer.status_code, endpoint.batcher.health.fault) == (200, None)
    assert endpoint.outcomes() == {"accepted": len(acknowledged) + 1, "storage_failed": 1}


def test_sdks_are_told_to_come_back_in_ten_seconds(endpoint: Endpoint) -> None:
    on_the_writer(endpoint, "query_only = ON")

    answer = endpoint.send(an_envelope(an_event()))

    assert (answer.status_code, answer.headers["retry-after"], answer.headers["x-sentry-rate-limits"]) == (
        429,
        "10",
        "10::organization:storage_failed",
    )
    assert endpoint.batcher.health.fault is StorageFault.READ_ONLY


def test_an_event_that_fails_for_its_own_reason_is_refused_alone(endpoint: Endpoint) -> None:
    with endpoint.database.writer.connect() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE INSERT ON issues WHEN NEW.title = 'Poison'"
            " BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN")

    refused = endpoint.send(an_envelope(an_event("Poison", an_id(1))))
    taken = endpoint.send(an_envelope(an_event("Other", an_id(2))))

    assert (refused.status_code, "retry-after" in refused.headers, taken.status_code) == (400, False, 200)
    assert endpoint.batcher.health.fault is None
    assert endpoint.outcomes() == {"accepted": 1, "event_failed": 1}


def test_the_tally_alone_finds_out_that_there_is_room_again(endpoint: Endpoint) -> None:
    on_the_writer(endpoint, "query_only = ON")
    endpoint.send(an_envelope(an_event()))
    endpoint.tally.save()
    before = endpoint.batcher.health.fault

    on_the_writer(endpoint, "query_only = OFF")
    endpoint.tally.save()

    assert (before, endpoint.batcher.health.fault) == (StorageFault.READ_ONLY, None)


def damage(endpoint: Endpoint, table: str) -> None:
    """Overwrite the first page of a table with noise, as a failing disk does."""
    with endpoint.database.writer.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        page = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).scalar_one()
        connection.exec_driver_sql("BEGIN")
    endpoint.database.close()
    with Path(endpoint.database.url.database or "").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


@pytest.mark.parametrize("table", ["events", "project_keys"])
def test_a_damaged_page_is_refused_and_named(endpoint: Endpoint, table: str) -> None:
    damage(endpoint, table)

    answer = endpoint.send(an_envelope(an_event()))

    assert (answer.status_code, endpoint.batcher.health.fault) == (429, StorageFault.DAMAGED)


@pytest.mark.parametrize("table", ["events"])
def test_what_is_whole_can_still_be_read(endpoint: Endpoint, table: str) -> None:
    endpoint.send(an_envelope(an_event()))
    damage(endpoint, table)
    endpoint.send(an_envelope(an_event(event_id=an_id(1))))

    assert endpoint.counts() == {"ValueError": 1}


def test_the_fault_is_said_once_and_not_for_each_event(endpoint: Endpoint, capsys: pytest.CaptureFixture[str]) -> None:
    on_the_writer(endpoint, "query_only = ON")

    for number in range(5):
        endpoint.send(an_envelope(an_event(event_id=an_id(number))))

    assert capsys.readouterr().out.count("ingest.storage.failed") == 1


def test_with_no_room_for_a_line_in_the_log_either_sdks_are_answered_and_it_goes_on(endpoint: Endpoint) -> None:
    answers: list[int] = []

    async def story(send: Send) -> None:
        async with asyncio.timeout(30):
            answers.append(await send(1, KEY, an_envelope(an_event())))
            on_the_writer(endpoint, "query_only = OFF")
            answers.append(await send(1, KEY, an_envelope(an_event())))

    on_the_writer(endpoint, "query_only = ON")
    with file_on_full_disk() as file, logs_go_to(file):
        played(endpoint, story)

    assert answers == [429, 200]
