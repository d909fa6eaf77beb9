"""Finding the events of an issue: one, the newest, and the neighbours of one."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tocsin.events.models import StoredEvent
from tocsin.kernel.ids import IssueId


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The ids (32 hex digits) of the events around one; `None` where there is none."""

    first: str | None
    previous: str | None
    following: str | None
    last: str | None


def find_event(session: Session, issue_id: IssueId, event_id: str) -> StoredEvent | None:
    """The issue's event of that id (32 hex digits); an event of another issue is not found."""
    return session.scalars(
        select(StoredEvent).where(StoredEvent.issue_id == issue_id, StoredEvent.event_id == bytes.fromhex(event_id))
    ).one_or_none()


def find_latest_event(session: Session, issue_id: IssueId) -> StoredEvent | None:
    """The issue's newest event; `None` when all of them were retired."""
    return session.scalars(
        select(StoredEvent).where(StoredEvent.issue_id == issue_id).order_by(StoredEvent.id.desc()).limit(1)
    ).one_or_none()


def find_neighbours(session: Session, event: StoredEvent) -> Neighbours:
    """The events of the same issue before and after `event`, and the ends of the row."""
    of_issue = StoredEvent.issue_id == event.issue_id
    ends = {
        "first": select(func.min(StoredEvent.id)).where(of_issue),
        "previous": select(func.max(StoredEvent.id)).where(of_issue, StoredEvent.id < event.id),
        "following": select(func.min(StoredEvent.id)).where(of_issue, StoredEvent.id > event.id),
        "last": select(func.max(StoredEvent.id)).where(of_issue),
    }
    row = session.execute(select(*(end.scalar_subquery().label(name) for name, end in ends.items()))).one()
    names = {
        row_id: event_id.hex()
        for row_id, event_id in session.execute(
            select(StoredEvent.id, StoredEvent.event_id).where(StoredEvent.id.in_([each for each in row if each]))
        )
    }
    return Neighbours(*(names.get(each) for each in row))
