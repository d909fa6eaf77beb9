"""The batch: events become rows, issues, counts, regressions, firings, cards and deliveries, in one transaction."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from tocsin.activities.models import ActivityType
from tocsin.activities.record import record_activity
from tocsin.events.models import StoredEvent
from tocsin.intake.names import NameCache
from tocsin.intake.opening import open_issues
from tocsin.intake.prepared import PreparedEvent
from tocsin.issues import triage
from tocsin.issues.models import Issue, IssueFingerprint
from tocsin.issues.regression import is_regression
from tocsin.kernel.ids import ActivityId, IssueId, OrganizationId, ProjectId
from tocsin.notifications.after import after
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope, Via
from tocsin.rules.evaluate import ReadyRule, active_rules, evaluate
from tocsin.rules.occurrence import Occurrence

T = TypeVar("T")
Key = tuple[ProjectId, str]
"""A project and a fingerprint in it."""

LOOKUPS = 2_000
"""How often one statement may look into an index; also bounds its parameters far below each database's limit."""


@dataclass(slots=True)
class _Group:
    """The new events of one issue in this batch, oldest first."""

    issue_id: IssueId
    project_id: ProjectId
    status: str
    is_new: bool = False
    events: list[PreparedEvent] = field(default_factory=list)
    last_row_id: int = 0


def store_batch(session: Session, events: Sequence[PreparedEvent], names: NameCache, *, now: datetime) -> int:
    """Store `events`, group them, count them, and plan the alerts they give rise to.

    An event whose id its project has already is passed over: it was counted when it came. Returns how many are new.
    """
    fresh = _without_duplicates(session, events)
    if not fresh:
        return 0
    groups = _group(session, fresh)
    _insert_events(session, groups, names, now=now)
    _count(session, groups)
    _alert(session, [group for group in groups if group.is_new or is_regression(group.status)], now=now)
    return len(fresh)


_STORED = select(StoredEvent.project_id, StoredEvent.event_id).where(
    StoredEvent.project_id.in_(bindparam("projects", expanding=True)),
    StoredEvent.event_id.in_(bindparam("values", expanding=True)),
)


def _without_duplicates(session: Session, events: Sequence[PreparedEvent]) -> list[PreparedEvent]:
    by_key = {(event.project_id, event.event_id): event for event in reversed(events)}
    connection = session.connection()
    stored = {tuple(row) for wanted in _crossed(by_key) for row in connection.execute(_STORED, wanted)}
    return [event for key, event in reversed(by_key.items()) if key not in stored]


def _group(session: Session, events: list[PreparedEvent]) -> list[_Group]:
    keys = list(dict.fromkeys((event.project_id, event.fingerprint) for event in events))
    groups = _find_groups(session, keys)
    missing = [key for key in keys if key not in groups]
    if missing:
        firsts = _first_of_each(events, missing)
        opened = open_issues(session, firsts, find=lambda keys: set(_find_groups(session, keys)))
        groups.update(_find_groups(session, missing))
        for key in opened:
            groups[key].is_new = True
    for event in events:
        groups[event.project_id, event.fingerprint].events.append(event)
    return list({groups[key].issue_id: groups[key] for key in keys}.values())


_GROUPED = (
    select(IssueFingerprint.project_id, IssueFingerprint.hash, Issue.id, Issue.status)
    .join(Issue, Issue.id == IssueFingerprint.issue_id)
    .where(
        IssueFingerprint.project_id.in_(bindparam("projects", expanding=True)),
        IssueFingerprint.hash.in_(bindparam("values", expanding=True)),
    )
)


def _find_groups(session: Session, keys: Sequence[Key]) -> dict[Key, _Group]:
    found: dict[Key, _Group] = {}
    by_issue: dict[IssueId, _Group] = {}
    asked, connection = set(keys), session.connection()
    for wanted in _crossed(keys):
        for project_id, fingerprint, issue_id, status in connection.execute(_GROUPED, wanted):
            if (project_id, fingerprint) in asked:
                group = by_issue.setdefault(issue_id, _Group(issue_id, project_id, status))
                found[project_id, fingerprint] = group
    return found


_INSERT = insert(StoredEvent).returning(StoredEvent.id, sort_by_parameter_order=True)


def _insert_events(session: Session, groups: list[_Group], names: NameCache, *, now: datetime) -> None:
    events = [event for group in groups for event in group.events]
    environments = names.environments.ids(
        session, {(event.project_id, event.environment) for event in events if event.environment}, now=now
    )
    releases = names.releases.ids(
        session, {(event.project_id, event.release) for event in events if event.release}, now=now
    )
    rows = [
        {
            "project_id": event.project_id,
            "issue_id": group.issue_id,
            "event_id": event.event_id,
            "received_at": event.received_at,
            "environment_id": event.environment and environments[event.project_id, event.environment],
            "release_id": event.release and releases[event.project_id, event.release],
            "level": event.level,
            "payload": event.payload,
        }
        for group in groups
        for event in group.events
    ]
    ids = iter(session.connection().execute(_INSERT, rows).scalars().all())
    for group in groups:
        for _ in group.events:
            group.last_row_id = next(ids)


_COUNT = (
    update(Issue)
    .where(Issue.id == bindparam("issue_id"))
    .values(
        event_count=Issue.event_count + bindparam("new_events"),
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


def _count(session: Session, groups: list[_Group]) -> None:
    rows = [
        {
            "issue_id": group.issue_id,
            "new_events": len(group.events),
            "seen_at": newest.received_at,
            "row_id": group.last_row_id,
            "new_title": newest.title,
            "new_value": newest.value,
            "new_culprit": newest.culprit,
            "new_level": newest.level,
        }
        # In one order everywhere: two processes that lock the same issues crosswise would deadlock on PostgreSQL.
        for group in sorted(groups, key=lambda group: group.issue_id)
        for newest in group.events[-1:]
    ]
    session.connection().execute(_COUNT, rows)


def _alert(session: Session, groups: list[_Group], *, now: datetime) -> None:
    """Write history for what the events opened or brought back, ask the rules, and plan the cards."""
    if not groups:
        return
    project_ids = list({group.project_id for group in groups})
    rules = active_rules(session, project_ids)
    owners = dict(session.execute(select(Project.id, Project.organization_id).where(Project.id.in_(project_ids))).all())
    for group in groups:
        _alert_one(session, group, rules[group.project_id], owners[group.project_id], now=now)


def _alert_one(
    session: Session, group: _Group, rules: list[ReadyRule], organization_id: OrganizationId, *, now: datetime
) -> None:
    issue = session.get_one(Issue, group.issue_id)
    if not group.is_new and not is_regression(issue.status):
        return  # another process brought it back while this one waited for the row
    permit = Permit.system("Tocsin", Scope(organization_id, group.project_id), Via.INGEST)
    activity_id = _tell(session, group, issue, permit, now=now)
    fired = evaluate(
        session,
        rules,
        Occurrence(is_first=group.is_new, is_regression=not group.is_new),
        issue_id=issue.id,
        project_id=group.project_id,
        event_row_id=group.last_row_id,
        now=now,
    )
    after(session, issue, fired, opened_after=activity_id, now=now)


def _tell(session: Session, group: _Group, issue: Issue, permit: Permit, *, now: datetime) -> ActivityId:
    if group.is_new:
        first_seen = record_activity(
            session, permit, ActivityType.FIRST_SEEN, issue_id=issue.id, project_id=issue.project_id, now=now
        )
        return first_seen.id
    return triage.regress(session, issue, permit, release=group.events[-1].release, now=now).id


def _first_of_each(events: list[PreparedEvent], keys: list[Key]) -> dict[Key, PreparedEvent]:
    """The first event of each of `keys`, in the order in which they came: that of the issues' numbers."""
    firsts = dict.fromkeys(keys)
    for event in reversed(events):
        if (event.project_id, event.fingerprint) in firsts:
            firsts[event.project_id, event.fingerprint] = event
    return {key: event for key, event in firsts.items() if event is not None}


def _crossed(keys: Iterable[tuple[ProjectId, T]]) -> Iterator[dict[str, list[Any]]]:
    """The parameters of the few statements that find all of `keys`: some projects and some values, each with each.

    A statement for each project would cost more than all of its rows, and SQLite scans the table for a list of pairs.
    """
    projects: set[ProjectId] = set()
    values: set[T] = set()
    for project_id, value in sorted(keys, key=itemgetter(0)):
        if values and len(projects | {project_id}) * (len(values) + 1) > LOOKUPS:
            yield {"projects": list(projects), "values": list(values)}
            projects, values = set(), set()
        projects.add(project_id)
        values.add(value)
    if values:
        yield {"projects": list(projects), "values": list(values)}
