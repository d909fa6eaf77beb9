"""The line in which asks wait for the engine's database."""

import threading
import time

from structlog.testing import capture_logs

from tests.engine.conftest import SECONDS, Calls
from tocsin.engine.starter import LINE, Ask, Starter


def ask(number: int) -> Ask:
    return Ask("work", f"work:{number}", {})


def test_asks_are_started_in_the_order_of_asking(calls: Calls) -> None:
    starter = Starter(lambda started: calls.note(started.workflow_id))

    for number in range(3):
        starter.put(ask(number))

    assert calls.wait_for(3) == ["work:0", "work:1", "work:2"]
    starter.close(time.monotonic() + SECONDS)


def test_a_full_line_drops_what_comes_and_never_makes_the_asker_wait(calls: Calls) -> None:
    starting, may_start = threading.Event(), threading.Event()

    def start(started: Ask) -> None:
        starting.set()
        may_start.wait(SECONDS)
        calls.note(started.workflow_id)

    starter = Starter(start)
    starter.put(ask(0))
    assert starting.wait(SECONDS)
    with capture_logs() as logs:
        for number in range(1, LINE + 2):
            starter.put(ask(number))
    may_start.set()

    assert [line["workflow_id"] for line in logs] == [f"work:{LINE + 1}"]
    starter.close(time.monotonic() + SECONDS)


def test_closing_still_starts_what_waits(calls: Calls) -> None:
    starter = Starter(lambda started: calls.note(started.workflow_id))
    for number in range(100):
        starter.put(ask(number))

    starter.close(time.monotonic() + SECONDS)

    assert len(calls.wait_for(100, seconds=0.0)) == 100


def test_closing_forgets_what_still_waits_when_its_time_is_up(calls: Calls) -> None:
    starting, may_start = threading.Event(), threading.Event()

    def start(started: Ask) -> None:
        starting.set()
        may_start.wait(SECONDS)
        calls.note(started.workflow_id)

    starter = Starter(start)
    starter.put(ask(1))
    assert starting.wait(SECONDS)
    starter.put(ask(2))
    starter.close(time.monotonic())
    may_start.set()
    starter.close(time.monotonic() + SECONDS)

    assert calls.wait_for(2, seconds=0.0) == ["work:1"]
