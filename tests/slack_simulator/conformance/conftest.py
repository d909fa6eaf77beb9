"""Fixtures of the conformance suite."""

import pytest

from tests.slack_simulator.conformance.listening import Heard


@pytest.fixture
def heard() -> Heard:
    return Heard()
