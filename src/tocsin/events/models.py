"""The table of stored events."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from tocsin.kernel.db import Base, BigId
from tocsin.kernel.ids import EnvironmentId, IssueId, ProjectId, ReleaseId


class StoredEvent(Base):
    """One event as it was received, scrubbed and compressed. `event_id` is the SDK's, unique in its project."""

    __tablename__ = "events"
    __table_args__ = (
        Index("uq_events_project_id_event_id", "project_id", "event_id", unique=True),
        Index("ix_events_issue_id", "issue_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    project_id: Mapped[ProjectId] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    issue_id: Mapped[IssueId] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    fingerprint_id: Mapped[int | None] = mapped_column(BigId)
    """What it was grouped by, so that a merge can be undone; no foreign key, which each insert would pay for."""
    event_id: Mapped[bytes] = mapped_column(LargeBinary(16))
    received_at: Mapped[datetime]
    environment_id: Mapped[EnvironmentId | None]
    release_id: Mapped[ReleaseId | None]
    level: Mapped[str] = mapped_column(String(8))
    payload: Mapped[bytes]
    """The scrubbed event as JSON under zstd."""
