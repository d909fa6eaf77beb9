"""The real Python SDK, against a real server: it obeys what it is told, and every event is accounted for."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
import sentry_sdk

from tests.ingest.conftest import KEY, Endpoint
from tests.web.serving import served
from tocsin.kernel.db import Database

PATIENCE = 20.0


@pytest.fixture
def database(sqlite_database_url: str) -> Iterator[Database]:
    with closing(Database.open(sqlite_database_url)) as opened:
        yield opened


@pytest.fixture
def sdk(endpoint: Endpoint) -> Iterator[sentry_sdk.Client]:
    with served(lambda _address: endpoint.app) as address:
        client = sentry_sdk.Client(dsn=f"{address.replace('//', f'//{KEY}@')}/1", default_integrations=False)
        yield client
        client.close()


def capture(sdk: sentry_sdk.Client, message: str) -> None:
    """Report and wait until the SDK is done with it, so that it heeds the answer before the next one."""
    sdk.capture_event({"message": message, "extra": {"text": "x" * 2000}})
    sdk.flush(PATIENCE)


def test_the_sdk_holds_off_and_every_event_is_accounted_for(endpoint: Endpoint, sdk: sentry_sdk.Client) -> None:
    endpoint.limit(events_per_minute=3)

    for number in range(10):
        capture(sdk, f"number {number}")

    assert endpoint.outcomes() == {"accepted": 3, "rate_limited": 1, "sdk_rate_limited": 6}


def test_the_sdk_goes_on_when_it_may(endpoint: Endpoint, sdk: sentry_sdk.Client) -> None:
    endpoint.limit(events_per_minute=1)
    endpoint.clock.now = endpoint.clock.now.replace(second=59)
    capture(sdk, "taken")
    capture(sdk, "refused for a second")
    endpoint.clock.now += timedelta(minutes=1)

    deadline = time.monotonic() + PATIENCE
    while len(endpoint.event_ids()) < 2 and time.monotonic() < deadline:
        capture(sdk, "sent as soon as the SDK may")
        threading.Event().wait(0.1)

    assert endpoint.outcomes()["accepted"] == 2
