"""Evicting events: what is too old, and of what is too many the part that tells least.

An issue always keeps its newest event. Where a project has too many, the loudest issues are thinned: the first event
and the newest quarter stay, and of those between about every second one goes, more of the older ones, so that each time
the past is left in wider steps. Everything happens in short transactions with rests between them, behind ingest and
presses.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count as count_up

import structlog
from prometheus_client import Counter as Metric
from sqlalchemy import ColumnElement, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from tocsin.events.models import StoredEvent
from tocsin.issues.change import get_issue_for_update
from tocsin.issues.models import Issue, IssueFingerprint
from tocsin.issues.retention import Limits, count_stored, limits_of
from tocsin.kernel.clock import Clock
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import IssueId, ProjectId
from tocsin.kernel.metrics import REGISTRY
from tocsin.kernel.writer_queue import Priority
from tocsin.organizations.models import Project

HOLD_SECONDS = 0.025
"""How long one transaction is to hold the writer, with its COMMIT: that writes each page that lost a row, so it grows
with the rows, too, and is half of the whole or more. Half of what a press may notice (50 ms), for disks are uneven."""
REST = 4
"""How much longer than it held the writer it rests: the rest of Tocsin has four fifths of its time at least."""
ROWS_AT_LEAST, ROWS_AT_MOST = 50, 1000
SURPLUS_SECONDS = 45.0
"""How long a run for what is too many may take; what is left is for the next one, a minute later."""
AGE_SECONDS = 3000.0
"""How long a run for what is too old may take, which comes once an hour."""
ISSUES_AT_A_TIME = 100
MOST_OF_OLDEST, LEAST_OF_NEWEST = 0.75, 0.25
"""Which part of the oldest events goes at a time, and of the newest ones that are not spared."""

EVICTED = Metric("tocsin_events_retired", "Events deleted by retention.", ["reason"], registry=REGISTRY)

log = structlog.get_logger()


Page = tuple[IssueId, Sequence[int]]
"""Some events of an issue, by their rows."""


@dataclass
class Evictor:
    """Deletes events a few at a time; learns how many fit into a moment of the writer."""

    database: Database
    stop: threading.Event
    """Set when the process ends: then it leaves off after the transaction under way."""
    until: float
    """When it leaves the rest to the next run, in monotonic seconds."""
    rows: int = ROWS_AT_LEAST

    @property
    def is_over(self) -> bool:
        """Whether this run is to leave the rest to the next one."""
        return self.stop.is_set() or time.monotonic() >= self.until

    def evict(self, pages: Sequence[Page]) -> int:
        """Delete these events in one transaction, but never the newest one of an issue; gives how many there were."""
        with write(self.database, priority=Priority.INGEST) as session:
            begun = time.perf_counter()
            deleted = sum(evict_events(session, *page) for page in pages)
        held = time.perf_counter() - begun
        self.rows = rows_that_fit(self.rows, sum(len(event_ids) for _, event_ids in pages), held)
        self.stop.wait(held * REST)
        return deleted


def rows_that_fit(usual: int, gone: int, held: float) -> int:
    """How many rows the next transaction is to delete, after one of `gone` rows held the writer for `held` seconds."""
    return max(ROWS_AT_LEAST, min(int(gone * HOLD_SECONDS / held), 2 * usual, ROWS_AT_MOST))


_EVICTED_OF = (
    update(IssueFingerprint)
    .where(IssueFingerprint.id == bindparam("of_fingerprint"))
    .values(retired_events=IssueFingerprint.retired_events + bindparam("evicted"))
)


def evict_events(session: Session, issue_id: IssueId, event_ids: Sequence[int]) -> int:
    """Delete those of these events that are the issue's, but never its newest one; gives how many there were."""
    issue = get_issue_for_update(session, issue_id)
    if issue is None or issue.deleted_at is not None:  # what it had goes with it, and none of it is counted any more
        return 0
    newest = session.scalar(select(func.max(StoredEvent.id)).where(StoredEvent.issue_id == issue_id))
    return retire(session, issue, StoredEvent.id.in_(event_ids), StoredEvent.id != newest)


def retire(session: Session, issue: Issue, *which: ColumnElement[bool]) -> int:
    """Delete events of `issue`, which the caller holds; gives how many there were.

    How many went is kept of the issue and of each fingerprint, for a merge may be undone later.
    """
    own = StoredEvent.issue_id == issue.id  # somebody may have merged it, or taken a part of it out, meanwhile
    gone = delete(StoredEvent).where(own, *which)
    fingerprints = Counter(session.execute(gone.returning(StoredEvent.fingerprint_id)).scalars())
    if not fingerprints:
        return 0
    issue.retired_events += fingerprints.total()
    session.flush()
    rows = [{"of_fingerprint": key, "evicted": count} for key, count in fingerprints.items() if key is not None]
    if rows:
        session.connection().execute(_EVICTED_OF, rows)
    return fingerprints.total()


def evict_old(database: Database, usual: Limits, *, clock: Clock, stop: threading.Event) -> int:
    """Evict what is older than its project keeps it; gives how many events went."""
    evictor, total = Evictor(database, stop, time.monotonic() + AGE_SECONDS), 0
    for project_id, limits in _limits(database, usual):
        before = clock() - timedelta(days=limits.days)
        gone = _evict_pages(evictor, _old_events(evictor, project_id, before))
        _report(project_id, "age", gone)
        total += gone
    return total


def evict_surplus(database: Database, usual: Limits, *, stop: threading.Event) -> int:
    """Evict from projects that have more events than they keep; gives how many events went."""
    evictor, total = Evictor(database, stop, time.monotonic() + SURPLUS_SECONDS), 0
    for project_id, limits in _limits(database, usual):
        gone = _evict_surplus_of(evictor, project_id, limits.events)
        _report(project_id, "count", gone)
        total += gone
    return total


def _limits(database: Database, usual: Limits) -> list[tuple[ProjectId, Limits]]:
    with read(database) as session:
        return [(project.id, limits_of(project, usual)) for project in session.scalars(select(Project))]


def _report(project_id: ProjectId, reason: str, gone: int) -> None:
    if gone:
        EVICTED.labels(reason).inc(gone)
        log.info("retention.evicted", project_id=project_id, reason=reason, events=gone)


def _aged(evictor: Evictor, project_id: ProjectId, before: datetime) -> Iterator[IssueId]:
    """The issues of which the first event that is left, but not the newest, came before that moment."""
    first = select(func.min(StoredEvent.id)).where(StoredEvent.issue_id == Issue.id).correlate(Issue).scalar_subquery()
    aged = (
        select(Issue.id)
        .join(StoredEvent, StoredEvent.id == first)
        .where(
            Issue.project_id == project_id,
            Issue.first_seen < before,
            StoredEvent.received_at < before,
            StoredEvent.id != Issue.last_event_id,
        )
        .order_by(Issue.id)
        .limit(ISSUES_AT_A_TIME)
    )
    after = IssueId(0)
    while not evictor.is_over:
        with read(evictor.database) as session:
            found = session.scalars(aged.where(Issue.id > after)).all()
        yield from found
        if len(found) < ISSUES_AT_A_TIME:
            return
        after = found[-1]


def _old_events(evictor: Evictor, project_id: ProjectId, before: datetime) -> Iterator[Page]:
    """The events of a project that came before that moment; ids follow the time in which they came."""
    for issue_id in _aged(evictor, project_id, before):
        after, is_all_old = 0, True
        while is_all_old and not evictor.is_over:
            page = select(StoredEvent.id, StoredEvent.received_at).where(
                StoredEvent.issue_id == issue_id, StoredEvent.id > after
            )
            with read(evictor.database) as session:
                rows = session.execute(page.order_by(StoredEvent.id).limit(evictor.rows)).all()
            old = [event_id for event_id, received_at in rows if received_at < before]
            if old:
                yield issue_id, old
                after = old[-1]
            is_all_old = bool(rows) and len(old) == len(rows)


def _evict_pages(evictor: Evictor, pages: Iterator[Page]) -> int:
    """Evict as many pages at a time as a transaction takes: most issues have only a few old events."""
    total, waiting = 0, list[Page]()
    for page in pages:
        waiting.append(page)
        if sum(len(event_ids) for _, event_ids in waiting) >= evictor.rows:
            total += evictor.evict(waiting)
            waiting = []
    return total + (evictor.evict(waiting) if waiting else 0)


def _evict_surplus_of(evictor: Evictor, project_id: ProjectId, at_most: int) -> int:
    with read(evictor.database) as session:
        surplus = count_stored(session, project_id) - at_most
    total = 0
    while total < surplus and not evictor.is_over:
        gone = _evict_pages(evictor, _surplus_events(evictor, project_id, surplus - total))
        if not gone:  # nothing is left but the first and the last event of each issue
            break
        total += gone
    return total


_STORED = Issue.event_count - Issue.retired_events


def _surplus_events(evictor: Evictor, project_id: ProjectId, wanted: int) -> Iterator[Page]:
    """No more than `wanted` events of the loudest issues: one round, after which others may be the loudest."""
    loudest = (
        select(Issue.id, _STORED)
        .where(Issue.project_id == project_id, _STORED > 2)
        .order_by(_STORED.desc())
        .limit(ISSUES_AT_A_TIME)
    )
    with read(evictor.database) as session:
        rows = session.execute(loudest).all()
    for issue_id, stored in rows:
        # Thinning takes nearly half of an issue: those with less than half of the loudest one's wait for it.
        if 2 * stored > rows[0][1]:
            for event_ids in _between(evictor, issue_id, stored):
                if wanted <= 0:
                    return
                yield issue_id, event_ids[:wanted]
                wanted -= len(event_ids)


def _between(evictor: Evictor, issue_id: IssueId, stored: int) -> Iterator[list[int]]:
    """About half of an issue's events between its first and its newest quarter, page by page, oldest first."""
    own = StoredEvent.issue_id == issue_id
    newest = max(1, stored // 4)
    with read(evictor.database) as session:
        after = session.scalar(select(func.min(StoredEvent.id)).where(own))
        end = session.scalar(
            select(StoredEvent.id).where(own).order_by(StoredEvent.id.desc()).offset(newest - 1).limit(1)
        )
    choose = _choose(stored - newest - 1)
    while after is not None and end is not None and not evictor.is_over:
        page = select(StoredEvent.id).where(own, StoredEvent.id > after, StoredEvent.id < end)
        with read(evictor.database) as session:
            ids = session.scalars(page.order_by(StoredEvent.id).limit(2 * evictor.rows)).all()
        if not ids:
            return
        chosen = [event_id for event_id, is_chosen in zip(ids, choose, strict=False) if is_chosen]
        if chosen:
            yield chosen
        after = ids[-1]


def _choose(count: int) -> Iterator[bool]:
    """Which of so many events go, oldest first: three of four at their beginning, one of four at their end."""
    due = 0.5
    for place in count_up():
        due += MOST_OF_OLDEST - (MOST_OF_OLDEST - LEAST_OF_NEWEST) * min(1.0, place / max(1, count))
        yield due >= 1
        due %= 1
