"""The tables of organizations, teams, projects, keys, environments and releases."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tocsin.kernel.db import Base
from tocsin.kernel.ids import EnvironmentId, OrganizationId, ProjectId, ProjectKeyId, ReleaseId, TeamId


class Organization(Base):
    """A tenant: nothing of one organization is ever seen by another."""

    __tablename__ = "organizations"

    id: Mapped[OrganizationId] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]
    threads_enabled: Mapped[bool] = mapped_column(default=True)


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


class Environment(Base):
    """Where an application runs (`production`), known from its events."""

    __tablename__ = "environments"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[EnvironmentId] = mapped_column(primary_key=True)
    project_id: Mapped[ProjectId] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(64))
    first_seen: Mapped[datetime]


class Release(Base):
    """A version of an application, known from its events; ordered by when it was first seen."""

    __tablename__ = "releases"
    __table_args__ = (UniqueConstraint("project_id", "version"),)

    id: Mapped[ReleaseId] = mapped_column(primary_key=True)
    project_id: Mapped[ProjectId] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    version: Mapped[str] = mapped_column(String(250))
    first_seen: Mapped[datetime]
