"""The tables of organizations, teams, projects, keys, environments, releases, commits and deploys."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tocsin.kernel.db import Base
from tocsin.kernel.ids import (
    CommitId,
    DeployId,
    EnvironmentId,
    OrganizationId,
    ProjectId,
    ProjectKeyId,
    ReleaseId,
    TeamId,
    UserId,
)


class Organization(Base):
    """A tenant: nothing of one organization is ever seen by another."""

    __tablename__ = "organizations"

    id: Mapped[OrganizationId] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]
    threads_enabled: Mapped[bool] = mapped_column(default=True)
    join_requests: Mapped[bool] = mapped_column(default=False)
    """Whether anybody may ask to join at `/{slug}/join/`; if not, that address answers as for no organization."""
    thread_policy: Mapped[dict[str, dict[str, bool]]] = mapped_column(JSON, default=dict)
    """What differs from `activities.policy.DEFAULTS`, e.g. `{"assigned": {"user": false, "system": false}}`."""


class Team(Base):
    """People who own projects together."""

    __tablename__ = "teams"
    __table_args__ = (UniqueConstraint("organization_id", "slug"),)

    id: Mapped[TeamId] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    slug: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]


class Project(Base):
    """One application that reports errors. `slug` gives its issues their short ids (`WEB-12`)."""

    __tablename__ = "projects"
    __table_args__ = (UniqueConstraint("organization_id", "slug"),)

    id: Mapped[ProjectId] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    slug: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(128))
    is_open: Mapped[bool] = mapped_column(default=True)
    """Whether every member of the organization may see and triage it, in a team of it or not."""
    last_issue_number: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    resolve_after_days: Mapped[int | None]
    """An unresolved issue that was not seen for so many days is resolved by the system; `None`: never."""
    retention_days: Mapped[int | None]
    """For how long events are kept; `None`: as the installation has it."""
    retention_events: Mapped[int | None]
    """How many events are kept; `None`: as the installation has it."""
    assign_new_to_user_id: Mapped[UserId | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    assign_new_to_team_id: Mapped[TeamId | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    """Who is given new issues, and returning ones that nobody has: a person or a team, or neither."""
    fingerprint_rules: Mapped[str] = mapped_column(Text, default="")
    """Lines that say which of its events belong together: `events.fingerprint_rules`."""
    scrub_rules: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What is taken out of its events beside the secrets that always are: `intake.scrub_rules`."""
    events_per_minute: Mapped[int | None]
    events_per_day: Mapped[int | None]
    """How many events all keys together may report in a minute and in a day of UTC; `None`: as many as come."""
    new_issues_per_minute: Mapped[int | None]
    """How many issues its events may open in a minute; `None`: as many as they like."""
    issues_minute: Mapped[int] = mapped_column(default=0)
    issues_in_minute: Mapped[int] = mapped_column(default=0)
    """In which minute since 1970 its events last asked for new issues, and for how many in that minute."""
    deleted_at: Mapped[datetime | None]
    """When somebody deleted it; then nobody sees it, and it stays for the names of its issues (`deleting`)."""
    deleted_by: Mapped[str | None] = mapped_column(String(128))
    """That person's name, as the cards of its issues say it."""
    removed_at: Mapped[datetime | None]
    """When the last of what belonged to the deleted project was gone."""


class ProjectTeam(Base):
    """A team owns a project."""

    __tablename__ = "project_teams"
    __table_args__ = (Index("ix_project_teams_team_id", "team_id"),)

    project_id: Mapped[ProjectId] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    team_id: Mapped[TeamId] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)


class ProjectKey(Base):
    """The public half of a DSN (32 hex digits): it may report events and nothing else. No secret."""

    __tablename__ = "project_keys"
    __table_args__ = (Index("ix_project_keys_project_id", "project_id"),)

    id: Mapped[ProjectKeyId] = mapped_column(primary_key=True)
    project_id: Mapped[ProjectId] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    public_key: Mapped[str] = mapped_column(String(32), unique=True)
    label: Mapped[str] = mapped_column(String(64), default="Default")
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    events_per_minute: Mapped[int | None]
    events_per_day: Mapped[int | None]
    """How many events it may report, beside what its project allows; `None`: no limit of its own."""


class Environment(Base):
    """Where an application runs (`production`), known from its events."""

    __tablename__ = "environments"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[EnvironmentId] = mapped_column(primary_key=True)
    project_id: Mapped[ProjectId] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(64))
    first_seen: Mapped[datetime]


class Release(Base):
    """A version of an application, as its events name it or a build announces it; `releases.is_older` orders them."""

    __tablename__ = "releases"
    __table_args__ = (UniqueConstraint("project_id", "version"),)

    id: Mapped[ReleaseId] = mapped_column(primary_key=True)
    project_id: Mapped[ProjectId] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    version: Mapped[str] = mapped_column(String(250))
    first_seen: Mapped[datetime]
    """When Tocsin first heard of it, from an event or from a build."""


class Commit(Base):
    """A commit that a release carries; the same one may be in several releases."""

    __tablename__ = "commits"
    __table_args__ = (
        UniqueConstraint("release_id", "sha"),
        Index("ix_commits_project_id_sha", "project_id", "sha"),
    )

    id: Mapped[CommitId] = mapped_column(primary_key=True)
    project_id: Mapped[ProjectId] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    release_id: Mapped[ReleaseId] = mapped_column(ForeignKey("releases.id", ondelete="CASCADE"))
    sha: Mapped[str] = mapped_column(String(64))
    """As it was given: 7 to 64 hex digits, in small letters."""
    message: Mapped[str] = mapped_column(String(1000))
    author: Mapped[str] = mapped_column(String(128), default="")


class Deploy(Base):
    """A release reached an environment; told again, it stays the same deploy."""

    __tablename__ = "deploys"
    __table_args__ = (UniqueConstraint("release_id", "environment"),)

    id: Mapped[DeployId] = mapped_column(primary_key=True)
    project_id: Mapped[ProjectId] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    release_id: Mapped[ReleaseId] = mapped_column(ForeignKey("releases.id", ondelete="CASCADE"))
    environment: Mapped[str] = mapped_column(String(64))
    deployed_at: Mapped[datetime]
