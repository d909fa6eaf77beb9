"""The queue for SQLite's one writer."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tocsin.kernel.errors import WriterBusyError
from tocsin.kernel.writer_queue import Priority, WriterQueue


def wait_in_line(queue: WriterQueue, count: int) -> None:
    while queue.waiting < count:
        threading.Event().wait(0.001)


def test_a_press_goes_ahead_of_ingest_that_came_before_it() -> None:
    queue, order = WriterQueue(), []

    def work(priority: Priority) -> None:
        with queue.turn(priority, None):
            order.append(priority)

    with ThreadPoolExecutor() as threads, queue.turn(Priority.NORMAL, None):
        for place, priority in enumerate([Priority.INGEST, Priority.NORMAL, Priority.PRESS]):
            threads.submit(work, priority)
            wait_in_line(queue, place + 1)

    assert order == [Priority.PRESS, Priority.NORMAL, Priority.INGEST]


@pytest.mark.parametrize(("others", "turns"), [([Priority.NORMAL] * 12, [4, 9]), ([Priority.PRESS] * 40, [32, 41])])
def test_ingest_is_not_kept_waiting_for_ever_by_those_who_go_ahead_of_it(
    others: list[Priority], turns: list[int]
) -> None:
    queue, order = WriterQueue(), []

    def work(priority: Priority) -> None:
        with queue.turn(priority, None):
            order.append(priority)

    with ThreadPoolExecutor(50) as threads, queue.turn(Priority.NORMAL, None):
        for place, priority in enumerate([Priority.INGEST, Priority.INGEST, *others]):
            threads.submit(work, priority)
            wait_in_line(queue, place + 1)

    assert [place for place, priority in enumerate(order) if priority is Priority.INGEST] == turns


def test_presses_without_end_leave_a_turn_to_everybody_else_now_and_then() -> None:
    queue, order = WriterQueue(), []

    def work(priority: Priority) -> None:
        with queue.turn(priority, None):
            order.append(priority)

    with ThreadPoolExecutor(50) as threads, queue.turn(Priority.NORMAL, None):
        for place, priority in enumerate([Priority.NORMAL, Priority.NORMAL, *[Priority.PRESS] * 20]):
            threads.submit(work, priority)
            wait_in_line(queue, place + 1)

    assert [place for place, priority in enumerate(order) if priority is Priority.NORMAL] == [8, 17]


def test_who_waits_too_long_is_told_that_nothing_was_done() -> None:
    queue = WriterQueue()

    with queue.turn(Priority.NORMAL, None), ThreadPoolExecutor() as threads:
        waiting = threads.submit(queue.turn(Priority.PRESS, 0.01).__enter__)
        error = waiting.exception()

    assert isinstance(error, WriterBusyError)


def test_a_place_that_was_given_up_is_passed_over() -> None:
    queue = WriterQueue()
    with queue.turn(Priority.NORMAL, None), pytest.raises(WriterBusyError), queue.turn(Priority.PRESS, 0.001):
        pass

    with queue.turn(Priority.NORMAL, 0.001):
        turn_came = True

    assert turn_came


def test_a_turn_that_ends_in_an_error_is_given_back() -> None:
    queue = WriterQueue()
    with pytest.raises(ZeroDivisionError), queue.turn(Priority.NORMAL, None):
        raise ZeroDivisionError

    with queue.turn(Priority.NORMAL, 0.001):
        turn_came = True

    assert turn_came


def test_only_one_has_the_turn_at_a_time() -> None:
    queue, inside, most = WriterQueue(), [], []

    def work(number: int) -> None:
        for _ in range(50):
            with queue.turn(Priority(number % 3), None):
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))

    assert set(most) == {1}


def test_who_waits_for_the_turn_may_do_something_meanwhile() -> None:
    queue, done = WriterQueue(), threading.Semaphore(0)
    left = [3, 2, 1]

    def meanwhile() -> bool:
        if left:
            left.pop()
            done.release()
        return bool(left)

    def work() -> list[int]:
        with queue.turn(Priority.INGEST, None, meanwhile=meanwhile):
            return left

    with ThreadPoolExecutor() as threads:
        with queue.turn(Priority.NORMAL, None):
            working = threads.submit(work)
            for _ in range(3):
                assert done.acquire(timeout=60)
        left_at_its_turn = working.result()

    assert left_at_its_turn == []


@pytest.mark.parametrize("has_come", [False, True], ids=["before the turn came", "after it came"])
def test_who_fails_at_what_is_done_meanwhile_keeps_the_turn_from_nobody(has_come: bool) -> None:
    queue, is_in_line, may_fail = WriterQueue(), threading.Event(), threading.Event()

    def meanwhile() -> bool:
        is_in_line.set()
        assert may_fail.wait(60)
        raise ZeroDivisionError

    with ThreadPoolExecutor() as threads:
        with queue.turn(Priority.NORMAL, None):
            failing = threads.submit(queue.turn(Priority.INGEST, None, meanwhile=meanwhile).__enter__)
            assert is_in_line.wait(60)
            if not has_come:
                may_fail.set()
                failing.exception()
        may_fail.set()
        error = failing.exception()

    with queue.turn(Priority.NORMAL, 0.001):
        assert isinstance(error, ZeroDivisionError)


def test_a_long_computation_steps_aside_until_the_holder_of_the_turn_only_waits_for_the_disk() -> None:
    queue, went_on = WriterQueue(), threading.Event()

    def compute() -> None:
        queue.step_aside(60)
        went_on.set()

    with ThreadPoolExecutor() as threads, queue.turn(Priority.NORMAL, None):
        threads.submit(compute)
        went_on_too_early = went_on.wait(0.02)
        queue.only_commits_now()
        went_on_then = went_on.wait(60)

    assert (went_on_too_early, went_on_then) == (False, True)


def test_nobody_steps_aside_for_ever_or_for_nobody() -> None:
    queue = WriterQueue()

    queue.step_aside(60)
    with queue.turn(Priority.NORMAL, None):
        queue.step_aside(0.001)
    with pytest.raises(ZeroDivisionError), queue.turn(Priority.NORMAL, None):
        raise ZeroDivisionError
    queue.step_aside(60)
