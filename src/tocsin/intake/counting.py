"""What a batch counts: each issue's events, also by the hour, and the users that they hit."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from tocsin.intake.group import Group
from tocsin.issues.counters import count_hours, count_users, hour_of
from tocsin.issues.models import Issue
from tocsin.kernel.statement import Statement

_COUNT = Statement(
    update(Issue)
    .where(Issue.id == bindparam("issue_id"))
    .values(
        event_count=Issue.event_count + bindparam("new_events"),
        user_count=Issue.user_count + bindparam("new_users"),
        last_seen=bindparam("seen_at"),
        last_event_id=bindparam("row_id"),
        title=bindparam("new_title"),
        value=bindparam("new_value"),
        culprit=bindparam("new_culprit"),
        level=bindparam("new_level"),
        version=Issue.version + 1,
    )
)
"""What the newest events of an issue change on it; a card shows all of this, so its version moves on."""


def count(session: Session, groups: Sequence[Group]) -> None:
    """Count the stored events of `groups`; each counter is exact, whichever processes count at once.

    Every process writes the tables in this order, and the rows of each in the order of their keys: two that lock the
    same rows crosswise would deadlock on PostgreSQL.
    """
    new_users = count_users(
        session,
        ((group.issue_id, event.user_key) for group in groups for event in group.events if event.user_key is not None),
    )
    rows = [
        {
            "issue_id": group.issue_id,
            "new_events": len(group.events),
            "new_users": new_users[group.issue_id],
            "seen_at": newest.received_at,
            "row_id": group.last_row_id,
            "new_title": newest.title,
            "new_value": newest.value,
            "new_culprit": newest.culprit,
            "new_level": newest.level,
        }
        for group in sorted(groups, key=lambda group: group.issue_id)
        for newest in group.events[-1:]
    ]
    _COUNT.many(session, rows)
    count_hours(
        session, Counter((group.issue_id, hour_of(event.received_at)) for group in groups for event in group.events)
    )
