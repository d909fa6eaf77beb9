"""Trying a rule: a message in its channels that goes the way of every alert, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.deliveries.models import Delivery
from tocsin.deliveries.plan import TEST, Plan, plan_deliveries
from tocsin.kernel.ids import DeliveryId, RuleId
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit
from tocsin.rules.action import Action, decode_actions
from tocsin.rules.models import Rule

TEST_LIFETIME = timedelta(minutes=10)
"""Whoever tries a rule looks now; a test that comes an hour later would be taken for an alert."""


@dataclass(frozen=True, slots=True)
class TestMessage:
    """How the test message to one channel stands; `state` is a `DeliveryState`, `reason` what stands in its way."""

    __test__ = False  # no test of pytest's

    id: DeliveryId
    channel_name: str
    state: str
    reason: str | None


def send_test(session: Session, rule: Rule, permit: Permit, *, now: datetime) -> list[DeliveryId]:
    """Plan one message in each channel of `rule`, like its cards but of no issue; gives the deliveries' ids.

    It passes through the same drain, pace and classification of errors, so that what it meets is what an alert meets.
    """
    project = session.get_one(Project, rule.project_id)
    plans = [
        Plan(
            natural_key=f"test:{action.uuid}:{uuid4().hex}",  # said once for each press, whose transaction happens once
            kind=TEST,
            integration_id=action.integration_id,
            channel=action.channel,
            body={"rule": rule.name, "project": project.slug, "by": permit.actor.label},
            expires_at=now + TEST_LIFETIME,
        )
        for action in decode_actions(rule.actions)
    ]
    create_audit_entry(
        session, permit, AuditEvent.RULE_TEST, target=f"rule:{rule.id}", now=now, data={"name": rule.name}
    )
    return plan_deliveries(session, plans, now=now)


def find_last_tests(session: Session, rules: Sequence[Rule]) -> dict[RuleId, list[TestMessage]]:
    """For each of `rules` that was ever tried, how the newest test in each of its channels stands."""
    found: dict[RuleId, list[TestMessage]] = {}
    for rule in rules:
        tests = [test for action in decode_actions(rule.actions) if (test := _find_last(session, action))]
        if tests:
            found[rule.id] = tests
    return found


def _find_last(session: Session, action: Action) -> TestMessage | None:
    # The key begins with the action's own id: a range of its unique index.
    key = f"test:{action.uuid}:"
    delivery = session.scalars(
        select(Delivery)
        .where(Delivery.natural_key >= key, Delivery.natural_key < f"{key}~")
        .order_by(Delivery.id.desc())
        .limit(1)
    ).first()
    if delivery is None:
        return None
    return TestMessage(delivery.id, action.channel_name, delivery.state, delivery.reason)
