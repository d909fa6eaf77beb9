"""How many generated events a test sees."""

import pytest
from hypothesis import HealthCheck, settings


@pytest.fixture
def many(request: pytest.FixtureRequest) -> settings:
    """1 000 examples, 10 000 with --nightly."""
    examples = 10_000 if request.config.getoption("--nightly") else 1_000
    return settings(max_examples=examples, suppress_health_check=[HealthCheck.too_slow])
