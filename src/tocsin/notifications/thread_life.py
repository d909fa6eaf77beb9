"""How long a thread is answered: until its card did not change for a quarter of a year, and only the newest ones."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Case, ColumnElement, and_, case, func, or_

from tocsin.kernel.ids import IntegrationId, IssueId
from tocsin.notifications.models import ParentNotification

THREAD_LIFE = timedelta(days=90)
"""Counted from the card's last change. Whoever comes to an issue after that finds nobody reading the old thread."""

THREADS_PER_CHANNEL = 3
"""Of several cards of one issue in one channel (it came back, or was merged), so many threads are answered."""


def is_card_of(issue_id: IssueId | None) -> ColumnElement[bool]:
    """SQL: whether a card tells of this issue, or did before that was merged into another one."""
    return or_(ParentNotification.issue_id == issue_id, ParentNotification.merged_from_id == issue_id)


def is_answered(*, now: datetime) -> ColumnElement[bool]:
    """SQL: whether what happens `now` is told in the thread of a card."""
    return and_(
        ParentNotification.gone_reason.is_(None),
        ParentNotification.thread_ended_at.is_(None),
        _last_change() > now - THREAD_LIFE,
    )


def end_of_thread(*, now: datetime) -> Case[datetime | None]:
    """SQL: the `thread_ended_at` of a card that is redrawn `now`: a thread that is over does not begin again."""
    return case((_last_change() <= now - THREAD_LIFE, now), else_=ParentNotification.thread_ended_at)


def newest_in_each_channel(parents: Iterable[ParentNotification]) -> list[ParentNotification]:
    """Those of `parents` (newest first) whose threads are answered, oldest first."""
    seen: Counter[tuple[IntegrationId, str]] = Counter()
    kept: list[ParentNotification] = []
    for parent in parents:
        place = (parent.integration_id, parent.channel)
        seen[place] += 1
        if seen[place] <= THREADS_PER_CHANNEL:
            kept.append(parent)
    return kept[::-1]


def _last_change() -> ColumnElement[datetime]:
    return func.coalesce(ParentNotification.drawn_at, ParentNotification.created_at)
