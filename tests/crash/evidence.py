"""Owns reading the evidence: the database as it is at the end, beside the ledger of the simulated Slack."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bench.company import FoundedCompany
from slack_simulator.running import Simulator
from tests.crash.checker import Card, Evidence
from tests.crash.leaks import find_leaks
from tests.crash.load import Told
from tocsin.activities.models import Activity, ActivityType
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.events.models import StoredEvent
from tocsin.issues.models import Issue
from tocsin.kernel.db import Database, read
from tocsin.notifications.card_facts import card_facts
from tocsin.notifications.models import ParentNotification
from tocsin.notifications.thread_life import THREADS_PER_CHANNEL
from tocsin.organizations.audit_sealing import list_chains, verify_chain
from tocsin.settings import Settings
from tocsin.slack.messages.card import draw_card

WAITING = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCERTAIN)


def read_evidence(company: FoundedCompany, slack: Simulator, told: Told, settings: Settings) -> Evidence:
    """What there is, once nothing moves any more."""
    with read(company.database) as session:
        issues = session.scalars(select(Issue)).all()
        activities = session.scalars(select(Activity).order_by(Activity.id)).all()
        deliveries: dict[int, Delivery] = {each.id: each for each in session.scalars(select(Delivery))}
        events = session.execute(select(StoredEvent.event_id, StoredEvent.issue_id)).all()
        parents = session.scalars(select(ParentNotification).order_by(ParentNotification.id)).all()
        untrue = find_untrue_cards(session, slack, settings.link_base)
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
        cards=tuple(_cards(parents, activities, deliveries)),
        states={delivery_id: str(delivery.state) for delivery_id, delivery in deliveries.items()},
        live=tuple(slack.ledger.live),
        grounds=_grounds(company, issues),
        unannounced=frozenset(activity.id for activity in activities if activity.announced_at is None),
        untrue=untrue,
        broken_chains=tuple(_find_breaks(company.database)),
        leaks=tuple(find_leaks(company.database, slack, settings.data_dir)),
        once_uncertain=sum(delivery.was_uncertain for delivery in deliveries.values()),
    )


def wait_until_quiet(company: FoundedCompany, patience: float) -> float:
    """Wait until nothing moves any more; gives the seconds that it took.

    Raises:
        TimeoutError: something still waits after `patience` seconds.
    """
    began = time.monotonic()
    while time.monotonic() - began < patience:
        with read(company.database) as session:
            if is_quiet(session):
                return time.monotonic() - began
        time.sleep(0.2)
    raise TimeoutError(f"something still waits after {patience:.0f} s; `tocsin deliveries list` names it")


def is_quiet(session: Session) -> bool:
    """Whether nothing waits to be announced, said, looked for, swept, or drawn."""
    unannounced = select(Activity.id).where(Activity.announced_at.is_(None))
    waiting = select(Delivery.id).where(Delivery.state.in_(WAITING) | Delivery.sweep_at.is_not(None))
    behind = (
        select(ParentNotification.id)
        .join(Issue, Issue.id == ParentNotification.issue_id)
        .where(
            ParentNotification.gone_reason.is_(None),
            or_(ParentNotification.drawn_version < Issue.version, ParentNotification.redraw_at.is_not(None)),
        )
    )
    return all(session.scalars(query.limit(1)).first() is None for query in (unannounced, waiting, behind))


def find_untrue_cards(session: Session, slack: Simulator, link_base: str) -> frozenset[int]:
    """The deliveries of the cards in Slack that look different from what would be drawn of their issue now."""
    return frozenset(
        delivery.id
        for parent, delivery in session.execute(
            select(ParentNotification, Delivery).join(Delivery, Delivery.id == ParentNotification.card_delivery_id)
        )
        if delivery.ts is not None and not _shows(slack, parent, delivery.ts, session, link_base)
    )


def _shows(slack: Simulator, parent: ParentNotification, ts: str, session: Session, link_base: str) -> bool:
    message = slack.message(parent.channel, ts)
    wanted = draw_card(card_facts(session, parent, link_base=link_base))
    return message is not None and (message.text, _plain(message.blocks)) == (wanted.text, _plain(wanted.blocks))


def _plain(blocks: Iterable[dict]) -> list[dict]:
    """The blocks without the ids that Slack makes up where the app gives none."""
    return [{name: value for name, value in block.items() if name != "block_id"} for block in blocks]


def _find_breaks(database: Database) -> Iterator[str]:
    with read(database) as session:
        chains = list_chains(session)
    for chain in chains:
        found = verify_chain(database, chain).broken
        if found is not None:
            yield f"{found.tampering} at number {found.sequence} of organization {chain}"


def _grounds(company: FoundedCompany, issues: Iterable[Issue]) -> dict[int, frozenset[str]]:
    organizations = {project.id: project.organization_id for project in company.projects}
    return {
        issue.id: frozenset(
            channel
            for project in company.projects
            if project.organization_id == organizations[issue.project_id]
            for channel in project.channels
        )
        for issue in issues
    }


def _cards(
    parents: Iterable[ParentNotification], activities: Iterable[Activity], deliveries: dict[int, Delivery]
) -> Iterable[Card]:
    by_key = {delivery.natural_key: delivery for delivery in deliveries.values()}
    told_of: dict[int, list[int]] = {}
    for activity in activities:
        if activity.issue_id is not None and activity.type != ActivityType.FIRST_SEEN:
            told_of.setdefault(activity.issue_id, []).append(activity.id)
    standing = list(parents)
    for parent in standing:
        told_by = tuple(
            (activity, _sayer(by_key.get(f"reply:{activity}:{parent.id}")))
            for activity in told_of.get(parent.issue_id, [])
            if activity > parent.opened_after and _is_answered(parent, activity, standing)
        )
        yield Card(parent.card_delivery_id, parent.issue_id, parent.period, parent.channel, told_by)


def _is_answered(card: ParentNotification, activity: int, cards: Iterable[ParentNotification]) -> bool:
    """Whether `card` was one of the newest of its issue in its channel when `activity` happened: older ones rest."""
    newer = [
        each
        for each in cards
        if (each.issue_id, each.integration_id, each.channel) == (card.issue_id, card.integration_id, card.channel)
        and card.id < each.id
        and each.opened_after < activity
    ]
    return len(newer) < THREADS_PER_CHANNEL


def _sayer(reply: Delivery | None) -> int | None:
    return None if reply is None else reply.folded_into or reply.id
