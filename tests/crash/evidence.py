"""Owns reading the evidence: the database as it is at the end, beside the ledger of the simulated Slack."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.company import FoundedCompany
from slack_simulator.running import Simulator
from tests.crash.checker import Card, Evidence
from tests.crash.load import Told
from tocsin.activities.models import Activity, ActivityType
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.events.models import StoredEvent
from tocsin.issues.models import Issue
from tocsin.kernel.db import read
from tocsin.notifications.models import ParentNotification

WAITING = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCERTAIN)


def read_evidence(company: FoundedCompany, slack: Simulator, told: Told) -> Evidence:
    """What there is, once nothing moves any more."""
    with read(company.database) as session:
        issues = session.scalars(select(Issue)).all()
        activities = session.scalars(select(Activity).order_by(Activity.id)).all()
        deliveries: dict[int, Delivery] = {each.id: each for each in session.scalars(select(Delivery))}
        events = session.execute(select(StoredEvent.event_id, StoredEvent.issue_id)).all()
        parents = session.scalars(select(ParentNotification).order_by(ParentNotification.id)).all()
    rows_of_issue = Counter(issue_id for _, issue_id in events)
    channels = {project.id: project.channels for project in company.projects}
    return Evidence(
        acknowledged=frozenset(told.acknowledged),
        stored=Counter(event_id.hex() for event_id, _ in events),
        counted={issue.id: (issue.event_count, rows_of_issue[issue.id]) for issue in issues},
        decided=frozenset(told.decided),
        activities=frozenset(activity.id for activity in activities),
        wanted_cards=Counter(
            (issue.id, period, channel)
            for issue in issues
            for period in range(1, issue.period + 1)
            for channel in channels[issue.project_id]
        ),
        cards=tuple(_card(parent, activities, deliveries) for parent in parents),
        states={delivery_id: str(delivery.state) for delivery_id, delivery in deliveries.items()},
        live=tuple(slack.ledger.live),
        once_uncertain=sum(delivery.was_uncertain for delivery in deliveries.values()),
    )


def is_quiet(session: Session) -> bool:
    """Whether nothing waits to be announced, said, looked for, or swept."""
    unannounced = select(Activity.id).where(Activity.announced_at.is_(None))
    waiting = select(Delivery.id).where(Delivery.state.in_(WAITING) | Delivery.sweep_at.is_not(None))
    return session.scalars(unannounced.limit(1)).first() is None and session.scalars(waiting.limit(1)).first() is None


def _card(parent: ParentNotification, activities: Iterable[Activity], deliveries: dict[int, Delivery]) -> Card:
    by_key = {delivery.natural_key: delivery for delivery in deliveries.values()}
    later = [
        activity.id
        for activity in activities
        if activity.issue_id == parent.issue_id
        and activity.type != ActivityType.FIRST_SEEN
        and activity.id > parent.opened_after
    ]
    told_by = tuple((activity, _sayer(by_key.get(f"reply:{activity}:{parent.id}"))) for activity in later)
    return Card(parent.card_delivery_id, parent.issue_id, parent.period, parent.channel, told_by)


def _sayer(reply: Delivery | None) -> int | None:
    return None if reply is None else reply.folded_into or reply.id
