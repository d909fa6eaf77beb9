"""The batch: events become rows, issues, counts, regressions, firings, cards and deliveries, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import insert
from sqlalchemy.orm import Session

from tocsin.events.models import StoredEvent
from tocsin.intake.adopting import adopt
from tocsin.intake.alerting import Escalating, alert
from tocsin.intake.counting import count, hold
from tocsin.intake.group import Group
from tocsin.intake.lookups import Key, ask_groups, ask_stored, find_groups
from tocsin.intake.names import NameCache
from tocsin.intake.opening import open_beyond_limits, open_issues
from tocsin.intake.overflow import overflowing
from tocsin.intake.prepared import PreparedEvent
from tocsin.intake.tagging import count_batch_tags, tidy_batch_tags
from tocsin.issues.counters import ask_new_users
from tocsin.issues.escalation import find_escalating
from tocsin.issues.models import IssueStatus
from tocsin.issues.shipping import settle_next_release
from tocsin.kernel.at_once import insert_at_once
from tocsin.kernel.db import table_of
from tocsin.kernel.errors import ConflictError
from tocsin.kernel.ids import IssueId, ProjectId
from tocsin.kernel.statement import Statement, together
from tocsin.organizations.models import Release


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch: how many events are `new`, and those among them that stand in their project's overflow.

    Who is in `overflow` is told by project and id.
    """

    new: int
    overflow: frozenset[tuple[ProjectId, bytes]] = frozenset()


def store_batch(session: Session, events: Sequence[PreparedEvent], names: NameCache, *, now: datetime) -> Stored:
    """Store `events`, group them, count them, and plan the alerts they give rise to.

    An event whose id its project has already is passed over: it was counted when it came.
    """
    names.begin()
    fresh, found = _look_up(session, events)
    if not fresh:
        return Stored(0)
    groups, overflow = _group(session, fresh, found, now=now)
    _insert_and_count(session, groups, names, now=now)
    escalating = _find_escalating(session, groups)
    alert(session, groups, escalating, now=now)
    return Stored(len(fresh), frozenset((event.project_id, event.event_id) for event in overflow))


def _look_up(session: Session, events: Sequence[PreparedEvent]) -> tuple[list[PreparedEvent], dict[Key, Group]]:
    """The events that are not stored yet, each once, and the groups that there are for all of them."""
    by_key = {(event.project_id, event.event_id): event for event in reversed(events)}
    with together(session):
        ask_which, ask_where = ask_stored(session, by_key), ask_groups(session, _keys_of(events))
    stored = ask_which()
    return [event for key, event in reversed(by_key.items()) if key not in stored], ask_where()


def _group(
    session: Session, events: list[PreparedEvent], groups: dict[Key, Group], *, now: datetime
) -> tuple[list[Group], list[PreparedEvent]]:
    """The groups of `events`, of which some were found, and those events that are in overflow."""
    missing = _missing(groups, _keys_of(events))
    if missing and adopt(session, [event for event in events if (event.project_id, event.fingerprint) not in groups]):
        _find_more(session, groups, missing)
        missing = _missing(groups, missing)
    overflow: list[PreparedEvent] = []
    if missing:
        opened = open_issues(session, _first_of_each(events, missing), find=partial(_find_keys, session), now=now)
        _find_more(session, groups, missing, opened)
        if _missing(groups, missing):
            overflow = _let_overflow(session, groups, events)
    by_issue: dict[IssueId, Group] = {}
    for event in events:
        group = groups[event.project_id, event.fingerprint]
        group.events.append(event)
        by_issue[group.issue_id] = group
    return list(by_issue.values()), overflow


def _let_overflow(session: Session, groups: dict[Key, Group], events: list[PreparedEvent]) -> list[PreparedEvent]:
    """Put those of `events` that have no group, and may open no issue now, into their projects' overflow.

    They are changed in `events`, and what groups they have then comes to `groups`.
    """
    overflow: list[PreparedEvent] = []
    for place, event in enumerate(events):
        if (event.project_id, event.fingerprint) not in groups:
            events[place] = overflowing(event)
            overflow.append(events[place])
    keys = _keys_of(overflow)
    _find_more(session, groups, keys)
    missing = _missing(groups, keys)
    if missing:
        opened = open_beyond_limits(session, _first_of_each(overflow, missing), find=partial(_find_keys, session))
        _find_more(session, groups, missing, opened)
    return overflow


def _keys_of(events: Sequence[PreparedEvent]) -> list[Key]:
    return list(dict.fromkeys((event.project_id, event.fingerprint) for event in events))


def _missing(groups: Mapping[Key, Group], keys: Sequence[Key]) -> list[Key]:
    return [key for key in keys if key not in groups]


def _find_keys(session: Session, keys: Sequence[Key]) -> set[Key]:
    return set(find_groups(session, keys))


def _find_more(session: Session, groups: dict[Key, Group], keys: Sequence[Key], opened: Sequence[Key] = ()) -> None:
    """Add the groups of `keys` that lead to an issue; those of `opened` are new.

    An issue that others of the keys led to already keeps its one group: of two, one's events would not be stored.
    """
    known = {group.issue_id: group for group in groups.values()}
    for key, group in find_groups(session, keys).items():
        first = known.setdefault(group.issue_id, group)
        first.fingerprints |= group.fingerprints
        groups[key] = first
    for key in opened:
        groups[key].is_new = True


_COLUMNS = (
    *("project_id", "issue_id", "fingerprint_id", "event_id", "received_at"),
    *("environment_id", "release_id", "level", "payload"),
)
_INSERT = Statement(
    {
        name: inserted.returning(StoredEvent.project_id, StoredEvent.event_id, StoredEvent.id)
        for name, inserted in (
            ("sqlite", insert(StoredEvent)),
            ("postgresql", insert_at_once(table_of(StoredEvent), _COLUMNS)),
        )
    },
    columns=_COLUMNS,
)


def _insert_and_count(session: Session, groups: list[Group], names: NameCache, *, now: datetime) -> None:
    """Store the events and count them.

    Every process writes the tables in this order: two that lock the same rows crosswise would deadlock on PostgreSQL.

    Raises:
        GoneMeanwhileError: an issue is but a name since its fingerprints were looked up; nothing of this may stay.
    """
    rows = _rows_of(session, groups, names, now=now)
    with together(session):
        inserted = _INSERT.ask_for_all(session, rows)
        new_users = ask_new_users(
            session,
            (
                (group.issue_id, event.user_key)
                for group in groups
                for event in group.events
                if event.user_key is not None
            ),
        )
    ids = {(project_id, event_id): row_id for project_id, event_id, row_id in inserted()}
    for group in groups:
        group.last_row_id = ids[group.project_id, group.events[-1].event_id]
    with together(session):
        are_whole = hold(session, groups)
        count(session, groups, new_users())
        count_batch_tags(session, groups, names.tags)
    if not are_whole():
        raise GoneMeanwhileError("an issue was merged or deleted while events for it were stored")
    tidy_batch_tags(session, groups)


def _rows_of(session: Session, groups: list[Group], names: NameCache, *, now: datetime) -> list[dict[str, object]]:
    """The rows of the events; environments and releases that are named for the first time are made."""
    events = [event for group in groups for event in group.events]
    environments = names.environments.ids(
        session, {(event.project_id, event.environment) for event in events if event.environment}, now=now
    )
    releases = names.releases.ids(
        session, {(event.project_id, event.release) for event in events if event.release}, now=now
    )
    if names.releases.new:
        _settle_next_releases(session, names.releases.new)
    return [
        {
            "project_id": event.project_id,
            "issue_id": group.issue_id,
            "fingerprint_id": group.fingerprints[event.fingerprint],
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


class GoneMeanwhileError(ConflictError):
    """An issue was merged or deleted while events for it were stored: they are stored anew, where they belong then."""

    code = "intake.gone_meanwhile"


def _settle_next_releases(session: Session, release_ids: Sequence[int]) -> None:
    """Tell the issues that were resolved in the next release that it is here."""
    for release_id in release_ids:
        settle_next_release(session, session.get_one(Release, release_id))
    session.expire_all()  # what is counted next changes the same rows without the session's knowledge


def _find_escalating(session: Session, groups: list[Group]) -> Escalating:
    """Which archived issues these events bring back, and why."""
    hit: dict[IssueId, dict[int, datetime]] = {}
    for group in groups:
        if group.status == IssueStatus.ARCHIVED:
            users = hit.setdefault(group.issue_id, {})
            users |= {event.user_key: event.received_at for event in group.events if event.user_key is not None}
    return find_escalating(session, hit) if hit else {}


def _first_of_each(events: list[PreparedEvent], keys: list[Key]) -> dict[Key, PreparedEvent]:
    """The first event of each of `keys`, in the order in which they came: that of the issues' numbers."""
    firsts = dict.fromkeys(keys)
    for event in reversed(events):
        if (event.project_id, event.fingerprint) in firsts:
            firsts[event.project_id, event.fingerprint] = event
    return {key: event for key, event in firsts.items() if event is not None}
