"""Removing what belonged to deleted issues and projects: some rows at a time, with rests, behind everybody else.

The order is that in which it matters to people: issues of a deleted project are deleted first, so that their cards say
so; of a deleted issue what waits to be said in its threads goes first. Whatever is left is found again after a crash.
"""

import threading
import time
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, delete, exists, or_, select, text, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from tocsin.activities.models import Activity, ActivityType
from tocsin.deliveries import lease
from tocsin.deliveries.forgetting import forget_words
from tocsin.deliveries.lease import Held
from tocsin.deliveries.plan import REPLY
from tocsin.deliveries.revise import call_off
from tocsin.events.models import StoredEvent
from tocsin.issues.deleting import delete_with_project, find_last_word, find_undeleted, find_unremoved
from tocsin.issues.evicting import REST, ROWS_AT_LEAST, rows_that_fit
from tocsin.issues.models import (
    UNREMOVED,
    ExternalIssue,
    Issue,
    IssueDeploy,
    IssueHour,
    IssueTag,
    IssueTick,
    IssueUser,
)
from tocsin.kernel.clock import Clock, to_milliseconds
from tocsin.kernel.db import Base, Database, changed_rows, write
from tocsin.kernel.errors import WriterBusyError
from tocsin.kernel.ids import IssueId, ProjectId
from tocsin.kernel.writer_queue import Priority
from tocsin.notifications.models import ParentNotification
from tocsin.organizations.deleting import find_unremoved_projects
from tocsin.organizations.models import Commit, Deploy, Environment, Project, Release
from tocsin.rules.models import Firing, LastFiring, Rule

ISSUES_AT_A_TIME = 10
"""Of a deleted project, in one transaction."""
STRAGGLERS = timedelta(minutes=1)
"""For so long after a project was deleted events may still be stored for it, by a process that believes its keys."""
REST_OF_PUT_OFF = timedelta(seconds=5)
"""Before the next run looks again at what has to wait, or failed."""
REST_OF_UNSETTLED = timedelta(minutes=1)
"""The same where only the fate of a message is waited for: it is looked for four times, or waits in a dead channel."""
CALLED_OFF = "the issue was deleted before this was said"

log = structlog.get_logger()

Subject = tuple[type[Issue] | type[Project], int]
Column = InstrumentedAttribute[Any]

OF_ISSUES: tuple[tuple[type[Base], Column, tuple[Column, ...]], ...] = (
    (StoredEvent, StoredEvent.issue_id, (StoredEvent.id,)),
    (IssueUser, IssueUser.issue_id, (IssueUser.issue_id, IssueUser.user_key)),
    (IssueTag, IssueTag.issue_id, (IssueTag.issue_id, IssueTag.name, IssueTag.value)),
    (IssueHour, IssueHour.issue_id, (IssueHour.issue_id, IssueHour.hour)),
    (IssueTick, IssueTick.issue_id, (IssueTick.issue_id, IssueTick.tick)),
    (IssueDeploy, IssueDeploy.issue_id, (IssueDeploy.issue_id, IssueDeploy.deploy_id)),
    (ExternalIssue, ExternalIssue.issue_id, (ExternalIssue.id,)),
    (LastFiring, LastFiring.issue_id, (LastFiring.rule_id, LastFiring.issue_id)),
    (Firing, Firing.issue_id, (Firing.id,)),
    (Activity, Activity.issue_id, (Activity.id,)),
)
"""What belongs to issues: by which column it does, and the key of a row. Fingerprints went at once; undos go by age."""
OF_PROJECTS: tuple[tuple[type[Base], Column, tuple[Column, ...]], ...] = (
    (Commit, Commit.project_id, (Commit.id,)),
    (Deploy, Deploy.project_id, (Deploy.id,)),
    (Release, Release.project_id, (Release.id,)),
    (Environment, Environment.project_id, (Environment.id,)),
    (Rule, Rule.project_id, (Rule.id,)),
)
"""What belongs to projects beside issues. The counts of what came in are forgotten in time (`intake.received`)."""
MAY_GO: dict[type[Base], ColumnElement[bool]] = {
    Firing: ~exists().where(ParentNotification.firing_id == Firing.id),
    Activity: Activity.announced_at.is_not(None) & (Activity.type != ActivityType.DELETED),
}
"""Of which tables not all may: a card keeps its firing, and what happened is kept until it was announced."""


def is_some_left(session: Session) -> bool:
    """Whether anything belongs to something that was deleted."""
    return bool(find_unremoved(session, limit=1) or find_unremoved_projects(session))


def remove_deleted(
    database: Database, held: Held, *, clock: Clock, lease_seconds: float, stop: threading.Event
) -> None:
    """Remove all that is left of what was deleted, under the lease `held`, until nothing is or `stop` is set."""
    put_off: dict[Subject, timedelta] = {}
    rows = ROWS_AT_LEAST
    while True:
        with write(database, priority=Priority.INGEST) as session:
            now = clock()
            if not lease.renew(session, held, now=to_milliseconds(now), seconds=lease_seconds):
                return
            subject = None if stop.is_set() else _find_next(session, put_off)
            if subject is None:
                rest_until = to_milliseconds(now + min(put_off.values())) if put_off else 0
                lease.release(session, held, rest_until=rest_until)
                return
        try:
            gone, busy = _remove_some(database, subject, rows, now=now)
        except Exception as error:  # the outermost loop of this work: what fails is tried by the next run
            if not isinstance(error, WriterBusyError):
                log.exception("removing.failed", table=subject[0].__tablename__, row_id=subject[1])
            gone, busy = REST_OF_PUT_OFF, 0.0
        if isinstance(gone, timedelta):
            put_off[subject] = gone
        elif gone:
            rows = rows_that_fit(rows, gone, busy)
        stop.wait(busy * REST)


def _find_next(session: Session, put_off: Collection[Subject]) -> Subject | None:
    subjects: list[Subject] = [(Project, project_id) for project_id in find_unremoved_projects(session)]
    subjects += [(Issue, issue_id) for issue_id in find_unremoved(session, limit=len(put_off) + 1)]
    return next((each for each in subjects if each not in put_off), None)


def _remove_some(database: Database, subject: Subject, rows: int, *, now: datetime) -> tuple[int | timedelta, float]:
    """Remove about so many rows; gives how many went, or how long what is left has to wait, and how long it took."""
    table, row_id = subject
    with write(database, priority=Priority.INGEST) as session:
        begun = time.perf_counter()
        if table is Issue:
            gone = _remove_of_issue(session, IssueId(row_id), rows, now=now)
        else:
            gone = _remove_of_project(session, session.get_one(Project, row_id), rows, now=now)
    return gone, time.perf_counter() - begun


def _remove_of_issue(session: Session, issue_id: IssueId, rows: int, *, now: datetime) -> int | timedelta:
    cards = select(ParentNotification.card_delivery_id).where(ParentNotification.issue_id == issue_id)
    parts = session.scalars(select(Issue.id).where(or_(Issue.id == issue_id, Issue.merged_into_id == issue_id))).all()
    waits = select(Activity.id).where(Activity.issue_id.in_(parts), Activity.announced_at.is_(None)).limit(1)
    # Asked before the threads are looked at: what another process announces from now on is called off by the next run.
    is_announced = session.scalar(waits) is None
    last_word = _key_of_last_word(session, issue_id)
    call_off(session, cards, but=last_word, reason=CALLED_OFF)
    gone = _delete_some(session, OF_ISSUES, parts, rows)
    if gone:
        return gone
    if not is_announced:
        return REST_OF_PUT_OFF
    if not forget_words(session, cards, but=last_word):
        return REST_OF_UNSETTLED
    session.execute(update(Issue).where(Issue.id == issue_id).values(removed_at=now))
    return 0


def _key_of_last_word(session: Session, issue_id: IssueId) -> str:
    """How the natural keys begin of the replies that tell that the issue was deleted: nothing else is said any more."""
    last_word = find_last_word(session, issue_id)
    assert last_word is not None, "it was written when the issue was deleted"
    return f"{REPLY}:{last_word.id}:"


def _remove_of_project(session: Session, project: Project, rows: int, *, now: datetime) -> int | timedelta:
    assert project.deleted_at is not None
    session.execute(update(Rule).where(Rule.project_id == project.id).values(is_active=False))
    undeleted = find_undeleted(session, project.id, limit=ISSUES_AT_A_TIME)
    for issue_id in undeleted:
        delete_with_project(session, issue_id, project, now=now)
    if undeleted:
        return len(undeleted)
    if project.deleted_at > now - STRAGGLERS or _has_unremoved(session, project.id):
        return REST_OF_PUT_OFF
    gone = _delete_some(session, OF_PROJECTS, [project.id], rows)
    if not gone:
        project.removed_at = now
    return gone


def _has_unremoved(session: Session, project_id: ProjectId) -> bool:
    unremoved = select(Issue.id).where(Issue.project_id == project_id, text(UNREMOVED)).limit(1)
    return session.scalar(unremoved) is not None


def _delete_some(
    session: Session,
    tables: Sequence[tuple[type[Base], Column, tuple[Column, ...]]],
    owners: Sequence[int],
    rows: int,
) -> int:
    """Delete at most so many rows that belong to `owners`, from the first tables that have any; gives how many."""
    gone = 0
    for table, owner, key in tables:
        some = select(*key).where(owner.in_(owners), MAY_GO.get(table, owner.is_not(None))).limit(rows - gone)
        gone += changed_rows(session, delete(table).where(tuple_(*key).in_(some)))
        if gone >= rows:
            break
    return gone
