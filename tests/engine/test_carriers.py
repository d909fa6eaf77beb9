"""A carrier takes runs as they come, loses none of them, and ends when nothing comes or all is to end."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from structlog.testing import capture_logs

from tocsin.deliveries.lease import Held
from tocsin.engine import carriers
from tocsin.engine.carriers import Begun, Carrier, LoopCarrier, ThreadCarrier, write_runs

SECONDS = 10.0
"""After which a test has failed."""
MakeCarrier = Callable[[Callable[[str], None]], Carrier]
Carry = Callable[..., None]


def run_of(subject: str) -> Begun:
    return subject, Held(f"drain:{subject}", 1)


@pytest.fixture
def carry(main_loop: asyncio.AbstractEventLoop) -> Carry:
    """Be the workflow that was started with some runs, to its end."""

    def be_the_workflow(carrier: Carrier, *subjects: str) -> None:
        payload = write_runs([run_of(each) for each in subjects])
        if isinstance(carrier, ThreadCarrier):
            carrier.carry(payload)
        elif isinstance(carrier, LoopCarrier):
            asyncio.run_coroutine_threadsafe(carrier.carry(payload), main_loop).result(SECONDS)

    return be_the_workflow


@pytest.fixture(params=["thread", "loop"])
def make_carrier(request: pytest.FixtureRequest) -> MakeCarrier:
    """A carrier of each kind, whose runs call what is given."""

    def make(run: Callable[[str], None]) -> Carrier:
        async def run_on_loop(subject: str, _held: Held) -> None:
            run(subject)

        if request.param == "loop":
            return LoopCarrier(run_on_loop)
        return ThreadCarrier(lambda subject, _held: run(subject))

    return make


def test_without_a_workflow_nothing_is_taken(make_carrier):
    carrier = make_carrier(lambda _subject: None)

    assert not carrier.take([run_of("1:C1")])


def test_what_comes_while_it_stands_is_carried_by_the_same_workflow(make_carrier, carry):
    carried = []

    def run(subject: str) -> None:
        carried.append(subject)
        if subject == "1:C1":
            carrier.take([run_of("1:C2"), run_of("1:C3")])
        elif subject == "1:C3":
            carrier.close()

    carrier = make_carrier(run)

    carry(carrier, "1:C1")

    assert carried == ["1:C1", "1:C2", "1:C3"]


def test_a_second_workflow_hands_its_runs_to_the_one_that_stands(make_carrier, carry):
    carried, begun = [], threading.Event()

    def run(subject: str) -> None:
        carried.append(subject)
        begun.set()
        if subject == "1:C2":
            carrier.close()

    carrier = make_carrier(run)
    with ThreadPoolExecutor() as others:
        first = others.submit(carry, carrier, "1:C1")
        assert begun.wait(SECONDS)

        carry(carrier, "1:C2")
        first.result(SECONDS)

    assert carried == ["1:C1", "1:C2"]


def test_a_run_that_fails_is_told_of_and_leaves_the_others_alone(make_carrier, carry):
    carried = []

    def run(subject: str) -> None:
        if subject == "1:C1":
            raise LookupError("this channel is gone")
        carried.append(subject)
        carrier.close()

    carrier = make_carrier(run)
    with capture_logs() as lines:
        carry(carrier, "1:C1", "1:C2")

    assert carried == ["1:C2"]
    assert [(line["event"], line["run"]) for line in lines] == [("engine.run.failed", "drain:1:C1")]


def test_it_ends_when_nothing_comes_for_a_while_and_what_comes_then_needs_another(make_carrier, carry, monkeypatch):
    monkeypatch.setattr(carriers, "LINGER_SECONDS", 0.01)
    carried = []
    carrier = make_carrier(carried.append)

    carry(carrier, "1:C1")

    assert not carrier.take([run_of("1:C2")])
    carry(carrier, "1:C2")
    assert carried == ["1:C1", "1:C2"]


def test_when_the_workflow_dies_what_came_is_carried_by_the_next(carry):
    carried = []

    def run(subject: str, _held: Held) -> None:
        if subject == "1:C1":
            carrier.take([run_of("1:C2")])
            raise SystemExit
        carried.append(subject)
        if len(carried) == 2:
            carrier.close()

    carrier = ThreadCarrier(run)
    with pytest.raises(SystemExit):
        carry(carrier, "1:C1")

    assert not carrier.take([run_of("1:C4")])
    carry(carrier, "1:C3")
    assert carried == ["1:C3", "1:C2"]


def test_a_workflow_on_the_loop_that_is_cancelled_takes_nothing_more(main_loop, carry):
    begun = asyncio.Event()

    async def run(subject: str, _held: Held) -> None:
        begun.set()
        if subject == "1:C1":
            await asyncio.Event().wait()
        carrier.close()

    async def cancel_once_begun() -> None:
        workflow = asyncio.create_task(carrier.carry(write_runs([run_of("1:C1")])))
        await begun.wait()
        workflow.cancel()
        await asyncio.wait({workflow})

    carrier = LoopCarrier(run)
    asyncio.run_coroutine_threadsafe(cancel_once_begun(), main_loop).result(SECONDS)

    assert not carrier.take([run_of("1:C2")])
    carry(carrier, "1:C3")


def test_runs_on_the_loop_go_on_side_by_side(carry):
    met = asyncio.Event()

    async def run(subject: str, _held: Held) -> None:
        if subject == "1:C1":
            await met.wait()
            carrier.close()
        met.set()

    carrier = LoopCarrier(run)

    carry(carrier, "1:C1", "1:C2")

    assert met.is_set()


def test_of_what_many_threads_hand_over_while_carriers_come_and_go_nothing_is_lost(make_carrier, carry, monkeypatch):
    monkeypatch.setattr(carriers, "LINGER_SECONDS", 0.0)
    carried, lock = [], threading.Lock()

    def run(subject: str) -> None:
        with lock:
            carried.append(subject)

    def hand_over(subject: str) -> None:
        if not carrier.take([run_of(subject)]):
            carry(carrier, subject)

    carrier = make_carrier(run)
    subjects = [f"1:C{number}" for number in range(300)]
    with ThreadPoolExecutor(8) as others:
        list(others.map(hand_over, subjects, timeout=SECONDS))

    assert sorted(carried) == sorted(subjects)
