"""How long a thread is answered: until its card did not change for a quarter of a year, and only the newest ones."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, Case, ColumnElement, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.kernel.ids import ActivityId, DeliveryId, IntegrationId, IssueId, ParentNotificationId
from tocsin.kernel.statement import Statement
from tocsin.notifications.models import ParentNotification

THREAD_LIFE = timedelta(days=90)
"""Counted from the card's last change. Whoever comes to an issue after that finds nobody reading the old thread."""

THREADS_PER_CHANNEL = 3
"""Of several cards of one issue in one channel (it came back, or was merged), so many threads are answered."""


@dataclass(frozen=True, slots=True)
class Thread:
    """The thread of a card: which card, where it stands, and the delivery that posted it."""

    id: ParentNotificationId
    integration_id: IntegrationId
    channel: str
    card_delivery_id: DeliveryId


def is_answered(*, now: datetime) -> ColumnElement[bool]:
    """SQL: whether what happens `now` is told in the thread of a card."""
    return _is_alive_since(now - THREAD_LIFE)


def find_threads(session: Session, issue_id: IssueId | None, activity_id: ActivityId, *, now: datetime) -> list[Thread]:
    """The threads in which what happens `now` to an issue is told, oldest first.

    Their cards tell of this issue, or did before that was merged into another one; they were opened before the
    activity, stand or will, and are not too old.
    """
    told = {"of_issue_id": issue_id, "of_activity_id": activity_id, "alive_since": now - THREAD_LIFE}
    return newest_in_each_channel(Thread(*row) for row in _THREADS.rows(session, told))


def end_of_thread(now: BindParameter[datetime], alive_since: BindParameter[datetime]) -> Case[datetime | None]:
    """SQL: the `thread_ended_at` of a card that is redrawn `now`: a thread that is over does not begin again.

    `alive_since` is to be `THREAD_LIFE` before now.
    """
    return case((_last_change() <= alive_since, now), else_=ParentNotification.thread_ended_at)


def newest_in_each_channel(newest_first: Iterable[Thread]) -> list[Thread]:
    """Those that are answered, oldest first."""
    seen: Counter[tuple[IntegrationId, str]] = Counter()
    kept: list[Thread] = []
    for thread in newest_first:
        place = (thread.integration_id, thread.channel)
        seen[place] += 1
        if seen[place] <= THREADS_PER_CHANNEL:
            kept.append(thread)
    return kept[::-1]


def _is_alive_since(moment: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    return and_(
        ParentNotification.gone_reason.is_(None),
        ParentNotification.thread_ended_at.is_(None),
        _last_change() > moment,
    )


def _last_change() -> ColumnElement[datetime]:
    return func.coalesce(ParentNotification.drawn_at, ParentNotification.created_at)


_THREADS = Statement(
    select(
        ParentNotification.id,
        ParentNotification.integration_id,
        ParentNotification.channel,
        ParentNotification.card_delivery_id,
    )
    .join(Delivery, Delivery.id == ParentNotification.card_delivery_id)
    .where(
        # A card that was given up never stood anywhere: it has no thread, and takes no other's place.
        Delivery.state != DeliveryState.DEAD,
        or_(
            ParentNotification.issue_id == bindparam("of_issue_id"),
            ParentNotification.merged_from_id == bindparam("of_issue_id"),
        ),
        ParentNotification.opened_after < bindparam("of_activity_id"),
        _is_alive_since(bindparam("alive_since")),
    )
    .order_by(ParentNotification.id.desc())
)
