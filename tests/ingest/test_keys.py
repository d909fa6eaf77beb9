"""What keys cost the database."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import event

from tests.ingest.conftest import KEY, Endpoint
from tocsin.ingest.errors import BadKeyError
from tocsin.ingest.keys import KeyRing


@pytest.fixture
def ring(endpoint: Endpoint) -> KeyRing:
    return KeyRing(endpoint.database, endpoint.clock, endpoint.batcher.health)


def looks(endpoint: Endpoint) -> list[str]:
    """A list that grows with each statement that asks the database for a key."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM project_keys" in statement:
            found.append(statement)

    event.listen(endpoint.database.reader, "before_cursor_execute", note)
    return found


def test_of_many_who_come_with_a_new_key_one_looks(endpoint: Endpoint, ring: KeyRing) -> None:
    asked = looks(endpoint)

    async def come() -> set[str]:
        return {known.public_key for known in await asyncio.gather(*(ring.get(KEY, 1) for _ in range(50)))}

    assert (asyncio.run(come()), len(asked)) == ({KEY}, 1)


def test_a_key_that_nobody_knows_is_refused_to_all_who_come_with_it_and_looked_for_again(
    endpoint: Endpoint, ring: KeyRing
) -> None:
    asked = looks(endpoint)

    async def come() -> list[Any]:
        return await asyncio.gather(*(ring.get("d4" * 16, 1) for _ in range(50)), return_exceptions=True)

    answers = [*asyncio.run(come()), *asyncio.run(come())]

    assert ({type(answer) for answer in answers}, len(asked)) == ({BadKeyError}, 2)
