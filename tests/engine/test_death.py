"""What is left of a process that died, and what the next one makes of it."""

from datetime import timedelta

import pytest

from tests.engine.conftest import SECONDS, Calls, StartEngine, other_process
from tocsin.engine import Engine
from tocsin.kernel.clock import system_clock

pytestmark = pytest.mark.crash

TAKING_UP_AGAIN = 2.5
"""The library looks every second for what it means to take up again; this long it must not have."""


def runs_when_asked(running: Engine, calls: Calls, *, already: int = 0) -> bool:
    """Whether `work:1` runs in the end. It is asked for again and again, since forgetting goes on in the background."""
    for _ in range(200):
        running.enqueue("work", "work:1", {})
        if len(calls.wait_for(already + 1, seconds=0.05)) > already:
            return True
    return False


@pytest.fixture
def died_at_work(empty_database_url: str) -> None:
    """A process began `work:1` and was killed with -9."""
    with other_process("process_that_hangs.py", empty_database_url) as (process, printed):
        assert printed.readline() == "begun\n"
        process.kill()
        process.wait()


@pytest.mark.usefixtures("died_at_work")
def test_what_a_dead_process_had_begun_runs_again_only_when_asked_for_under_a_new_id(
    start_engine: StartEngine, calls: Calls
) -> None:
    running = start_engine(workflows={"work": calls.workflow})

    running.enqueue("work", "work:2", {"n": 2})

    assert calls.wait_for(2, seconds=TAKING_UP_AGAIN) == [{"n": 2}]


@pytest.mark.usefixtures("died_at_work")
def test_what_a_dead_process_left_is_forgotten_after_a_day(start_engine: StartEngine, calls: Calls) -> None:
    tomorrow = system_clock() + timedelta(days=1, minutes=1)

    running = start_engine(workflows={"work": calls.workflow}, clock=lambda: tomorrow)

    assert runs_when_asked(running, calls)


def test_what_has_finished_is_forgotten_after_a_day(start_engine: StartEngine, calls: Calls) -> None:
    running = start_engine(workflows={"work": calls.workflow})
    running.enqueue("work", "work:1", {})
    calls.wait_for(1)
    running.stop(timeout=SECONDS)
    tomorrow = system_clock() + timedelta(days=1, minutes=1)

    running = start_engine(workflows={"work": calls.workflow}, clock=lambda: tomorrow)

    assert runs_when_asked(running, calls, already=1)


def test_what_has_finished_is_remembered_for_a_day(start_engine: StartEngine, calls: Calls) -> None:
    running = start_engine(workflows={"work": calls.workflow})
    running.enqueue("work", "work:1", {"n": 1})
    calls.wait_for(1)
    running.stop(timeout=SECONDS)
    later = system_clock() + timedelta(hours=23)

    running = start_engine(workflows={"work": calls.workflow}, clock=lambda: later)
    running.enqueue("work", "work:1", {"n": 1})
    running.enqueue("work", "work:2", {"n": 2})
    calls.wait_for(2)
    running.stop(timeout=SECONDS)

    assert calls.wait_for(2) == [{"n": 1}, {"n": 2}]
