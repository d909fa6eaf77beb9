"""Owns the simulation: many stories told at once while everything goes wrong, from one seed, judged at the end."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.proof.faults import Faults
from tests.proof.slack_model import ModelSlack
from tests.proof.strategies import Look
from tests.proof.verdict import Verdict, judge, sentence
from tests.proof.workers import CATCH_UP_SECONDS, Workers, commits_of, new_workspace, quick_database, virtual_loop
from tocsin.deliveries.models import Delivery
from tocsin.deliveries.plan import NOTICE, REPLY, Plan, plan_delivery
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import DeliveryId, IntegrationId
from tocsin.slack.reconcile import reconcile

LONGEST = 6 * 3600.0
"""Virtual seconds after which whatever is not settled is stuck."""
STORIES_IN_A_CHANNEL = 50
BURSTS = (0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 7, 24)
"""How many replies are planned at one moment in a story; more than five are folded, twenty at most into one."""
TELLING_SECONDS = 250.0
"""By then every story has been planned to its end."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a simulation came to."""

    verdict: Verdict
    astray: int
    """Deliveries of which our table says a ts that does not stand in Slack."""
    deliveries: int
    slack: ModelSlack


def simulate(folder: Path, seed: int, *, stories: int, faults: Faults, look: Look = reconcile) -> Outcome:
    """Tell `stories` to their end over a database of their own in `folder`, and judge what stands in Slack."""
    with quick_database(folder) as database:
        return simulate_on(database, seed, stories=stories, faults=faults, look=look)


def simulate_on(
    database: Database,
    seed: int,
    *,
    stories: int,
    faults: Faults,
    look: Look = reconcile,
    catch_up_seconds: float = CATCH_UP_SECONDS,
) -> Outcome:
    """The same over `database`, which is emptied first."""
    random = Random(seed)
    with virtual_loop() as loop, commits_of(database) as commits:
        slack = ModelSlack(loop, random, faults, lambda: faults.draw(random))
        workers = Workers(database, loop, slack, look, commits, catch_up_seconds=catch_up_seconds)
        telling = Telling(workers, random, new_workspace(database))
        loop.run_until_complete(telling.tell(stories))
        standing = list(slack.standing())
        return Outcome(
            judge(telling.stories, standing),
            len(_told(database) - {(message.channel, message.ts) for message in standing}),
            sum(telling.stories.values()) + stories,
            slack,
        )


@dataclass
class Telling:
    """People who make things happen in one workspace, and the workers who say so."""

    workers: Workers
    random: Random
    integration_id: IntegrationId
    stories: dict[int, int] = field(default_factory=dict)
    """Story → how many replies were planned in it."""

    async def tell(self, stories: int) -> None:
        """Plan everything, and work until it is settled."""
        await asyncio.gather(*(self._tell(story) for story in range(stories)), self._work_meanwhile())

    async def _work_meanwhile(self) -> None:
        while self.workers.loop.time() < TELLING_SECONDS:
            self.workers.catch_up()
            await asyncio.sleep(self.workers.catch_up_seconds)
        await self.workers.work_until_settled(seconds=LONGEST)

    async def _tell(self, story: int) -> None:
        """Plan a card, and replies now and then."""
        self.stories[story] = 0
        channel = f"C{story // STORIES_IN_A_CHANNEL}"
        await asyncio.sleep(self.random.uniform(0, 60))
        with write(self.workers.database) as session:
            card = self._plan(session, story, channel)
        for _ in range(3):
            with write(self.workers.database) as session:
                for _ in range(self.random.choice(BURSTS)):
                    self.stories[story] += 1
                    self._plan(session, story, channel, card)
            await asyncio.sleep(self.random.uniform(0, 60))

    def _plan(self, session: Session, story: int, channel: str, card: DeliveryId | None = None) -> DeliveryId:
        number = self.stories[story]
        plan = Plan(
            natural_key=f"{story}.{number}",
            kind=NOTICE if card is None else REPLY,
            integration_id=self.integration_id,
            channel=channel,
            follows_id=card,
            body={"text": sentence(story, number)},
        )
        return plan_delivery(session, plan, now=self.workers.loop.now())


def _told(database: Database) -> set[tuple[str | None, str | None]]:
    with read(database) as session:
        rows = session.execute(select(Delivery.channel, Delivery.ts).where(Delivery.ts.is_not(None)))
        return {(channel, ts) for channel, ts in rows}
