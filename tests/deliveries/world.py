"""A workspace to deliver to, with a clock that stands still until it is moved."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.chat.models import Integration
from tocsin.deliveries.claim import Claimed, claim, find_claimable
from tocsin.deliveries.models import Delivery
from tocsin.deliveries.outcome import Outcome, Times, record
from tocsin.deliveries.plan import CARD, REPLY, Plan, plan_delivery
from tocsin.kernel.db import Database, write
from tocsin.kernel.ids import DeliveryId, IntegrationId

TIMES = Times(settle=timedelta(seconds=60), lease=timedelta(seconds=30), sweep=timedelta(seconds=60))


@dataclass
class World:
    """One workspace, seen through the functions that drains use."""

    database: Database
    integration_id: IntegrationId
    now: datetime = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @contextmanager
    def write(self) -> Iterator[Session]:
        with write(self.database) as session:
            yield session

    def plan(
        self,
        kind: str = CARD,
        follows: DeliveryId | None = None,
        channel: str = "C1",
        expires_at: datetime | None = None,
    ) -> DeliveryId:
        number = next(self._numbers)
        plan = Plan(
            natural_key=f"test:{number}",
            kind=kind,
            integration_id=self.integration_id,
            channel=channel,
            follows_id=follows,
            body={"text": f"text {number}"},
            expires_at=expires_at,
        )
        with self.write() as session:
            return plan_delivery(session, plan, now=self.now)

    def reply(self, card: DeliveryId) -> DeliveryId:
        return self.plan(REPLY, follows=card)

    def claim(self, channel: str = "C1") -> Claimed | None:
        with self.write() as session:
            delivery = find_claimable(session, self.integration_id, channel, now=self.now)
            return None if delivery is None else claim(session, delivery, now=self.now, lease=TIMES.lease)

    def must_claim(self, channel: str = "C1") -> Claimed:
        claimed = self.claim(channel)
        assert claimed is not None
        return claimed

    def record(self, claimed: Claimed, outcome: Outcome) -> bool:
        with self.write() as session:
            return record(session, claimed, outcome, TIMES, now=self.now)

    def get(self, delivery_id: DeliveryId) -> Delivery:
        with self.write() as session:
            return session.get_one(Delivery, delivery_id)

    def states(self) -> list[str]:
        with self.write() as session:
            return [str(state) for state in session.scalars(select(Delivery.state).order_by(Delivery.id))]


def make_world(database: Database) -> World:
    world = World(database, IntegrationId(0))
    with write(database) as session:
        workspace = Integration(
            external_id="T1", name="Acme", sealed_bot_token="", sealed_signing_secret="", created_at=world.now
        )
        session.add(workspace)
        session.flush()
        world.integration_id = workspace.id
    return world
