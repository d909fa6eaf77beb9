"""Merging issues that are one problem, and giving fingerprints back as an issue of their own.

Events and their counts follow the fingerprints, so that an issue's count is always that of its events. An issue that
was merged is left as a name that leads to the other one, and is what its fingerprints are given back to.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Delete, delete, func, insert, select, update
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity, ActivityType
from tocsin.events.models import StoredEvent
from tocsin.issues.change import changed, get_issue_for_update
from tocsin.issues.counters import count_hours, count_users
from tocsin.issues.deleting import require_undeleted
from tocsin.issues.dividing import divide_counts
from tocsin.issues.errors import IssueNotFoundError, MergedAwayError
from tocsin.issues.external import move_links
from tocsin.issues.models import Issue, IssueFingerprint, IssueHour, IssueStatus, IssueUser, Substatus
from tocsin.issues.queries import find_issue
from tocsin.issues.tags import join_tags
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import IssueId
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit

SHOWN = ("title", "value", "culprit", "level", "platform", "last_seen", "priority")
"""What an issue that is opened from another one shows until its next event comes."""


def merge(session: Session, issue: Issue, permit: Permit, into: str, *, now: datetime) -> Activity:
    """Let `issue` be a part of the one that `into` names (`WEB-12`, or its number), for all that comes and came.

    Its events are moved in this transaction, about 100 000 in a second.

    Raises:
        IssueNotFoundError: the project has no issue of that name.
        MergedAwayError: the other one became a part of a third while this waited for it.
        IssueDeletedError: the other one was deleted.
        InvalidInputError: it is the same one.
    """
    named = find_issue(session, permit.scope.organization_id, into)
    if named is None or named.project_id != issue.project_id:
        raise IssueNotFoundError(f"There is no issue {into!r} in this project.")
    survivor = get_issue_for_update(session, named.merged_into_id or named.id)
    assert survivor is not None
    require_undeleted(session, survivor)
    if survivor.merged_into_id is not None:
        raise MergedAwayError(f"{survivor.short_id} was merged at this moment: look again into which.")
    if survivor.id == issue.id:
        raise InvalidInputError(f"{named.short_id} is the same issue; name another one of its project.")

    _move_fingerprints(session, issue, survivor)
    moved = _count_events(session, issue)
    session.execute(update(StoredEvent).where(StoredEvent.issue_id == issue.id).values(issue_id=survivor.id))
    _join_counters(session, issue, survivor, moved)
    move_links(session, issue, survivor)
    _become_a_name(session, issue, survivor, now=now)
    changed(session, survivor, permit, ActivityType.ABSORBED, now=now, data={"other": _named(issue)})
    return changed(session, issue, permit, ActivityType.MERGED, now=now, data={"other": _named(survivor)})


def unmerge(session: Session, issue: Issue, permit: Permit, fingerprints: Sequence[str], *, now: datetime) -> Activity:
    """Give `fingerprints` (their hashes) of `issue` back, as the issue that they came from or as a new one.

    What a newer version of the grouping calls the same events goes along, whichever of the two is named.

    Their events go with them. Which users were hit, and with which tags, is known of the one that comes back for what
    came before the merge only; the one that stays goes on counting both.

    Raises:
        InvalidInputError: none is named, one is not the issue's, or the issue would be left without any.
    """
    own = session.scalars(
        select(IssueFingerprint).where(IssueFingerprint.issue_id == issue.id).order_by(IssueFingerprint.id)
    ).all()
    named = [each for each in own if each.hash in set(fingerprints)]
    kin = {each.succeeds_id or each.id for each in named}
    chosen = [each for each in own if (each.succeeds_id or each.id) in kin]
    if not named or len(named) != len(set(fingerprints)):
        raise InvalidInputError(
            f"Name fingerprints of {issue.short_id}; it has {', '.join(each.hash for each in own)}."
        )
    if len(chosen) == len(own):
        raise InvalidInputError(f"Leave {issue.short_id} one of its fingerprints at least.")

    other = _find_origin(session, issue, chosen) or _open_another(session, issue)
    for fingerprint in chosen:
        fingerprint.issue_id, fingerprint.merged_from_id = other.id, None
    session.flush()
    ids = [fingerprint.id for fingerprint in chosen]
    session.execute(
        update(StoredEvent)
        .where(StoredEvent.issue_id == issue.id, StoredEvent.fingerprint_id.in_(ids))
        .values(issue_id=other.id)
    )
    for each, moved in divide_counts(session, issue, other, now=now).items():
        _shift_archive(session.get_one(Issue, each), events=moved)
    # In this order they are told: the cards go over before the threads that stay hear of it.
    changed(session, other, permit, ActivityType.UNMERGED, now=now, data={"other": _named(issue)})
    return changed(session, issue, permit, ActivityType.SPLIT, now=now, data={"other": _named(other)})


def list_fingerprints(session: Session, issue_id: IssueId) -> Sequence[IssueFingerprint]:
    """What leads to the issue, oldest first."""
    return session.scalars(
        select(IssueFingerprint).where(IssueFingerprint.issue_id == issue_id).order_by(IssueFingerprint.id)
    ).all()


def _named(issue: Issue) -> dict[str, object]:
    return {"id": issue.id, "short_id": issue.short_id}


def _move_fingerprints(session: Session, issue: Issue, survivor: Issue) -> None:
    session.execute(
        update(IssueFingerprint)
        .where(IssueFingerprint.issue_id == issue.id)
        .values(
            issue_id=survivor.id,
            merged_from_id=func.coalesce(IssueFingerprint.merged_from_id, issue.id),
        )
    )
    session.execute(update(Issue).where(Issue.merged_into_id == issue.id).values(merged_into_id=survivor.id))


def _count_events(session: Session, issue: Issue) -> int:
    stored = session.scalar(select(func.count()).where(StoredEvent.issue_id == issue.id)) or 0
    return stored + issue.retired_events


def _join_counters(session: Session, issue: Issue, survivor: Issue, moved: int) -> None:
    hours = session.execute(select(IssueHour.hour, IssueHour.events).where(IssueHour.issue_id == issue.id)).all()
    if hours:
        count_hours(session, {(survivor.id, hour): events for hour, events in hours})
        session.execute(_hours_of(issue))
    join_tags(session, issue.id, survivor.id)
    users = session.scalars(select(IssueUser.user_key).where(IssueUser.issue_id == issue.id)).all()
    new_users = count_users(session, [(survivor.id, user) for user in users])[survivor.id]
    survivor.user_count += new_users
    survivor.event_count += moved
    survivor.retired_events += issue.retired_events
    _shift_archive(survivor, events=moved, users=new_users)
    survivor.first_seen = min(survivor.first_seen, issue.first_seen)
    # Its title stays what people know it by, until the next event comes.
    survivor.last_seen = max(survivor.last_seen, issue.last_seen)
    # Either may have lost its newest event, or all: the issue that was seen last need not have the newest that is left.
    survivor.last_event_id = max(filter(None, (survivor.last_event_id, issue.last_event_id)), default=None)


def _shift_archive(issue: Issue, *, events: int, users: int = 0) -> None:
    """An archived issue comes back for what is new to people; what a merge or its end moves is not."""
    if issue.archive is not None:
        kept = issue.archive
        issue.archive = {**kept, "events": kept["events"] + events, "users": kept["users"] + users}


def _hours_of(issue: Issue) -> Delete:
    return delete(IssueHour).where(IssueHour.issue_id == issue.id)


def _become_a_name(session: Session, issue: Issue, survivor: Issue, *, now: datetime) -> None:
    """Nothing wakes it any more: no clock of an archived issue, no release that a resolved one waits for."""
    issue.merged_into_id, issue.event_count, issue.last_event_id = survivor.id, 0, None
    issue.retired_events = 0
    issue.status, issue.substatus, issue.resolved_at = IssueStatus.RESOLVED, None, now
    issue.archive = issue.archived_until = None
    issue.resolution = issue.resolved_release_id = issue.resolved_commit = None
    session.flush()


def _find_origin(session: Session, issue: Issue, chosen: Sequence[IssueFingerprint]) -> Issue | None:
    """The issue that all of `chosen` came from, if it is still merged into `issue`: it comes to life again."""
    origins = {fingerprint.merged_from_id for fingerprint in chosen}
    origin_id = origins.pop()
    if origins or origin_id is None:
        return None
    origin = get_issue_for_update(session, origin_id)
    if origin is None or origin.merged_into_id != issue.id:
        return None
    origin.merged_into_id = None
    origin.status, origin.substatus, origin.resolved_at = IssueStatus.UNRESOLVED, Substatus.ONGOING, None
    return origin


def _open_another(session: Session, issue: Issue) -> Issue:
    """A new issue of the same project, that looks like `issue` until its events are counted."""
    number, slug = session.execute(
        update(Project)
        .where(Project.id == issue.project_id)
        .values(last_issue_number=Project.last_issue_number + 1)
        .returning(Project.last_issue_number, Project.slug)
    ).one()
    columns = {
        "project_id": issue.project_id,
        "number": number,
        "short_id": f"{slug.upper()}-{number}",
        "first_seen": issue.first_seen,
        "event_count": 0,
        "status": IssueStatus.UNRESOLVED,
        "substatus": Substatus.ONGOING,
        **{name: getattr(issue, name) for name in SHOWN},
    }
    return session.get_one(Issue, session.scalars(insert(Issue).returning(Issue.id), [columns]).one())
