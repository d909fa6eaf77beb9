"""What a batch counts: each issue's events, also by the hour, and the users that they hit."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, Update, bindparam, select, update
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from tocsin.intake.group import Group
from tocsin.issues.counters import count_hours, hour_of
from tocsin.issues.models import Issue, is_whole
from tocsin.kernel.at_once import given, is_given
from tocsin.kernel.db import BigId, UtcDateTime
from tocsin.kernel.ids import IssueId
from tocsin.kernel.statement import Statement

_HOLD = Statement(
    select(Issue.id, is_whole())
    .where(is_given(Issue.id, "issue_ids"))
    .order_by(Issue.id)
    .with_for_update(key_share=True)
)
_TYPES: dict[str, TypeEngine[Any]] = {
    "issue_id": BigId,
    "new_events": BigInteger(),
    "new_users": BigInteger(),
    "seen_at": UtcDateTime(),
    "row_id": BigInteger(),
    "new_title": Text(),
    "new_value": Text(),
    "new_culprit": Text(),
    "new_level": Text(),
}
"""What the newest events of an issue change on it, as parameters of one issue or as the columns of all."""


def _counting(new: Mapping[str, ColumnElement[Any]]) -> Update:
    """A card shows all of this, so the version moves on."""
    return (
        update(Issue)
        .where(Issue.id == new["issue_id"])
        .values(
            event_count=Issue.event_count + new["new_events"],
            user_count=Issue.user_count + new["new_users"],
            last_seen=new["seen_at"],
            last_event_id=new["row_id"],
            title=new["new_title"],
            value=new["new_value"],
            culprit=new["new_culprit"],
            level=new["new_level"],
            version=Issue.version + 1,
        )
    )


_COUNT = Statement(
    {
        "sqlite": _counting({name: bindparam(name, type_=of) for name, of in _TYPES.items()}),
        "postgresql": _counting(dict(given(_TYPES).c.items())),
    }
)


def hold(session: Session, groups: Sequence[Group]) -> Callable[[], bool]:
    """Lock the issues of `groups`, so that each is counted by one process at a time; tells whether all are whole.

    SQLite's one writer was nobody else since they were looked up, so they are. Rows are locked in the order of their
    keys, here and in all that follows: two that lock the same rows crosswise would deadlock on PostgreSQL.
    """
    if session.connection().dialect.name == "sqlite":
        return lambda: True
    held = _HOLD.ask(session, {"issue_ids": [group.issue_id for group in groups]})
    return lambda: all(whole for _, whole in held())


def count(session: Session, groups: Sequence[Group], new_users: Mapping[IssueId, int]) -> None:
    """Count the stored events of `groups`, which are held; each counter is exact, whichever processes count at once."""
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
