"""The batcher: what gathers while others have the writer is understood meanwhile, and stored together."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing

import httpx2
import pytest

from tests.ingest.conftest import KEY, OTHER_KEY, Endpoint
from tests.ingest.test_protocol import an_envelope, an_event
from tocsin.kernel.db import Database, write
from tocsin.kernel.metrics import REGISTRY

Send = Callable[[int, str, bytes], Awaitable[int]]

NO_EVENT = b'{}\n{"type":"event"}\n[]\n'


@pytest.fixture
def database(sqlite_database_url: str) -> Iterator[Database]:
    """SQLite, where one has the writer at a time."""
    with closing(Database.open(sqlite_database_url)) as opened:
        yield opened


def played(endpoint: Endpoint, story: Callable[[Send], Awaitable[None]]) -> None:
    """Let `story` send to the projects, many at once."""

    async def play() -> None:
        transport = httpx2.ASGITransport(endpoint.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://tocsin") as client:

            async def send(project: int, key: str, body: bytes) -> int:
                auth = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key}"}
                return (await client.post(f"/api/{project}/envelope/", content=body, headers=auth)).status_code

            await story(send)

    asyncio.run(play())


async def until_so_many_wait(events: int) -> None:
    while value_of("tocsin_events_waiting") < events:  # noqa: ASYNC110 - nobody tells of it
        await asyncio.sleep(0)


def event(number: int) -> bytes:
    return an_envelope(an_event(event_id=f"{number:032x}"))


def value_of(metric: str) -> float:
    return REGISTRY.get_sample_value(metric) or 0.0


def test_one_event_of_a_calm_project_is_stored_ahead_of_a_flood_that_came_before_it(endpoint: Endpoint) -> None:
    flood, answered = 240, list[str]()

    async def story(send: Send) -> None:
        async def report(project: int, key: str, number: int) -> None:
            answered.append(f"{project}: {await send(project, key, event(number))}")

        await report(1, KEY, 0)
        await report(2, OTHER_KEY, 0)
        with write(endpoint.database):
            sending = [asyncio.ensure_future(report(1, KEY, 1 + number)) for number in range(flood)]
            sending.append(asyncio.ensure_future(report(2, OTHER_KEY, 1)))
            await until_so_many_wait(flood + 1)
        await asyncio.gather(*sending)

    played(endpoint, story)

    assert sorted(set(answered)) == ["1: 200", "2: 200"]
    assert answered.index("2: 200", 2) < flood // 3


def test_what_comes_while_others_have_the_writer_is_understood_at_once_and_stored_in_one_batch(
    endpoint: Endpoint,
) -> None:
    answers: list[int] = []

    async def story(send: Send) -> None:
        await send(1, KEY, event(0))
        before = value_of("tocsin_batch_seconds_count")
        with write(endpoint.database):
            sending = [asyncio.ensure_future(send(1, KEY, event(1 + number))) for number in range(20)]
            await until_so_many_wait(20)
            # What comes last is understood last; what is no event need not wait for the writer to be told so.
            async with asyncio.timeout(60):
                answers.append(await send(1, KEY, NO_EVENT))
            assert not any(each.done() for each in sending)
        answers.extend(await asyncio.gather(*sending))
        answers.append(int(value_of("tocsin_batch_seconds_count") - before))

    played(endpoint, story)

    assert answers == [400, *[200] * 20, 1]


def test_whoever_left_with_their_event_loop_leaves_nobody_else_without_an_answer(endpoint: Endpoint) -> None:
    answers: list[int] = []

    async def leave(send: Send) -> None:
        leaving = asyncio.ensure_future(send(1, KEY, event(1)))
        # What comes last is understood last, so the first waits for the writer when this one is answered.
        await send(1, KEY, NO_EVENT)
        assert not leaving.done()

    async def stay(send: Send) -> None:
        async with asyncio.timeout(30):
            answers.extend([await send(1, KEY, event(number)) for number in (2, 3)])

    with write(endpoint.database):
        played(endpoint, leave)
    played(endpoint, stay)

    in_the_batch_of_the_one_who_left = {200, 429}
    assert answers[0] in in_the_batch_of_the_one_who_left
    assert answers[1] == 200


def test_what_nobody_waits_for_any_more_keeps_no_stop_waiting(endpoint: Endpoint) -> None:
    events = 240

    async def story(send: Send) -> None:
        with write(endpoint.database):
            sending = [asyncio.ensure_future(send(1, KEY, event(number))) for number in range(events)]
            await until_so_many_wait(events)
            for each in sending:
                each.cancel()
            await asyncio.wait(sending)
        await asyncio.to_thread(endpoint.batcher.stop, 60)

    played(endpoint, story)

    one_batch_at_most = events // 2
    assert len(endpoint.event_ids()) < one_batch_at_most


def test_a_stop_waits_only_so_long_for_a_batch_and_what_is_stored_after_it_is_still_answered(
    endpoint: Endpoint,
) -> None:
    answers: list[int] = []

    async def story(send: Send) -> None:
        with write(endpoint.database):
            sending = asyncio.ensure_future(send(1, KEY, event(1)))
            await until_so_many_wait(1)
            async with asyncio.timeout(30):
                await asyncio.to_thread(endpoint.batcher.stop, 0.01)
        answers.append(await sending)

    played(endpoint, story)

    assert answers == [200]
