"""Taking back a verb for many issues: each by its presser's own offer, with the rules of `issues.undo`."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity
from tocsin.issues.models import BulkAct, IssueUndo
from tocsin.issues.undo import WITHIN, offer_undo, undo
from tocsin.kernel.ids import IssueId
from tocsin.organizations.permit import Source

UNDO = "undo"
"""What the piece of work is called that takes another one back."""
UNDONE_AT_MOST = 1_000
"""Issues; each offer is a row that somebody's next press clears away, and a press is to be quick."""
FOR_GOOD = frozenset({"merge", "delete", UNDO})
"""What is not offered to be taken back, however few issues it was done to."""


def is_beyond_undo(bulk: BulkAct) -> bool:
    """Whether it would be offered to take `bulk` back, if it were not done to too many issues."""
    return bulk.total > UNDONE_AT_MOST and bulk.action["name"] not in FOR_GOOD


def offer_in_bulk(session: Session, bulk: BulkAct, activity: Activity, before: dict[str, Any]) -> None:
    """Offer the presser of `bulk` to take back what was done to one of its issues; all offers end together."""
    if bulk.total <= UNDONE_AT_MOST and activity.issue_id is not None:
        offer_undo(session, activity, before, now=bulk.created_at, key=_key(bulk.id, activity.issue_id))


def find_offered(session: Session, bulk: BulkAct, *, now: datetime) -> list[IssueId]:
    """The issues that can still be as they were before `bulk`, in the order of their ids."""
    if bulk.total > UNDONE_AT_MOST or bulk.action["name"] in FOR_GOOD:
        return []
    offered = select(IssueUndo.issue_id).where(IssueUndo.key.in_(_keys(bulk)), IssueUndo.at > now - WITHIN)
    return list(session.scalars(offered.order_by(IssueUndo.issue_id)))


def hold_offers(session: Session, bulk: BulkAct, *, now: datetime) -> None:
    """Keep what is offered for as long as somebody who was in time may have to wait until all of it is taken back."""
    held = update(IssueUndo).where(IssueUndo.key.in_(_keys(bulk)), IssueUndo.at > now - WITHIN).values(at=now)
    session.execute(held.execution_options(synchronize_session=False))


def undo_one(session: Session, bulk: BulkAct, issue_id: IssueId, *, source: Source, now: datetime) -> None:
    """Take back what the piece of work that `bulk` takes back did to one issue.

    Raises:
        TocsinError: whatever `issues.undo:undo` raises.
    """
    undo(session, _key(bulk.action["of"], issue_id), user_id=bulk.user_id, source=source, now=now)


def action_of(bulk: BulkAct) -> Mapping[str, Any]:
    """What the piece of work that takes `bulk` back keeps as its action."""
    return {"name": UNDO, "of": bulk.id}


def _keys(bulk: BulkAct) -> list[str]:
    return [_key(bulk.id, issue_id) for issue_id in bulk.issue_ids]


def _key(bulk_id: int, issue_id: int) -> str:
    """That of an offer, which is its presser's alone: so it may be known, and needs to be kept nowhere."""
    return hashlib.sha256(f"{bulk_id} {issue_id}".encode()).hexdigest()[:32]
