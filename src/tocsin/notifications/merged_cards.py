"""Cards of issues that were merged: they go over to the other issue with their threads, and come back with it."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from tocsin.issues.change import MESSAGE, get_issue_for_update
from tocsin.issues.models import Issue
from tocsin.kernel import work
from tocsin.kernel.ids import IssueId
from tocsin.notifications.models import ParentNotification


def follow_merge(session: Session, issue_id: IssueId) -> None:
    """Let the cards of an issue that was merged show the other one, if it still is merged."""
    issue = session.get_one(Issue, issue_id)
    if issue.merged_into_id is None:
        return
    survivor = get_issue_for_update(session, issue.merged_into_id)
    assert survivor is not None
    for card in _cards(session, ParentNotification.issue_id == issue_id):
        card.merged_from_id = card.merged_from_id or issue_id
        _move(session, card, survivor)
    _is_newer_than(session, survivor, issue)


def follow_unmerge(session: Session, issue_id: IssueId) -> None:
    """Give an issue that was merged, and is one of its own again, the cards back that it had."""
    issue = get_issue_for_update(session, issue_id)
    assert issue is not None
    for card in _cards(session, ParentNotification.merged_from_id == issue_id):
        shown = session.get_one(Issue, card.issue_id)
        card.merged_from_id = None
        _move(session, card, issue)
        _is_newer_than(session, issue, shown)


def _is_newer_than(session: Session, issue: Issue, shown: Issue) -> None:
    """Whichever version of `shown` a drawing in flight still puts on a card, `issue` is drawn there after it."""
    issue.version = issue.urgent_version = max(issue.version, shown.version) + 1
    session.flush()
    work.ask(session, MESSAGE, issue.id)


def _cards(session: Session, which: ColumnElement[bool]) -> list[ParentNotification]:
    return list(session.scalars(select(ParentNotification).where(which).order_by(ParentNotification.id)))


def _move(session: Session, card: ParentNotification, issue: Issue) -> None:
    """Make it a card of the present life of that issue: the next in its channel, and due, whatever it shows now."""
    last = select(func.max(ParentNotification.sequence)).where(
        ParentNotification.issue_id == issue.id,
        ParentNotification.integration_id == card.integration_id,
        ParentNotification.channel == card.channel,
        ParentNotification.period == issue.period,
    )
    sequence = (session.scalar(last) or 0) + 1
    card.issue_id, card.period, card.sequence, card.drawn_version = issue.id, issue.period, sequence, 0
    session.flush()
