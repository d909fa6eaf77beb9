"""Finding the events of an issue: one, the newest, the neighbours of one, and a page of all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from tocsin.events.models import StoredEvent
from tocsin.kernel.ids import EnvironmentId, IssueId, ProjectId, ReleaseId
from tocsin.organizations.models import Environment, Release

RELEASES_OFFERED = 50
"""Releases that a filter names, newest first."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The ids (32 hex digits) of the events around one; `None` where there is none."""

    first: str | None
    previous: str | None
    following: str | None
    last: str | None


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events of an issue are wanted; `None` leaves a field out. Times are those at which we received them."""

    environment_id: EnvironmentId | None = None
    release_id: ReleaseId | None = None
    level: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event of a list; `payload` is what was stored, still packed."""

    id: int
    event_id: str
    received_at: datetime
    level: str
    environment: str | None
    release: str | None
    payload: bytes


@dataclass(frozen=True, slots=True)
class Seen:
    """When an issue was seen and in which release, as far as the event of it is kept."""

    at: datetime
    release: str | None


def find_latest_event(session: Session, issue_id: IssueId) -> StoredEvent | None:
    """The issue's newest event; `None` when none is left."""
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


def find_event_of_project(session: Session, project_id: ProjectId, event_id: str) -> StoredEvent | None:
    """The project's event of that id (32 hex digits), whichever issue it belongs to since merges and the like."""
    return session.scalars(
        select(StoredEvent).where(StoredEvent.project_id == project_id, StoredEvent.event_id == bytes.fromhex(event_id))
    ).one_or_none()


def list_events(
    session: Session,
    issue_id: IssueId,
    wanted: EventFilter,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[EventRow]:
    """Events of the issue, newest first: those next below the row `before`, or those next above the row `after`."""
    conditions = [StoredEvent.issue_id == issue_id, *_conditions(wanted)]
    if before is not None:
        conditions.append(StoredEvent.id < before)
    if after is not None:
        conditions.append(StoredEvent.id > after)
    rows = session.execute(
        select(
            StoredEvent.id,
            StoredEvent.event_id,
            StoredEvent.received_at,
            StoredEvent.level,
            Environment.name.label("environment"),
            Release.version.label("release"),
            StoredEvent.payload,
        )
        .outerjoin(Environment, Environment.id == StoredEvent.environment_id)
        .outerjoin(Release, Release.id == StoredEvent.release_id)
        .where(*conditions)
        .order_by(StoredEvent.id if after is not None else StoredEvent.id.desc())
        .limit(limit)
    )
    found = [EventRow(**{**row._asdict(), "event_id": row.event_id.hex()}) for row in rows]
    return found[::-1] if after is not None else found


def find_first_and_last(session: Session, issue_id: IssueId) -> tuple[Seen, Seen] | None:
    """The oldest and the newest event that is kept of the issue; `None` when none is left."""
    of_issue = (
        select(StoredEvent.received_at, Release.version)
        .outerjoin(Release, Release.id == StoredEvent.release_id)
        .where(StoredEvent.issue_id == issue_id)
        .limit(1)
    )
    first = session.execute(of_issue.order_by(StoredEvent.id)).first()
    last = session.execute(of_issue.order_by(StoredEvent.id.desc())).first()
    return (Seen(*first), Seen(*last)) if first and last else None


def names_of(session: Session, project_id: ProjectId) -> tuple[dict[str, EnvironmentId], dict[str, ReleaseId]]:
    """The environments of the project by name, and its newest releases by version, for whoever filters by them."""
    environments = session.execute(
        select(Environment.name, Environment.id).where(Environment.project_id == project_id).order_by(Environment.name)
    )
    releases = session.execute(
        select(Release.version, Release.id)
        .where(Release.project_id == project_id)
        .order_by(Release.id.desc())
        .limit(RELEASES_OFFERED)
    )
    return dict(environments.all()), dict(releases.all())


def _conditions(wanted: EventFilter) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.environment_id is not None:
        conditions.append(StoredEvent.environment_id == wanted.environment_id)
    if wanted.release_id is not None:
        conditions.append(StoredEvent.release_id == wanted.release_id)
    if wanted.level is not None:
        conditions.append(StoredEvent.level == wanted.level)
    if wanted.since is not None:
        conditions.append(StoredEvent.received_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(StoredEvent.received_at < wanted.until)
    return conditions
