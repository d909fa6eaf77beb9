"""The tables of issues and of the fingerprints that lead to them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tocsin.kernel.db import Base, BigId
from tocsin.kernel.ids import IssueId, ProjectId, TeamId, UserId


class IssueStatus(StrEnum):
    """An issue's state; what else there is to know (until when archived, whether regressed) stands beside it."""

    UNRESOLVED = "unresolved"
    RESOLVED = "resolved"
    ARCHIVED = "archived"


class Substatus(StrEnum):
    """The nuance of a status, as a card shows it."""

    NEW = "new"
    ONGOING = "ongoing"
    REGRESSED = "regressed"
    ARCHIVED_UNTIL_ESCALATING = "archived_until_escalating"
    ARCHIVED_FOREVER = "archived_forever"


class Issue(Base):
    """A set of events with one fingerprint, and what people decided about it."""

    __tablename__ = "issues"
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        Index("ix_issues_project_id_status_last_seen", "project_id", "status", "last_seen"),
        Index("ix_issues_project_id_last_seen", "project_id", "last_seen"),
    )

    id: Mapped[IssueId] = mapped_column(primary_key=True)
    project_id: Mapped[ProjectId] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    number: Mapped[int]
    short_id: Mapped[str] = mapped_column(String(80), index=True)
    """`WEB-12`: what people call it."""
    title: Mapped[str] = mapped_column(String(250))
    """Exception type, or the message of an event without one."""
    value: Mapped[str] = mapped_column(String(1000), default="")
    """What the newest event said: the exception's value."""
    culprit: Mapped[str] = mapped_column(String(250), default="")
    level: Mapped[str] = mapped_column(String(8))
    platform: Mapped[str] = mapped_column(String(32), default="")
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    event_count: Mapped[int] = mapped_column(BigId, default=0)
    last_event_id: Mapped[int | None] = mapped_column(BigId)
    """The row of the newest event; no foreign key, since events are retired and issues stay."""

    status: Mapped[IssueStatus] = mapped_column(String(16), default=IssueStatus.UNRESOLVED)
    substatus: Mapped[Substatus | None] = mapped_column(String(32))
    resolved_at: Mapped[datetime | None]
    assignee_user_id: Mapped[UserId | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    assignee_team_id: Mapped[TeamId | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))

    period: Mapped[int] = mapped_column(default=1)
    """Which life of the issue this is: raised by a regression, so that a new card is opened for it."""
    version: Mapped[int] = mapped_column(BigId, default=1)
    """Raised by whatever a card shows; a message that drew an older one is due for redrawing."""
    urgent_version: Mapped[int] = mapped_column(BigId, default=1)
    """The `version` of the last change of state: drawn at once, while mere counts may wait a little."""


class IssueFingerprint(Base):
    """A fingerprint leads to an issue; several may lead to one (after a merge, or a newer grouping)."""

    __tablename__ = "issue_fingerprints"
    __table_args__ = (
        UniqueConstraint("project_id", "hash"),
        Index("ix_issue_fingerprints_issue_id", "issue_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    project_id: Mapped[ProjectId] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    hash: Mapped[str] = mapped_column(String(32))
    """32 hex digits; the grouping version that made it is part of what was hashed."""
    grouping_version: Mapped[int]
    method: Mapped[str] = mapped_column(String(32))
    """Which rule of grouping spoke: `sdk`, `in_app_frames`, `exception`, `message`..."""
    issue_id: Mapped[IssueId] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
