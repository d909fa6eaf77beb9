"""Killed at random moments under load and started again, a server keeps every promise."""

from pathlib import Path

import pytest

from tests.crash.trial import kill_repeatedly

KILLS = 6
NIGHTLY_KILLS = 40
SEED = 20260311
PATIENCE_SECONDS = 150

pytestmark = pytest.mark.crash


def test_whatever_was_acknowledged_survives_kill_9_and_is_said_once(tmp_path: Path) -> None:
    trial = kill_repeatedly(tmp_path, kills=KILLS, seed=SEED, patience=PATIENCE_SECONDS)

    assert trial.faults() == [], trial.summary()


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_forty_kills_lose_nothing_and_say_nothing_twice(tmp_path: Path, seed: int) -> None:
    trial = kill_repeatedly(tmp_path, kills=NIGHTLY_KILLS, seed=seed, patience=4 * PATIENCE_SECONDS)

    print(trial.summary())
    assert trial.faults() == [], trial.summary()


@pytest.mark.nightly
def test_forty_kills_lose_nothing_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    trial = kill_repeatedly(
        tmp_path, kills=NIGHTLY_KILLS, seed=SEED, patience=4 * PATIENCE_SECONDS, database_url=postgresql_url
    )

    print(trial.summary())
    assert trial.faults() == [], trial.summary()
