"""A project with a rule, to which batches of ready events are given."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import md5
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.acme import NOW, make_organization, make_project, system
from tocsin.activities.models import Activity
from tocsin.chat.models import Integration
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.intake.batch import store_batch
from tocsin.intake.names import NameCache
from tocsin.intake.prepared import PreparedEvent
from tocsin.issues import triage
from tocsin.issues.archiving import Until, archive
from tocsin.issues.models import Issue
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import IntegrationId, OrganizationId, ProjectId, RuleId
from tocsin.notifications.models import ParentNotification
from tocsin.organizations.models import Project
from tocsin.rules.edit import add_rule


@dataclass
class World:
    """One project, seen through the batch."""

    database: Database
    organization_id: OrganizationId
    project_id: ProjectId
    integration_id: IntegrationId
    names: NameCache = field(default_factory=NameCache)
    now: datetime = NOW
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def event(self, kind: str = "a", **changes: object) -> PreparedEvent:
        number = next(self._numbers)
        columns = {
            "project_id": self.project_id,
            "event_id": number.to_bytes(16),
            "received_at": self.now,
            "fingerprint": md5(kind.encode(), usedforsecurity=False).hexdigest(),
            "grouping_version": 1,
            "grouping_method": "exception",
            "title": f"Error {kind}",
            "value": f"value {number}",
            "culprit": "shop.cart in total",
            "level": "error",
            "platform": "python",
            "environment": "production",
            "release": "shop@1",
            "user_key": None,
            "payload": b"not looked at here",
        }
        return PreparedEvent(**(columns | changes))  # pyrefly: ignore -- the columns above are those of the dataclass

    def store(self, *events: PreparedEvent) -> int:
        with write(self.database) as session:
            stored = store_batch(session, events, self.names, now=self.now)
        self.names.committed()
        return stored.new

    def rule(self, channel: str = "C1", when: Sequence[str] = ("first_seen", "regressed"), **choices: Any) -> RuleId:
        with write(self.database) as session:
            return add_rule(
                session,
                session.get_one(Project, self.project_id),
                system(self.organization_id),
                when=when,
                integration_id=self.integration_id,
                channel=channel,
                channel_name="ops",
                now=self.now,
                **choices,
            ).id

    def resolve(self, number: int = 1) -> None:
        with write(self.database) as session:
            issue = session.scalars(select(Issue).where(Issue.number == number)).one()
            triage.resolve(session, issue, system(self.organization_id), now=self.now)

    def archive(self, until: Until, number: int = 1) -> None:
        with write(self.database) as session:
            issue = session.scalars(select(Issue).where(Issue.number == number)).one()
            archive(session, issue, system(self.organization_id), until, now=self.now)

    def history(self, number: int = 1) -> list[Activity]:
        with read(self.database) as session:
            of_issue = select(Activity).join(Issue).where(Issue.number == number)
            return list(session.scalars(of_issue.order_by(Activity.id)))

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def issues(self) -> list[Issue]:
        with read(self.database) as session:
            return list(session.scalars(select(Issue).order_by(Issue.number)))

    def parents(self) -> list[ParentNotification]:
        with read(self.database) as session:
            return list(session.scalars(select(ParentNotification).order_by(ParentNotification.id)))

    def card_is_posted(self, session: Session, parent: ParentNotification) -> None:
        delivery = session.get_one(Delivery, parent.card_delivery_id)
        delivery.state, delivery.ts = DeliveryState.SENT, f"1700000000.{parent.id:06}"


def make_world(database: Database) -> World:
    organization_id = make_organization(database)
    project_id = make_project(database, organization_id)
    with write(database) as session:
        workspace = Integration(
            external_id="T1", name="Acme", sealed_bot_token="", sealed_signing_secret="", created_at=NOW
        )
        session.add(workspace)
        session.flush()
        return World(database, organization_id, project_id, workspace.id)
