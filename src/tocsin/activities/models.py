"""The table of activities and its types."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from tocsin.kernel.db import Base
from tocsin.kernel.ids import ActivityId, IntegrationId, IssueId, ProjectId, UserId


class ActivityType(StrEnum):
    """What can happen to an issue. `describe.SENTENCES` has a sentence for each that is told in threads."""

    FIRST_SEEN = "first_seen"
    RESOLVED = "resolved"
    RESOLVED_IN_RELEASE = "resolved_in_release"
    RESOLVED_IN_COMMIT = "resolved_in_commit"
    RESOLVED_BY_AGE = "resolved_by_age"
    DEPLOYED = "deployed"
    REOPENED = "reopened"
    REGRESSED = "regressed"
    ARCHIVED = "archived"
    ESCALATING = "escalating"
    SEEN_AGAIN = "seen_again"
    """It is seen often, and a rule asked for that."""
    PRIORITY_SET = "priority_set"
    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"
    COMMENTED = "commented"
    MERGED = "merged"
    """It became a part of another issue, in whose history stands `absorbed`."""
    ABSORBED = "absorbed"
    UNMERGED = "unmerged"
    """It was taken out of another issue, in whose history stands `split`."""
    SPLIT = "split"
    LINKED = "linked"
    UNLINKED = "unlinked"
    UNDONE = "undone"
    DELETED = "deleted"
    """The last that is kept of an issue."""


class Activity(Base):
    """One line of an issue's history, written in the transaction that changed the issue."""

    __tablename__ = "activities"
    __table_args__ = (
        Index("ix_activities_issue_id", "issue_id", "id"),
        # The outbox of threads: the few rows that nobody has announced yet.
        Index(
            "ix_activities_unannounced",
            "id",
            sqlite_where=text("announced_at IS NULL"),
            postgresql_where=text("announced_at IS NULL"),
        ),
    )

    id: Mapped[ActivityId] = mapped_column(primary_key=True)
    project_id: Mapped[ProjectId] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    issue_id: Mapped[IssueId | None] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    type: Mapped[ActivityType] = mapped_column(String(32))
    user_id: Mapped[UserId | None]
    actor_label: Mapped[str] = mapped_column(String(128))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the sentence needs, e.g. `{"assignee": {"kind": "user", "id": 3, "name": "Ada"}}`."""
    via: Mapped[str] = mapped_column(String(10))
    integration_id: Mapped[IntegrationId | None]
    slack_user_id: Mapped[str | None] = mapped_column(String(32))
    channel: Mapped[str | None] = mapped_column(String(32))
    """The channel in which it was done, by its id; `None` for what was not done in chat."""
    at: Mapped[datetime]
    announced_at: Mapped[datetime | None]
    """When its replies were planned, or when it was decided that there is nothing to say."""
