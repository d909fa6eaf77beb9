"""The tables of rules and of their firings."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from tocsin.kernel.db import Base, BigId
from tocsin.kernel.ids import FiringId, IssueId, ProjectId, RuleId, UserId


class Match(StrEnum):
    """How many of several must hold."""

    ANY = "any"
    ALL = "all"


class Rule(Base):
    """Conditions, filters and actions as tagged JSON: when it holds, for which events, and what is done then."""

    __tablename__ = "rules"
    __table_args__ = (Index("ix_rules_project_id", "project_id"),)

    id: Mapped[RuleId] = mapped_column(primary_key=True)
    project_id: Mapped[ProjectId] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(128))
    conditions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    match: Mapped[Match] = mapped_column(String(3), default=Match.ANY)
    """How many of its conditions must hold."""
    is_counting: Mapped[bool] = mapped_column(default=False)
    """Whether one of them counts (`conditions.Counting`), so that the batch knows for which projects it must."""
    filters: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    filter_match: Mapped[Match] = mapped_column(String(3), default=Match.ALL)
    """How many of its filters an event must pass; without any, all events do."""
    interval_minutes: Mapped[int | None]
    """For so long after it fired for an issue it does not fire for it again."""
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
    __table_args__ = (Index("ix_firings_issue_id", "issue_id"), Index("ix_firings_rule_id", "rule_id", "id"))

    id: Mapped[FiringId] = mapped_column(primary_key=True)
    rule_id: Mapped[RuleId | None] = mapped_column(ForeignKey("rules.id", ondelete="SET NULL"))
    rule_name: Mapped[str] = mapped_column(String(128))
    """Kept so that a card tells why it was posted after the rule is gone."""
    issue_id: Mapped[IssueId] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    project_id: Mapped[ProjectId] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    event_row_id: Mapped[int | None] = mapped_column(BigId)
    why: Mapped[str] = mapped_column(String(500), default="")
    """Which of its conditions held, in words."""
    fired_at: Mapped[datetime]


class LastFiring(Base):
    """When a rule that must not repeat itself fired last for an issue (`throttle`)."""

    __tablename__ = "last_firings"
    __table_args__ = (Index("ix_last_firings_issue_id", "issue_id"),)

    rule_id: Mapped[RuleId] = mapped_column(ForeignKey("rules.id", ondelete="CASCADE"), primary_key=True)
    issue_id: Mapped[IssueId] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    fired_at: Mapped[datetime]
    crossed_at: Mapped[datetime | None]
    """When it told that there are too many, as long as that is not known to be over."""
