"""Finding issues: one by what people call it, many by state and words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from tocsin.issues.models import Issue, IssueStatus
from tocsin.kernel.ids import IssueId, OrganizationId, ProjectId, UserId
from tocsin.members.models import User
from tocsin.organizations.models import Project, Team

LONGEST_ID = 18
"""Digits; a longer number is no id of ours and would not fit the column."""


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
    event_count: int
    first_seen: datetime
    last_seen: datetime
    assignee_user_id: UserId | None
    assignee_name: str | None
    assignee_email: str | None
    assignee_team: str | None
    """The team's slug, without `#`."""

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
    limit: int = 100,
    offset: int = 0,
) -> list[IssueLine]:
    """Issues of these projects, the most recently seen first; `text` is looked for in all that a line shows."""
    wanted = _lines().where(Issue.project_id.in_(project_ids), *_conditions(status, text))
    rows = session.execute(wanted.order_by(Issue.last_seen.desc(), Issue.id.desc()).limit(limit).offset(offset))
    return [IssueLine(**row._asdict()) for row in rows]


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
            Issue.event_count,
            Issue.first_seen,
            Issue.last_seen,
            Issue.assignee_user_id,
            User.name.label("assignee_name"),
            User.email.label("assignee_email"),
            Team.slug.label("assignee_team"),
        )
        .join(Project, Project.id == Issue.project_id)
        .outerjoin(User, User.id == Issue.assignee_user_id)
        .outerjoin(Team, Team.id == Issue.assignee_team_id)
    )


def _conditions(status: IssueStatus | None, text: str | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if status is not None:
        conditions.append(Issue.status == status)
    if text:
        columns = (Issue.title, Issue.value, Issue.culprit, Issue.short_id)
        conditions.append(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    return conditions
