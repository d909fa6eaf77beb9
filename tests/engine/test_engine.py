"""What the engine promises to whoever asks it for work."""

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.engine.conftest import SECONDS, Calls, StartEngine
from tocsin import engine
from tocsin.engine import Payload
from tocsin.engine.runs import Runs

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)
STOPPING = 1.0
"""An engine without work stops in a tenth of this."""


def test_what_is_asked_for_runs_with_its_payload(start_engine: StartEngine, calls: Calls) -> None:
    running = start_engine(workflows={"work": calls.workflow})

    running.enqueue("work", "work:1", {"channel": "C042", "n": 1})

    assert calls.wait_for(1) == [{"channel": "C042", "n": 1}]


def test_asking_twice_under_one_id_runs_once(start_engine: StartEngine, calls: Calls) -> None:
    running = start_engine(workflows={"work": calls.workflow})

    running.enqueue("work", "work:1", {"n": 1})
    running.enqueue("work", "work:1", {"n": 1})
    running.enqueue("work", "work:2", {"n": 2})
    calls.wait_for(2)
    running.stop(timeout=SECONDS)

    assert calls.wait_for(2) == [{"n": 1}, {"n": 2}]


def test_an_async_workflow_runs_on_the_main_loop(
    start_engine: StartEngine, calls: Calls, main_loop: asyncio.AbstractEventLoop
) -> None:
    async def work(_payload: Payload) -> None:
        await asyncio.sleep(0)
        calls.note(asyncio.get_running_loop() is main_loop)

    running = start_engine(workflows={"work": work})

    running.enqueue("work", "work:1", {})

    assert calls.wait_for(1) == [True]


def test_workflows_run_beside_each_other(start_engine: StartEngine, calls: Calls) -> None:
    together = threading.Barrier(3, timeout=SECONDS)

    def work(payload: Payload) -> None:
        together.wait()
        calls.note(payload["n"])

    running = start_engine(workflows={"work": work})

    for n in range(3):
        running.enqueue("work", f"work:{n}", {"n": n})

    assert len(calls.wait_for(3)) == 3


def test_asking_from_inside_a_workflow_works(start_on_sqlite: StartEngine, calls: Calls) -> None:
    def ask_again(_payload: Payload) -> None:
        running.enqueue("work", "work:2", {"from": "a workflow"})

    running = start_on_sqlite(workflows={"ask": ask_again, "work": calls.workflow})

    running.enqueue("ask", "ask:1", {})

    assert calls.wait_for(1) == [{"from": "a workflow"}]


def test_a_workflow_that_raises_is_logged_and_ended(start_on_sqlite: StartEngine, calls: Calls) -> None:
    def fail(_payload: Payload) -> None:
        calls.note("failing")
        raise ZeroDivisionError

    with capture_logs() as logs:
        running = start_on_sqlite(workflows={"fail": fail})
        running.enqueue("fail", "fail:1", {})
        calls.wait_for(1)
        running.stop(timeout=SECONDS)

    assert [(line["event"], line["workflow_id"], line["exc_info"]) for line in logs] == [
        ("engine.workflow.failed", "fail:1", True)
    ]


def test_a_workflow_that_raised_is_not_tried_again(start_engine: StartEngine, calls: Calls) -> None:
    def fail(payload: Payload) -> None:
        calls.note(payload["n"])
        raise ZeroDivisionError

    running = start_engine(workflows={"fail": fail})
    running.enqueue("fail", "fail:1", {"n": 1})
    calls.wait_for(1)
    running.stop(timeout=SECONDS)

    running = start_engine(workflows={"fail": fail})
    running.enqueue("fail", "fail:1", {"n": 1})
    running.enqueue("fail", "fail:2", {"n": 2})
    calls.wait_for(2)
    running.stop(timeout=SECONDS)

    assert calls.wait_for(2) == [1, 2]


def test_a_name_that_nobody_gave_harms_nothing_else(start_on_sqlite: StartEngine, calls: Calls) -> None:
    running = start_on_sqlite(workflows={"work": calls.workflow})

    with capture_logs() as logs:
        running.enqueue("wrok", "wrok:1", {})
        running.enqueue("work", "work:1", {})
        calls.wait_for(1)

    assert [(line["event"], line["workflow"]) for line in logs] == [("engine.start.failed", "wrok")]


def test_stopping_waits_for_what_runs(start_on_sqlite: StartEngine, calls: Calls) -> None:
    begun, may_end = threading.Event(), threading.Event()

    async def work(_payload: Payload) -> None:
        begun.set()
        await asyncio.to_thread(may_end.wait, SECONDS)
        calls.note("ended")

    running = start_on_sqlite(workflows={"work": work})
    running.enqueue("work", "work:1", {})
    assert begun.wait(SECONDS)
    stopping = threading.Thread(target=running.stop, kwargs={"timeout": SECONDS})
    stopping.start()
    stopping.join(STOPPING)
    waits = stopping.is_alive()
    may_end.set()
    stopping.join()

    assert (waits, calls.wait_for(1, seconds=0.0)) == (True, ["ended"])


def test_stopping_cancels_what_does_not_end_on_the_loop(start_on_sqlite: StartEngine, calls: Calls) -> None:
    begun = threading.Event()

    async def hang(_payload: Payload) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            calls.note("cancelled")

    running = start_on_sqlite(workflows={"hang": hang})
    running.enqueue("hang", "hang:1", {})
    assert begun.wait(SECONDS)

    running.stop(timeout=0.0)

    assert calls.wait_for(1) == ["cancelled"]


def test_stopping_waits_until_what_it_cancelled_has_cleaned_up(start_on_sqlite: StartEngine, calls: Calls) -> None:
    begun, may_clean_up = threading.Event(), threading.Event()

    async def hang(_payload: Payload) -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.to_thread(may_clean_up.wait, SECONDS)
            calls.note("cleaned up")

    running = start_on_sqlite(workflows={"hang": hang})
    running.enqueue("hang", "hang:1", {})
    assert begun.wait(SECONDS)
    stopping = threading.Thread(target=running.stop, kwargs={"timeout": 0.0})
    stopping.start()
    stopping.join(STOPPING)
    waits = stopping.is_alive()
    may_clean_up.set()
    stopping.join()

    assert (waits, calls.wait_for(1, seconds=0.0)) == (True, ["cleaned up"])


def test_what_a_stopping_engine_is_asked_for_is_refused(start_on_sqlite: StartEngine, calls: Calls) -> None:
    running = start_on_sqlite(workflows={"work": calls.workflow}, refuse=calls.note)
    running.stop(timeout=SECONDS)

    running.enqueue("work", "work:1", {"n": 1})

    assert calls.wait_for(1, seconds=0.0) == [{"n": 1}]


def test_a_workflow_that_comes_to_its_turn_after_the_end_is_refused(calls: Calls) -> None:
    runs = Runs(None, calls.note)
    runs.finish(deadline=0.0)

    ending = runs.call("work", calls.workflow, "work:1", {"n": 1})

    assert (ending, calls.wait_for(1, seconds=0.0)) == ("refused", [{"n": 1}])


def test_stopping_gives_up_on_a_thread_that_does_not_end(start_on_sqlite: StartEngine) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def hang(_payload: Payload) -> None:
        begun.set()
        may_end.wait(SECONDS)

    running = start_on_sqlite(workflows={"hang": hang})
    running.enqueue("hang", "hang:1", {})
    assert begun.wait(SECONDS)
    with capture_logs() as logs:
        running.stop(timeout=0.0)
    may_end.set()

    assert {"event": "engine.stopped.with_work_left", "workflow_ids": ["hang:1"], "log_level": "warning"} in logs


def test_asking_a_stopped_engine_is_ignored(start_on_sqlite: StartEngine, calls: Calls) -> None:
    running = start_on_sqlite(workflows={"work": calls.workflow})
    running.stop(timeout=SECONDS)

    running.enqueue("work", "work:1", {})

    assert calls.wait_for(1, seconds=0.0) == []


def test_a_repeated_call_outlives_its_own_failures(start_on_sqlite: StartEngine, calls: Calls) -> None:
    def look() -> None:
        calls.note("looked")
        raise ZeroDivisionError

    running = start_on_sqlite(workflows={})

    with capture_logs():
        running.repeat("look", every_seconds=0.001, run=look)

        assert calls.wait_for(3)[:3] == ["looked"] * 3


def test_a_slow_repeated_call_never_overlaps_itself(start_on_sqlite: StartEngine, calls: Calls) -> None:
    alone = threading.Lock()

    def look() -> None:
        calls.note(alone.acquire(blocking=False))
        time.sleep(0.005)  # longer than the period: the next beginning is late, not beside this one
        alone.release()

    running = start_on_sqlite(workflows={})

    running.repeat("look", every_seconds=0.001, run=look)

    assert calls.wait_for(4)[:4] == [True] * 4


def test_a_schedule_runs_once_in_its_period_whoever_asks(start_engine: StartEngine, calls: Calls) -> None:
    def process_at(moment: datetime) -> None:
        asked = threading.Event()
        running = start_engine(workflows={"asked": lambda _payload: asked.set()}, clock=lambda: moment)
        running.schedule("daily", every_seconds=86_400, run=lambda: calls.note(moment))
        running.enqueue("asked", f"asked:{moment}", {})
        asked.wait(SECONDS)
        running.stop(timeout=SECONDS)

    process_at(NOON)
    process_at(NOON + timedelta(hours=11))
    process_at(NOON + timedelta(hours=13))

    assert calls.wait_for(2) == [NOON, NOON + timedelta(hours=13)]


@pytest.mark.parametrize("seconds", [0, 86_401])
def test_a_period_whose_record_would_not_outlive_it_is_refused(start_on_sqlite: StartEngine, seconds: int) -> None:
    running = start_on_sqlite(workflows={})

    with pytest.raises(ValueError, match="86400"):
        running.schedule("weekly", every_seconds=seconds, run=lambda: None)


def test_a_second_engine_in_one_process_is_refused(start_on_sqlite: StartEngine) -> None:
    start_on_sqlite(workflows={})

    with pytest.raises(RuntimeError, match="already running"):
        start_on_sqlite(workflows={})


def test_an_engine_that_could_not_start_leaves_room_for_the_next(start_on_sqlite: StartEngine, calls: Calls) -> None:
    with pytest.raises(Exception, match=r"unable to open"):
        engine.start("sqlite:////nowhere/tocsin.db", workflows={})

    running = start_on_sqlite(workflows={"work": calls.workflow})
    running.enqueue("work", "work:1", {})

    assert calls.wait_for(1) == [{}]


def test_blocking_the_main_loop_is_refused(start_on_sqlite: StartEngine, main_loop: asyncio.AbstractEventLoop) -> None:
    running = start_on_sqlite(workflows={})

    async def stop() -> None:
        running.stop(timeout=SECONDS)

    with pytest.raises(RuntimeError, match="to_thread"):
        asyncio.run_coroutine_threadsafe(stop(), main_loop).result(SECONDS)


def test_an_async_workflow_without_a_loop_is_told_so(tmp_path: Path, calls: Calls) -> None:
    async def work(_payload: Payload) -> None:
        calls.note("ran")

    with capture_logs() as logs:
        running = engine.start(f"sqlite:///{tmp_path / 'tocsin.db'}", workflows={"work": work, "after": calls.workflow})
        running.enqueue("work", "work:1", {})
        running.enqueue("after", "after:1", {})
        calls.wait_for(1)
        running.stop(timeout=SECONDS)

    assert [line["event"] for line in logs] == ["engine.workflow.failed"]


def test_the_engine_says_nothing_while_all_is_well(
    start_engine: StartEngine, calls: Calls, capfd: pytest.CaptureFixture[str]
) -> None:
    running = start_engine(workflows={"work": calls.workflow})
    running.enqueue("work", "work:1", {})
    calls.wait_for(1)
    running.stop(timeout=SECONDS)

    assert capfd.readouterr() == ("", "")
