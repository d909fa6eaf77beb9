"""The clock that can be stopped, sped up and moved."""

import asyncio
import time

import pytest

from slack_simulator.clock import Clock


def test_a_stopped_clock_shows_one_time():
    clock = Clock(speed=0)

    assert clock.now() == clock.now()


def test_an_advance_moves_it_by_as_much():
    clock = Clock(speed=0)
    before = clock.now()

    clock.advance(3_600)

    assert clock.now() - before == pytest.approx(3_600)


def test_a_fast_clock_ends_a_long_sleep_soon():
    clock = Clock(speed=100_000)
    began = time.monotonic()

    asyncio.run(clock.sleep_until(clock.now() + 1_000))

    assert time.monotonic() - began < 1


def test_an_advance_wakes_who_sleeps_on_a_stopped_clock():
    clock = Clock(speed=0)

    async def sleep_and_advance() -> None:
        sleeper = asyncio.create_task(clock.sleep_until(clock.now() + 60))
        await asyncio.sleep(0)
        clock.advance(30)
        await asyncio.sleep(0)
        assert not sleeper.done()
        clock.advance(31)
        await asyncio.wait_for(sleeper, 1)

    asyncio.run(sleep_and_advance())


def test_a_change_of_speed_does_not_move_the_hands():
    clock = Clock(speed=0)
    before = clock.now()

    clock.set_speed(1)
    clock.set_speed(0)

    assert clock.now() - before < 1
