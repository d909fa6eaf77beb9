"""Finding issues: one by what people call it, many by state and words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, UnaryExpression, case, func, or_, select
from sqlalchemy.orm import Session

from tocsin.issues.archiving import archived_words
from tocsin.issues.models import Issue, IssuePriority, IssueStatus
from tocsin.issues.resolution import words_of_resolution
from tocsin.kernel.ids import IssueId, OrganizationId, ProjectId, UserId
from tocsin.members.models import User
from tocsin.organizations.models import Project, Release, Team

LONGEST_ID = 18
"""Digits; a longer number is no id of ours and would not fit the column."""

COUNTED_AT_MOST = 1000
"""Beyond this a tab says "1000+": nobody needs the figure, and counting a million rows would hold up the page."""

SORTS: Mapping[str, UnaryExpression[Any]] = MappingProxyType(
    {
        "last_seen": Issue.last_seen.desc(),
        "first_seen": Issue.first_seen.desc(),
        "events": Issue.event_count.desc(),
        "users": Issue.user_count.desc(),
        "priority": case({each: place for place, each in enumerate(IssuePriority)}, value=Issue.priority).asc(),
    }
)
"""The orders in which a list can be asked for; the first is the usual one."""


@dataclass(frozen=True, slots=True)
class IssueLine:
    """An issue as a list shows it."""

    id: IssueId
    short_id: str
    project_slug: str
    title: str
    value: str
    culprit: str
    level: str
    status: str
    substatus: str | None
    archive: dict[str, Any] | None
    resolution: str | None
    resolved_release: str | None
    resolved_commit: str | None
    priority: str
    event_count: int
    user_count: int
    first_seen: datetime
    last_seen: datetime
    assignee_user_id: UserId | None
    assignee_name: str | None
    assignee_email: str | None
    assignee_team: str | None
    """The team's slug, without `#`."""

    @property
    def archived_until(self) -> str | None:
        """In words, "until 100 more events"; `None` unless it is archived."""
        return archived_words(self.status, self.archive)

    @property
    def resolved_where(self) -> str:
        """In words, "in shop@1.2.3"; empty where it was just resolved, or is not."""
        return words_of_resolution(self.resolution, self.resolved_release, self.resolved_commit)

    @property
    def assignee(self) -> str | None:
        """Who has it, as it is typed: an e-mail or `#team`."""
        return f"#{self.assignee_team}" if self.assignee_team is not None else self.assignee_email


def find_issue(session: Session, organization_id: OrganizationId, text: str) -> Issue | None:
    """The organization's issue that `text` names: its id (`12`) or its short id in any case (`web-12`)."""
    wanted = text.strip()
    is_id = wanted.isascii() and wanted.isdecimal() and len(wanted) <= LONGEST_ID
    condition = Issue.id == int(wanted) if is_id else Issue.short_id == wanted.upper()
    found = (
        select(Issue)
        .join(Project, Project.id == Issue.project_id)
        .where(Project.organization_id == organization_id, condition)
    )
    return session.scalars(found.limit(1)).one_or_none()


def get_issue_line(session: Session, issue_id: IssueId) -> IssueLine:
    """One issue as a list shows it."""
    return IssueLine(**session.execute(_lines().where(Issue.id == issue_id)).one()._asdict())


def list_issues(
    session: Session,
    project_ids: Sequence[ProjectId],
    *,
    status: IssueStatus | None = None,
    text: str | None = None,
    priority: IssuePriority | None = None,
    sort: str = "last_seen",
    limit: int = 100,
    offset: int = 0,
) -> list[IssueLine]:
    """Issues of these projects in the order `sort` of `SORTS`; `text` is looked for in all that a line shows."""
    wanted = _lines().where(Issue.project_id.in_(project_ids), *_conditions(status, text, priority))
    rows = session.execute(wanted.order_by(SORTS[sort], Issue.id.desc()).limit(limit).offset(offset))
    return [IssueLine(**row._asdict()) for row in rows]


def count_issues(
    session: Session,
    project_ids: Sequence[ProjectId],
    *,
    text: str | None = None,
    priority: IssuePriority | None = None,
) -> dict[IssueStatus, int]:
    """How many issues `list_issues` would find in each state, counted no further than one beyond `COUNTED_AT_MOST`."""
    counts = {}
    for status in IssueStatus:
        found = select(Issue.id).where(Issue.project_id.in_(project_ids), *_conditions(status, text, priority))
        counts[status] = session.scalar(select(func.count()).select_from(found.limit(COUNTED_AT_MOST + 1).subquery()))
    return {status: count or 0 for status, count in counts.items()}


def count_unresolved(session: Session, project_ids: Sequence[ProjectId]) -> dict[ProjectId, int]:
    """How many unresolved issues each project has; those without any are left out."""
    rows = session.execute(
        select(Issue.project_id, func.count())
        .where(Issue.project_id.in_(project_ids), Issue.status == IssueStatus.UNRESOLVED)
        .group_by(Issue.project_id)
    )
    return dict(rows.all())


def _lines() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Issue.id,
            Issue.short_id,
            Project.slug.label("project_slug"),
            Issue.title,
            Issue.value,
            Issue.culprit,
            Issue.level,
            Issue.status,
            Issue.substatus,
            Issue.archive,
            Issue.resolution,
            Release.version.label("resolved_release"),
            Issue.resolved_commit,
            Issue.priority,
            Issue.event_count,
            Issue.user_count,
            Issue.first_seen,
            Issue.last_seen,
            Issue.assignee_user_id,
            User.name.label("assignee_name"),
            User.email.label("assignee_email"),
            Team.slug.label("assignee_team"),
        )
        .join(Project, Project.id == Issue.project_id)
        .outerjoin(Release, Release.id == Issue.resolved_release_id)
        .outerjoin(User, User.id == Issue.assignee_user_id)
        .outerjoin(Team, Team.id == Issue.assignee_team_id)
    )


def _conditions(
    status: IssueStatus | None, text: str | None, priority: IssuePriority | None
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Issue.merged_into_id.is_(None)]
    if status is not None:
        conditions.append(Issue.status == status)
    if priority is not None:
        conditions.append(Issue.priority == priority)
    if text:
        columns = (Issue.title, Issue.value, Issue.culprit, Issue.short_id)
        conditions.append(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    return conditions
