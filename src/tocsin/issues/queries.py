"""Finding one issue by what people call it, and what a list shows of each; `search` finds many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from tocsin.issues.archiving import archived_words
from tocsin.issues.models import Issue, IssueStatus
from tocsin.issues.resolution import words_of_resolution
from tocsin.kernel.ids import IssueId, OrganizationId, ProjectId, UserId
from tocsin.members.models import User
from tocsin.organizations.models import Project, Release, Team

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
    """The organization's issue that `text` names: its id (`12`) or its short id in any case (`web-12`).

    One that was deleted is found too, to say so; but not those of a deleted project, which nobody sees any more and
    whose issues' names another one may have by now.
    """
    wanted = text.strip()
    is_id = wanted.isascii() and wanted.isdecimal() and len(wanted) <= LONGEST_ID
    condition = Issue.id == int(wanted) if is_id else Issue.short_id == wanted.upper()
    found = (
        select(Issue)
        .join(Project, Project.id == Issue.project_id)
        .where(Project.organization_id == organization_id, Project.deleted_at.is_(None), condition)
    )
    return session.scalars(found.limit(1)).one_or_none()


def get_issue_line(session: Session, issue_id: IssueId) -> IssueLine:
    """One issue as a list shows it."""
    return IssueLine(**session.execute(select_lines().where(Issue.id == issue_id)).one()._asdict())


def count_unresolved(session: Session, project_ids: Sequence[ProjectId]) -> dict[ProjectId, int]:
    """How many unresolved issues each project has; those without any are left out."""
    rows = session.execute(
        select(Issue.project_id, func.count())
        .where(Issue.project_id.in_(project_ids), Issue.status == IssueStatus.UNRESOLVED)
        .group_by(Issue.project_id)
    )
    return dict(rows.all())


def select_lines() -> Select[*tuple[Any, ...]]:
    """The columns of an `IssueLine`, of every issue."""
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
