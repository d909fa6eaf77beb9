"""From a firing to a card: what rule actions do after a rule held, planned in the same transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.deliveries.plan import CARD, Plan, plan_delivery
from tocsin.issues.models import Issue
from tocsin.kernel.ids import ActivityId, random_key
from tocsin.notifications.models import ParentNotification
from tocsin.rules.action import NotifyChannel, RuleDataError
from tocsin.rules.evaluate import Fired

ALERT_LIFETIME = timedelta(hours=1)
"""An alert that could not be posted for this long is no news any more; it dies, counted and visible."""


def after(
    session: Session, issue: Issue, fired: Sequence[Fired], *, opened_after: ActivityId, now: datetime
) -> list[ParentNotification]:
    """Carry out the actions of every rule that held for one occurrence of `issue`.

    Rules that mean the same channel share one card, under the name of the first of them. `opened_after` is the activity
    that the new card itself tells.
    """
    first_for: dict[tuple[int, str], tuple[Fired, NotifyChannel]] = {}
    for firing in fired:
        for action in firing.rule.actions:
            first_for.setdefault((action.integration_id, action.channel), (firing, action))
    parents = [
        send_notification(session, issue, firing, action, opened_after=opened_after, now=now)
        for firing, action in first_for.values()
    ]
    return [parent for parent in parents if parent is not None]


def send_notification(
    session: Session, issue: Issue, firing: Fired, action: NotifyChannel, *, opened_after: ActivityId, now: datetime
) -> ParentNotification | None:
    """Open the card of `issue` in the action's channel; `None` when one of this period stands or is planned there.

    Raises:
        RuleDataError: the action has no address.
    """
    if not action.channel or not action.uuid:
        raise RuleDataError(f"an action of rule {firing.rule.id} has no address")
    if _stands_already(session, issue, action):
        return None

    key = f"card:{issue.id}:{issue.period}:{action.integration_id}:{action.channel}"
    plan = Plan(
        natural_key=key,
        kind=CARD,
        integration_id=action.integration_id,
        channel=action.channel,
        body={"issue_id": issue.id},
        expires_at=now + ALERT_LIFETIME,
    )
    parent = ParentNotification(
        issue_id=issue.id,
        firing_id=firing.firing_id,
        rule_action_uuid=action.uuid,
        integration_id=action.integration_id,
        channel=action.channel,
        period=issue.period,
        card_delivery_id=plan_delivery(session, plan, now=now),
        message_key=random_key(),
        opened_after=opened_after,
        created_at=now,
    )
    session.add(parent)
    session.flush()
    return parent


def _stands_already(session: Session, issue: Issue, action: NotifyChannel) -> bool:
    standing = select(ParentNotification.id).where(
        ParentNotification.issue_id == issue.id,
        ParentNotification.integration_id == action.integration_id,
        ParentNotification.channel == action.channel,
        ParentNotification.period == issue.period,
    )
    return session.execute(standing).first() is not None
