"""A running company for every flow."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from slack_simulator.running import Simulator
from tests.flows.company import Company, running_company
from tocsin.kernel.db import Database


@pytest.fixture
def slack(slack_simulator: Simulator) -> Simulator:
    slack_simulator.limits(on=False)
    return slack_simulator


@pytest.fixture
def company(database: Database, slack: Simulator, tmp_path: Path) -> Iterator[Company]:
    with running_company(
        database, slack, tmp_path, delivery_settle=1.0, delivery_sweep=1.0, delivery_lease=30.0
    ) as running:
        yield running
