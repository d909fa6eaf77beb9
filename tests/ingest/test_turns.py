"""Turns: on the event loop too a flood delays only itself."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx2

from tests.ingest.conftest import KEY, OTHER_KEY, Endpoint
from tests.ingest.test_protocol import an_envelope, an_event
from tocsin.ingest.turns import IN_A_ROUND, Turns
from tocsin.kernel.ids import ProjectId

FLOOD, CALM = ProjectId(1), ProjectId(2)


def played(story: Callable[[Turns, list[str]], Awaitable[None]]) -> list[str]:
    """What was done in which order, once all who came had their turn."""
    done: list[str] = []

    async def play() -> None:
        await story(Turns(), done)

    asyncio.run(play())
    return done


async def come(turns: Turns, done: list[str], project_id: ProjectId, name: str) -> None:
    await turns.come(project_id)
    done.append(name)


def test_who_comes_last_from_a_calm_project_has_the_next_turn_but_one() -> None:
    async def story(turns: Turns, done: list[str]) -> None:
        flood = (come(turns, done, FLOOD, f"flood {number}") for number in range(5 * IN_A_ROUND))
        await asyncio.gather(*flood, come(turns, done, CALM, "calm"))

    done = played(story)

    assert done.index("calm") == IN_A_ROUND + 1
    assert len(done) == 5 * IN_A_ROUND + 1


def test_after_each_round_the_loop_looks_after_everybody_else() -> None:
    async def answer(done: list[str]) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
            done.append("answer")

    async def story(turns: Turns, done: list[str]) -> None:
        flood = (come(turns, done, FLOOD, "event") for _ in range(3 * IN_A_ROUND))
        await asyncio.gather(*flood, answer(done))

    done = played(story)

    between = "".join(what[0] for what in done).split("a")
    assert max(map(len, between)) == IN_A_ROUND


def test_who_goes_away_uses_up_no_turn_and_keeps_nobody_waiting() -> None:
    async def story(turns: Turns, done: list[str]) -> None:
        flood = [asyncio.create_task(come(turns, done, FLOOD, str(number))) for number in range(3 * IN_A_ROUND)]
        await asyncio.sleep(0)
        for task in flood[IN_A_ROUND:-1]:
            task.cancel()
        await asyncio.gather(*flood, return_exceptions=True)

    done = played(story)

    assert done == [*map(str, range(IN_A_ROUND)), str(3 * IN_A_ROUND - 1)]


def test_one_event_of_a_calm_project_is_stored_ahead_of_a_flood_that_came_before_it(endpoint: Endpoint) -> None:
    flood, answered = 120, list[str]()

    async def send(client: httpx2.AsyncClient, project: int, key: str, number: int) -> None:
        auth = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key}"}
        body = an_envelope(an_event(event_id=f"{number:032x}"))
        answer = await client.post(f"/api/{project}/envelope/", content=body, headers=auth)
        answered.append(f"{project}: {answer.status_code}")

    async def story() -> None:
        transport = httpx2.ASGITransport(endpoint.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://tocsin") as client:
            await send(client, 1, KEY, 0)
            await send(client, 2, OTHER_KEY, 0)
            await asyncio.gather(*(send(client, 1, KEY, 1 + n) for n in range(flood)), send(client, 2, OTHER_KEY, 1))

    asyncio.run(story())

    assert sorted(set(answered)) == ["1: 200", "2: 200"]
    assert answered.index("2: 200", 2) < flood // 4
