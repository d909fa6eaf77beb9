"""What a process without workers may do: ask, and leave the running to others."""

from structlog.testing import capture_logs

from tests.engine.conftest import SECONDS, Calls, other_process
from tocsin import engine
from tocsin.engine import QUEUE_POLL_SECONDS

LOOKING = 2.5
"""Who looks into the queue notices it within a second and what waits in it within another quarter."""


def test_what_a_process_without_workers_asks_for_runs_in_one_with_workers(postgresql_url: str, calls: Calls) -> None:
    running = engine.start(postgresql_url, workflows={"work": calls.workflow}, queue_poll_seconds=QUEUE_POLL_SECONDS)

    try:
        with other_process("process_without_workers.py", postgresql_url):
            assert calls.wait_for(1) == [{"id": 1}]
    finally:
        running.stop(timeout=SECONDS)


def test_what_was_asked_for_while_no_worker_ran_waits_for_one(postgresql_url: str, calls: Calls) -> None:
    engine.start(postgresql_url, workflows={}).stop(timeout=SECONDS)
    with other_process("process_without_workers.py", postgresql_url) as (process, _printed):
        process.wait(SECONDS)

    running = engine.start(postgresql_url, workflows={"work": calls.workflow}, queue_poll_seconds=QUEUE_POLL_SECONDS)

    try:
        assert calls.wait_for(1) == [{"id": 1}]
    finally:
        running.stop(timeout=SECONDS)


def test_one_process_runs_what_another_asked_for_only_if_it_looks(postgresql_url: str, calls: Calls) -> None:
    engine.start(postgresql_url, workflows={}).stop(timeout=SECONDS)
    with other_process("process_without_workers.py", postgresql_url) as (process, _printed):
        process.wait(SECONDS)
    running = engine.start(postgresql_url, workflows={"work": calls.workflow})

    running.enqueue("work", "work:2", {"id": 2})

    try:
        assert calls.wait_for(2, seconds=LOOKING) == [{"id": 2}]
    finally:
        running.stop(timeout=SECONDS)


def test_asking_before_a_worker_ever_ran_is_logged_and_never_raises(postgresql_url: str) -> None:
    with capture_logs() as logs:
        asking = engine.start_without_workers(postgresql_url)
        asking.enqueue("work", "work:1", {})
        asking.stop(timeout=SECONDS)

    assert [line["event"] for line in logs] == ["engine.start.failed"]
