"""A fixture for tests of Slack apps; `pytest_plugins = ["slack_simulator.pytest_plugin"]` makes it known."""

from collections.abc import Iterator

import pytest

from slack_simulator.config import SimulatorConfig, example_config
from slack_simulator.running import Simulator, running_simulator


@pytest.fixture
def slack_simulator_config() -> SimulatorConfig:
    """The workspaces, apps, people and channels to start with; override it in a conftest for your own."""
    return example_config()


@pytest.fixture
def slack_simulator(slack_simulator_config: SimulatorConfig) -> Iterator[Simulator]:
    """A fresh workspace on a free loopback port; `slack_simulator.url` is the `base_url` of slack_sdk's clients."""
    with running_simulator(slack_simulator_config) as simulator:
        yield simulator
