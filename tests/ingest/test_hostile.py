"""Hostile requests: each is answered as the protocol has it, and none does any harm."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.ingest.conftest import KEY, Endpoint
from tests.ingest.hostile import COSTLY, KINDS, hostile
from tests.ingest.test_protocol import an_envelope, an_event
from tocsin.kernel.db import Database

A_THOUSAND, TEN_THOUSAND = range(1_000), range(1_000, 10_000)


@pytest.fixture
def database(sqlite_database_url: str) -> Iterator[Database]:
    with closing(Database.open(sqlite_database_url)) as opened:
        yield opened


def wrong_answers(endpoint: Endpoint, seeds: range) -> Counter[str]:
    """What was answered otherwise than it should be, by kind; an exception that reaches the server ends the test."""
    wrong: Counter[str] = Counter()
    for seed in seeds:
        request = hostile(seed)
        headers = {"x-sentry-auth": f"Sentry sentry_key={KEY}"} | request.headers
        answer = endpoint.client.post(request.path, content=request.body, headers=encoded(headers))
        if answer.status_code not in request.right:
            wrong[f"{request.what}: {answer.status_code} to {request.body[:80]!r} with {request.headers}"] += 1
    return wrong


def encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


def test_a_thousand_hostile_requests_are_answered_as_they_should_be(endpoint: Endpoint) -> None:
    wrong = wrong_answers(endpoint, A_THOUSAND)

    assert wrong == {}
    assert endpoint.send(an_envelope(an_event("StillHere"))).status_code == 200


@pytest.mark.nightly
def test_ten_thousand_hostile_requests_are_answered_as_they_should_be(endpoint: Endpoint) -> None:
    assert wrong_answers(endpoint, TEN_THOUSAND) == {}


def test_every_kind_takes_its_turn() -> None:
    assert {hostile(seed).what for seed in range(150)} == {make.__name__ for make in (*KINDS, *COSTLY)}
