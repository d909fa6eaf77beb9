"""Opening issues for fingerprints that nobody has seen before, so many in a minute as their project allows."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Integer, bindparam, case, insert, update
from sqlalchemy.orm import Session

from tocsin.intake.overflow import end_past_storm
from tocsin.intake.prepared import PreparedEvent
from tocsin.issues.models import Issue, IssueFingerprint, IssueStatus, Substatus
from tocsin.issues.priority import OF_LEVEL
from tocsin.kernel.db import table_of
from tocsin.kernel.ids import ProjectId
from tocsin.kernel.statement import Statement
from tocsin.organizations.models import Project

Key = tuple[ProjectId, str]
Find = Callable[[Sequence[Key]], set[Key]]
"""Which of these keys have an issue after all: asked once the project's row is locked, because another process may have
opened the same issue meanwhile."""

MINUTE = 60


def open_issues(session: Session, firsts: Mapping[Key, PreparedEvent], *, find: Find, now: datetime) -> list[Key]:
    """Open an issue for each key, from the first event that had it; give the keys for which one was opened.

    Where a project's limit of new issues is reached, those that came first get theirs. The limit is exact whichever
    processes open at once: it is counted in the project's row. A minute begins with the clock's; where the clocks of
    processes differ by less than a minute, with the one that is ahead.
    """
    opened: list[Key] = []
    minute = int(now.timestamp()) // MINUTE
    for project_id, keys in _by_project(firsts):
        wanted = {"of_project": project_id, "more": len(keys), "minute": minute}
        [(last_number, slug, limit, in_minute)] = _COUNT_ON.rows(session, wanted)
        allowed = len(keys) if limit is None else max(0, min(len(keys), limit - (in_minute - len(keys))))
        found = find(keys)
        missing = [key for key in keys if key not in found]
        opened += _open(session, missing[:allowed], firsts, last_number, slug)
        if len(missing) > allowed:
            end_past_storm(session, project_id, now=now)
    return opened


def open_beyond_limits(session: Session, firsts: Mapping[Key, PreparedEvent], *, find: Find) -> list[Key]:
    """Open an issue for each key as `open_issues` does, whatever the limits are; none is counted for them."""
    opened: list[Key] = []
    for project_id, keys in _by_project(firsts):
        [(last_number, slug)] = _NUMBER.rows(session, {"of_project": project_id, "more": len(keys)})
        found = find(keys)
        opened += _open(session, [key for key in keys if key not in found], firsts, last_number, slug)
    return opened


def _by_project(firsts: Mapping[Key, PreparedEvent]) -> list[tuple[ProjectId, list[Key]]]:
    """The keys of each project, in an order in which no two processes wait for each other."""
    projects = sorted({project_id for project_id, _ in firsts})
    return [(project_id, [key for key in firsts if key[0] == project_id]) for project_id in projects]


_MORE = bindparam("more", type_=Integer)
_MINUTE = bindparam("minute", type_=Integer)
_IS_COUNTED = Project.issues_minute.in_((_MINUTE, _MINUTE + 1))
"""Whoever is a moment behind counts on in the minute that another process began: if each began its own anew whenever it
came after the other, there would be no limit. A clock that was set back further begins a minute of its own."""
_BEFORE = case((_IS_COUNTED, Project.issues_in_minute), else_=0)
_LEFT = Project.new_issues_per_minute - _BEFORE
_ALLOWED = case((Project.new_issues_per_minute.is_(None), _MORE), (_LEFT <= 0, 0), (_LEFT < _MORE, _LEFT), else_=_MORE)
"""What is beyond the limit uses up no number, so that the numbers of issues stay short in a storm."""

_COUNT_ON = Statement(
    update(Project)
    .where(Project.id == bindparam("of_project"))
    .values(
        last_issue_number=Project.last_issue_number + _ALLOWED,
        issues_minute=case((_IS_COUNTED, Project.issues_minute), else_=_MINUTE),
        issues_in_minute=_BEFORE + _MORE,
    )
    .returning(Project.last_issue_number, Project.slug, Project.new_issues_per_minute, Project.issues_in_minute)
)
_NUMBER = Statement(
    update(Project)
    .where(Project.id == bindparam("of_project"))
    .values(last_issue_number=Project.last_issue_number + _MORE)
    .returning(Project.last_issue_number, Project.slug)
)
_OPEN = Statement(
    insert(table_of(Issue)).returning(Issue.id),
    columns=(
        *("project_id", "number", "short_id", "title", "value", "culprit", "level", "platform"),
        *("first_seen", "last_seen", "event_count", "user_count", "retired_events", "priority"),
        *("status", "substatus", "period", "version", "urgent_version"),
    ),
)
_LEAD = Statement(
    insert(table_of(IssueFingerprint)),
    columns=(*("project_id", "hash", "grouping_version", "method", "summary", "issue_id", "retired_events"),),
)


def _open(
    session: Session, keys: list[Key], firsts: Mapping[Key, PreparedEvent], last_number: int, slug: str
) -> list[Key]:
    if not keys:
        return []
    issues = [_issue_row(firsts[key], last_number - len(keys) + place + 1, slug) for place, key in enumerate(keys)]
    ids = [issue_id for ((issue_id,),) in _OPEN.rows_of_each(session, issues)]
    fingerprints = [
        {
            "project_id": firsts[key].project_id,
            "hash": firsts[key].fingerprint,
            "grouping_version": firsts[key].grouping_version,
            "method": firsts[key].grouping_method,
            "summary": firsts[key].grouping_summary,
            "issue_id": issue_id,
            "retired_events": 0,
        }
        for key, issue_id in zip(keys, ids, strict=True)
    ]
    _LEAD.many(session, fingerprints)
    return keys


def _issue_row(event: PreparedEvent, number: int, slug: str) -> dict[str, object]:
    return {
        "project_id": event.project_id,
        "number": number,
        "short_id": f"{slug.upper()}-{number}",
        "title": event.title,
        "value": event.value,
        "culprit": event.culprit,
        "level": event.level,
        "platform": event.platform,
        "first_seen": event.received_at,
        "last_seen": event.received_at,
        "event_count": 0,
        "user_count": 0,
        "retired_events": 0,
        "priority": OF_LEVEL[event.level],
        "status": IssueStatus.UNRESOLVED,
        "substatus": Substatus.NEW,
        "period": 1,
        "version": 1,
        "urgent_version": 1,
    }
