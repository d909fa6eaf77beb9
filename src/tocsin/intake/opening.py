"""Opening issues for fingerprints that nobody has seen before."""

from collections.abc import Callable, Mapping

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from tocsin.intake.prepared import PreparedEvent
from tocsin.issues.models import Issue, IssueFingerprint, IssueStatus, Substatus
from tocsin.issues.priority import OF_LEVEL
from tocsin.kernel.ids import ProjectId
from tocsin.kernel.statement import Statement
from tocsin.organizations.models import Project

Key = tuple[ProjectId, str]


def open_issues(
    session: Session, firsts: Mapping[Key, PreparedEvent], *, find: Callable[[list[Key]], set[Key]]
) -> list[Key]:
    """Open an issue for each key, from the first event that had it; give the keys for which one was opened.

    `find` tells which keys have an issue after all: it is asked once the projects' rows are locked, because another
    process may have opened the same issue meanwhile.
    """
    opened: list[Key] = []
    for project_id in sorted({project_id for project_id, _ in firsts}):
        keys = [key for key in firsts if key[0] == project_id]
        opened += _open_in_project(session, project_id, keys, firsts, find)
    return opened


_COUNT_ON = Statement(
    update(Project)
    .where(Project.id == bindparam("of_project"))
    .values(last_issue_number=Project.last_issue_number + bindparam("more"))
    .returning(Project.last_issue_number, Project.slug)
)
_OPEN = insert(Issue).returning(Issue.id, sort_by_parameter_order=True)
_LEAD = insert(IssueFingerprint)


def _open_in_project(
    session: Session,
    project_id: ProjectId,
    keys: list[Key],
    firsts: Mapping[Key, PreparedEvent],
    find: Callable[[list[Key]], set[Key]],
) -> list[Key]:
    [(last_number, slug)] = _COUNT_ON.rows(session, {"of_project": project_id, "more": len(keys)})
    found = find(keys)
    keys = [key for key in keys if key not in found]
    if not keys:
        return []
    issues = [_issue_row(firsts[key], last_number - len(keys) + place + 1, slug) for place, key in enumerate(keys)]
    connection = session.connection()
    ids = connection.execute(_OPEN, issues).scalars().all()
    fingerprints = [
        {
            "project_id": project_id,
            "hash": firsts[key].fingerprint,
            "grouping_version": firsts[key].grouping_version,
            "method": firsts[key].grouping_method,
            "summary": firsts[key].grouping_summary,
            "issue_id": issue_id,
        }
        for key, issue_id in zip(keys, ids, strict=True)
    ]
    connection.execute(_LEAD, fingerprints)
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
        "priority": OF_LEVEL[event.level],
        "status": IssueStatus.UNRESOLVED,
        "substatus": Substatus.NEW,
        "period": 1,
        "version": 1,
        "urgent_version": 1,
    }
