"""The tables of rules and of their firings."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from tocsin.kernel.db import Base, BigId
from tocsin.kernel.ids import FiringId, IssueId, ProjectId, RuleId, UserId


class Rule(Base):
    """Conditions of which one must hold, and the actions taken then; both as tagged JSON (`conditions`, `action`)."""

    __tablename__ = "rules"
    __table_args__ = (Index("ix_rules_project_id", "project_id"),)

    id: Mapped[RuleId] = mapped_column(primary_key=True)
    project_id: Mapped[ProjectId] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(128))
    conditions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    actions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    is_active: Mapped[bool] = mapped_column(default=True)
    """False once it is muted for good."""
    muted_until: Mapped[datetime | None]
    """It is not asked before this moment; none while it speaks."""
    creator_user_id: Mapped[UserId | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    """Who made it, and is told when its channel takes nothing; none when the system did."""
    created_at: Mapped[datetime]


class Firing(Base):
    """A rule held for an issue at one moment; why a card stands where it stands."""

    __tablename__ = "firings"
    __table_args__ = (Index("ix_firings_issue_id", "issue_id"),)

    id: Mapped[FiringId] = mapped_column(primary_key=True)
    rule_id: Mapped[RuleId | None] = mapped_column(ForeignKey("rules.id", ondelete="SET NULL"))
    rule_name: Mapped[str] = mapped_column(String(128))
    """Kept so that a card tells why it was posted after the rule is gone."""
    issue_id: Mapped[IssueId] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    project_id: Mapped[ProjectId] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    event_row_id: Mapped[int | None] = mapped_column(BigId)
    fired_at: Mapped[datetime]
