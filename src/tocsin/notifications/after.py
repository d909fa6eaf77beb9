"""From a firing to a card or a repeat: what rule actions do after a rule held, planned in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity
from tocsin.chat.workspaces import why_nothing_goes_out
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.plan import CARD, Plan, plan_delivery
from tocsin.issues.models import Issue
from tocsin.kernel.db import table_of
from tocsin.kernel.ids import ActivityId, IntegrationId, ParentNotificationId, random_key
from tocsin.kernel.statement import Statement
from tocsin.notifications.models import ParentNotification
from tocsin.notifications.thread_life import is_answered
from tocsin.rules.action import NotifyChannel, RuleDataError
from tocsin.rules.evaluate import Fired
from tocsin.rules.repeat import Repeat, loudest, opens_new_card

ALERT_LIFETIME = timedelta(hours=1)
"""An alert that could not be posted for this long is no news any more; it dies, counted and visible."""

REPEATS = "repeats"
"""In an activity's data: by the id of each card at which it is a repeat, the rule that fired and how loud it is."""


_OPEN = Statement(
    insert(table_of(ParentNotification)).returning(ParentNotification.id),
    columns=(
        *("issue_id", "firing_id", "rule_action_uuid", "integration_id", "channel", "period", "sequence"),
        *("card_delivery_id", "message_key", "opened_after", "created_at", "drawn_version"),
    ),
)


@dataclass(frozen=True, slots=True)
class _Wish:
    """One rule's wish to tell an occurrence in a channel."""

    firing: Fired
    action: NotifyChannel


def after(
    session: Session,
    issue: Issue,
    fired: Sequence[Fired],
    *,
    told_by: ActivityId,
    opened_after: ActivityId,
    is_new: bool = False,
    now: datetime,
) -> list[ParentNotificationId]:
    """Carry out the actions of every rule that held for one occurrence of `issue`; give the cards that were opened.

    `is_new`: it was opened in this transaction, so that no card of it stands anywhere and nobody else opens one.

    Rules that mean the same channel share one card, under the name of the first of them; how a repeat is told there,
    the loudest of them says. `told_by` is the activity that the occurrence is in the issue's history: where a card
    stands already, it is kept there how its thread is to tell it. `opened_after` is the last one that a new card
    itself tells: the same, or that somebody was given the issue at once.
    """
    wishes: dict[tuple[IntegrationId, str], list[_Wish]] = {}
    for firing in fired:
        for action in firing.rule.actions:
            wishes.setdefault((action.integration_id, action.channel), []).append(_Wish(firing, action))
    opened: list[ParentNotificationId] = []
    repeats: dict[str, dict[str, str]] = {}
    for together in wishes.values():
        first = together[0]
        standing = None if is_new else find_standing_card(session, issue, first.action, now=now)
        if standing is None or _wants_new_card(issue, standing, together, now=now):
            parent = send_notification(
                session, issue, first.firing, first.action, opened_after=opened_after, is_new=is_new, now=now
            )
            opened += [] if parent is None else [parent]
        else:
            repeat = loudest([wish.action.repeat for wish in together])
            repeats[str(standing.id)] = {"rule": first.firing.rule.name, "repeat": repeat}
            _keep_news(session, standing, now=now)
    if repeats:
        activity = session.get_one(Activity, told_by)
        activity.data = {**activity.data, REPEATS: repeats}
    return opened


def find_standing_card(
    session: Session, issue: Issue, action: NotifyChannel, *, now: datetime
) -> ParentNotification | None:
    """The newest card of `issue` in the action's channel that is there or on its way, and whose thread is not over."""
    return session.scalars(
        select(ParentNotification)
        .join(Delivery, Delivery.id == ParentNotification.card_delivery_id)
        .where(
            ParentNotification.issue_id == issue.id,
            ParentNotification.integration_id == action.integration_id,
            ParentNotification.channel == action.channel,
            Delivery.state != DeliveryState.DEAD,
            is_answered(now=now),
        )
        .order_by(ParentNotification.id.desc())
        .limit(1)
    ).one_or_none()


def send_notification(
    session: Session,
    issue: Issue,
    firing: Fired,
    action: NotifyChannel,
    *,
    opened_after: ActivityId,
    is_new: bool = False,
    now: datetime,
) -> ParentNotificationId | None:
    """Open a card of `issue` in the action's channel; `None` when another process did so at the same moment.

    Raises:
        RuleDataError: the action has no address.
    """
    if not action.channel or not action.uuid:
        raise RuleDataError(f"an action of rule {firing.rule.id} has no address")
    if is_new:
        return _open_card(session, issue, firing, action, 1, opened_after=opened_after, now=now)
    sequence = _count_cards(session, issue, action) + 1
    try:
        with session.begin_nested():
            return _open_card(session, issue, firing, action, sequence, opened_after=opened_after, now=now)
    except IntegrityError:
        # Two who count the same cards want the same number, and the database lets one of them have it. Its card
        # tells what this one would have told.
        return None


def _wants_new_card(issue: Issue, standing: ParentNotification, wishes: Sequence[_Wish], *, now: datetime) -> bool:
    return any(
        wish.action.repeat == Repeat.NEW_CARD
        or opens_new_card(
            wish.action.new_card_after,
            is_of_this_period=standing.period == issue.period,
            opened_at=standing.created_at,
            now=now,
        )
        for wish in wishes
    )


def _keep_news(session: Session, standing: ParentNotification, *, now: datetime) -> None:
    """A card that could not be posted yet tells this occurrence too, so it does not die with the age of the first."""
    session.execute(
        update(Delivery)
        .where(
            Delivery.id == standing.card_delivery_id,
            Delivery.state.in_((DeliveryState.PENDING, DeliveryState.PARKED)),
        )
        .values(expires_at=now + ALERT_LIFETIME)
    )


def _count_cards(session: Session, issue: Issue, action: NotifyChannel) -> int:
    """The number of the last card of this period in the action's channel."""
    last = select(func.max(ParentNotification.sequence)).where(
        ParentNotification.issue_id == issue.id,
        ParentNotification.integration_id == action.integration_id,
        ParentNotification.channel == action.channel,
        ParentNotification.period == issue.period,
    )
    return session.scalar(last) or 0


def _open_card(
    session: Session,
    issue: Issue,
    firing: Fired,
    action: NotifyChannel,
    sequence: int,
    *,
    opened_after: ActivityId,
    now: datetime,
) -> ParentNotificationId:
    plan = Plan(
        natural_key=f"card:{firing.firing_id}:{action.integration_id}:{action.channel}",
        kind=CARD,
        integration_id=action.integration_id,
        channel=action.channel,
        body={"issue_id": issue.id},
        parked=why_nothing_goes_out(session, action.integration_id),
        expires_at=now + ALERT_LIFETIME,
    )
    card = {
        "issue_id": issue.id,
        "firing_id": firing.firing_id,
        "rule_action_uuid": action.uuid,
        "integration_id": action.integration_id,
        "channel": action.channel,
        "period": issue.period,
        "sequence": sequence,
        "card_delivery_id": plan_delivery(session, plan, now=now),
        "message_key": random_key(),
        "opened_after": opened_after,
        "created_at": now,
        "drawn_version": 0,
    }
    [(card_id,)] = _OPEN.rows(session, card)
    return card_id
