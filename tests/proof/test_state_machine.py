"""Whatever happens to deliveries, in whatever order, they keep to their rules, and all come to an end."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.proof.faults import Fate
from tests.proof.machine import DeliveryMachine, machine_on
from tests.proof.ports import RIGHT, Ports, record_without_fence, take_the_newest
from tests.proof.strategies import say_it_again, take_it_for_said
from tests.proof.workers import quick_database
from tocsin.kernel.db import Database

QUICK = settings(
    max_examples=15, stateful_step_count=40, derandomize=True, database=None, phases=[Phase.generate], print_blob=True
)
NIGHTLY = settings(QUICK, max_examples=1000, stateful_step_count=60, derandomize=False, phases=tuple(Phase))
UNTIL_FOUND = settings(
    QUICK,
    max_examples=200,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
"""A wrong port is found within a few examples; nobody needs the shortest one."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with quick_database(tmp_path) as opened:
        yield opened


@pytest.fixture
def run(database: Database) -> Callable[[Ports, settings], None]:
    return lambda ports, how: run_state_machine_as_test(machine_on(database, ports), settings=how)


def test_deliveries_keep_to_their_rules_whatever_happens(run: Callable[[Ports, settings], None]) -> None:
    run(RIGHT, QUICK)


@pytest.mark.nightly
def test_deliveries_keep_to_their_rules_in_a_thousand_long_lives(run: Callable[[Ports, settings], None]) -> None:
    run(RIGHT, NIGHTLY)


@pytest.mark.parametrize(
    ("wrong", "seen"),
    [
        pytest.param(replace(RIGHT, take=take_the_newest), "before an earlier one", id="any-order"),
        pytest.param(replace(RIGHT, look=say_it_again), "stands twice", id="blind-retry"),
        pytest.param(replace(RIGHT, look=take_it_for_said), "counts as said and does not stand", id="blind-trust"),
    ],
)
def test_a_wrong_port_is_seen_through(run: Callable[[Ports, settings], None], wrong: Ports, seen: str) -> None:
    with pytest.raises(AssertionError, match=seen):
        run(wrong, UNTIL_FOUND)


def test_a_sleeper_that_is_believed_without_its_fence_is_seen_through(database: Database) -> None:
    machine = DeliveryMachine(database, replace(RIGHT, record=record_without_fence))
    machine.a_card_is_planned("C1")
    machine.every_delivery_moves_along_the_arrows()
    machine.somebody_claims_and_sleeps("C1", 31)
    machine.every_delivery_moves_along_the_arrows()
    machine.time_passes(61)
    machine.somebody_looks("C1")
    machine.every_delivery_moves_along_the_arrows()
    machine.somebody_claims_and_posts("C1", Fate.ANSWERED)
    machine.every_delivery_moves_along_the_arrows()

    machine.a_sender_posts(0, Fate.ANSWERED)

    with pytest.raises(AssertionError, match="what was sent has changed"):
        machine.every_delivery_moves_along_the_arrows()
    machine.close()
