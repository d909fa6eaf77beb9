"""Killed at random moments under load and started again, servers keep every promise."""

from pathlib import Path

import pytest

from tests.crash.trial import kill_repeatedly

KILLS = 20
SEED = 20260311
PATIENCE_SECONDS = 300

NIGHTLY_KILLS = 40
NIGHTLY_SEEDS = range(1, 6)
"""Two hundred kills on each kind of database."""

pytestmark = pytest.mark.crash


def test_whatever_was_acknowledged_survives_kill_9_and_is_said_once(tmp_path: Path) -> None:
    trial = kill_repeatedly(tmp_path, kills=KILLS, seed=SEED, patience=PATIENCE_SECONDS)

    assert trial.faults() == [], trial.summary()


def test_two_servers_over_postgresql_take_over_from_each_other(tmp_path: Path, postgresql_url: str) -> None:
    trial = kill_repeatedly(
        tmp_path, kills=KILLS, seed=SEED, patience=PATIENCE_SECONDS, servers=2, database_url=postgresql_url
    )

    assert trial.faults() == [], trial.summary()


@pytest.mark.nightly
@pytest.mark.parametrize("seed", NIGHTLY_SEEDS)
def test_two_hundred_kills_lose_nothing_and_say_nothing_twice(tmp_path: Path, seed: int) -> None:
    trial = kill_repeatedly(tmp_path, kills=NIGHTLY_KILLS, seed=seed, patience=4 * PATIENCE_SECONDS)

    print(trial.summary())
    assert trial.faults() == [], trial.summary()


@pytest.mark.nightly
@pytest.mark.parametrize("seed", NIGHTLY_SEEDS)
def test_two_hundred_kills_of_two_servers_lose_nothing_on_postgresql(
    tmp_path: Path, postgresql_url: str, seed: int
) -> None:
    trial = kill_repeatedly(
        tmp_path,
        kills=NIGHTLY_KILLS,
        seed=seed,
        patience=4 * PATIENCE_SECONDS,
        servers=2,
        database_url=postgresql_url,
    )

    print(trial.summary())
    assert trial.faults() == [], trial.summary()
