"""The tables of issues and of the fingerprints that lead to them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ColumnElement, ForeignKey, Index, String, UniqueConstraint, and_, text
from sqlalchemy.orm import Mapped, mapped_column

from tocsin.kernel.db import Base, BigId
from tocsin.kernel.ids import ActivityId, DeployId, IssueId, OrganizationId, ProjectId, ReleaseId, TeamId, UserId


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
    ESCALATING = "escalating"
    ARCHIVED_UNTIL_ESCALATING = "archived_until_escalating"
    ARCHIVED_UNTIL_CONDITION = "archived_until_condition"
    ARCHIVED_FOREVER = "archived_forever"


class IssuePriority(StrEnum):
    """How urgent an issue is, most urgent first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Resolution(StrEnum):
    """How an issue was resolved, which says what brings it back (`regression.brings_back`)."""

    NOW = "now"
    RELEASE = "release"
    NEXT_RELEASE = "next_release"
    COMMIT = "commit"
    AGE = "age"
    QUIET = "quiet"
    """A storm of new issues is over; only ever seen in the transaction in which the next one begins."""


AWAITS_RELEASE = "resolution IN ('next_release', 'commit') AND resolved_release_id IS NULL"
"""SQL, of literals alone so that both databases see that the partial index serves it: no release has the fix yet."""


UNREMOVED = "deleted_at IS NOT NULL AND removed_at IS NULL"
"""SQL, like `AWAITS_RELEASE`: it was deleted, and not all that belonged to it is gone yet."""


class Issue(Base):
    """A set of events with one fingerprint, and what people decided about it."""

    __tablename__ = "issues"
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        Index("ix_issues_project_id_status_last_seen", "project_id", "status", "last_seen"),
        Index("ix_issues_project_id_last_seen", "project_id", "last_seen"),
        Index(
            "ix_issues_awaiting_release",
            "project_id",
            sqlite_where=text(AWAITS_RELEASE),
            postgresql_where=text(AWAITS_RELEASE),
        ),
        # What stays in these columns when an issue is no longer archived means nothing.
        Index(
            "ix_issues_archived_until",
            "archived_until",
            sqlite_where=text("status = 'archived' AND archived_until IS NOT NULL"),
            postgresql_where=text("status = 'archived' AND archived_until IS NOT NULL"),
        ),
        # Of those alone that are merged: SQLite would else list all others by it rather than by their state.
        Index(
            "ix_issues_merged_into_id",
            "merged_into_id",
            sqlite_where=text("merged_into_id IS NOT NULL"),
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
        Index(
            "ix_issues_unremoved",
            "id",
            sqlite_where=text(UNREMOVED),
            postgresql_where=text(UNREMOVED),
        ),
        Index("ix_issues_resolved_release_id", "resolved_release_id"),
        Index("ix_issues_assignee_user_id", "assignee_user_id"),
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
    user_count: Mapped[int] = mapped_column(BigId, default=0)
    """How many different users it hit: the rows of `issue_users`."""
    retired_events: Mapped[int] = mapped_column(BigId, default=0)
    """How many of its events retention, or somebody, deleted; `event_count` counts them still."""
    last_event_id: Mapped[int | None] = mapped_column(BigId)
    """The row of the newest event; no foreign key, since events are retired and issues stay."""

    status: Mapped[IssueStatus] = mapped_column(String(16), default=IssueStatus.UNRESOLVED)
    substatus: Mapped[Substatus | None] = mapped_column(String(32))
    archive: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Until when it is archived and since which counts: an `issues.archiving:Archive`, while `status` says so."""
    archived_until: Mapped[datetime | None]
    priority: Mapped[IssuePriority] = mapped_column(String(8), default=IssuePriority.HIGH)
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[Resolution | None] = mapped_column(String(16))
    """`None` while the issue is not resolved."""
    resolved_release_id: Mapped[ReleaseId | None] = mapped_column(ForeignKey("releases.id", ondelete="SET NULL"))
    """The release that has the fix; `None` while `AWAITS_RELEASE`, and where no release was meant."""
    resolved_commit: Mapped[str | None] = mapped_column(String(64))
    """The sha of the commit that has the fix: as it was named, and in full once a release carries it."""
    assignee_user_id: Mapped[UserId | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    assignee_team_id: Mapped[TeamId | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))

    merged_into_id: Mapped[IssueId | None] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    """The issue that took its events and fingerprints; then this one is only a name that leads there."""
    deleted_at: Mapped[datetime | None]
    """When somebody deleted it; then it is only a name, so that old links and cards can say so (`deleting`)."""
    removed_at: Mapped[datetime | None]
    """When the last of what belonged to the deleted issue was gone."""

    period: Mapped[int] = mapped_column(default=1)
    """Which life of the issue this is: raised by a regression, so that a new card is opened for it."""
    version: Mapped[int] = mapped_column(BigId, default=1)
    """Raised by whatever a card shows; a message that drew an older one is due for redrawing."""
    urgent_version: Mapped[int] = mapped_column(BigId, default=1)
    """The `version` of the last change of state: drawn at once, while mere counts may wait a little."""


def is_whole() -> ColumnElement[bool]:
    """SQL: whether there is more of an issue than its name, which is left of one that was merged or deleted."""
    return and_(Issue.merged_into_id.is_(None), Issue.deleted_at.is_(None))


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
    """32 hex digits."""
    grouping_version: Mapped[int]
    method: Mapped[str] = mapped_column(String(32))
    """Which rule of grouping spoke: `rule`, `sdk`, `in_app_frames`, `exception`, `message`..."""
    summary: Mapped[str] = mapped_column(String(250), default="")
    """What it was made of, for people: `KeyError, shop.cart in total`."""
    issue_id: Mapped[IssueId] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    merged_from_id: Mapped[IssueId | None] = mapped_column(ForeignKey("issues.id", ondelete="SET NULL"))
    """The issue that it led to before a merge."""
    retired_events: Mapped[int] = mapped_column(BigId, default=0)
    """How many of its events were deleted since: a merge may be undone later."""
    succeeds_id: Mapped[int | None] = mapped_column(BigId)
    """The fingerprint that an older version of the grouping gave to the same events: where it goes, this one goes."""


class IssueHour(Base):
    """How many events an issue had in one hour (counted from 1970); hours without any have no row."""

    __tablename__ = "issue_hours"
    # The key is all there is to look by: SQLite then keeps the rows in it, and writes one tree instead of two.
    __table_args__ = ({"sqlite_with_rowid": False},)

    issue_id: Mapped[IssueId] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True)
    events: Mapped[int] = mapped_column(BigInteger)


class IssueTick(Base):
    """How many events an issue had in ten seconds (counted from 1970), for rules that count (`issues.recent`)."""

    __tablename__ = "issue_ticks"
    __table_args__ = (Index("ix_issue_ticks_tick", "tick"), {"sqlite_with_rowid": False})

    issue_id: Mapped[IssueId] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    tick: Mapped[int] = mapped_column(primary_key=True)
    events: Mapped[int] = mapped_column(BigInteger)


class IssueUser(Base):
    """An issue hit this user; `user_key` is `events.identity:user_key_of`."""

    __tablename__ = "issue_users"
    __table_args__ = (
        Index(
            "ix_issue_users_last_seen",
            "issue_id",
            "last_seen",
            sqlite_where=text("last_seen IS NOT NULL"),
            postgresql_where=text("last_seen IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    issue_id: Mapped[IssueId] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    user_key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    last_seen: Mapped[datetime | None]
    """Only while somebody counts users within some time, to bring an archived issue back or for a rule of the project:
    a write for each event otherwise."""


class IssueTag(Base):
    """How many events of an issue had this value of a tag (`issues.tags`)."""

    __tablename__ = "issue_tags"
    __table_args__ = (Index("ix_issue_tags_name_value", "name", "value"), {"sqlite_with_rowid": False})

    issue_id: Mapped[IssueId] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    value: Mapped[str] = mapped_column(String(200), primary_key=True)
    """Empty for all values that are not kept."""
    events: Mapped[int] = mapped_column(BigInteger)
    last_hour: Mapped[int]
    """In which hour, counted from 1970, an event had it last."""


class IssueDeploy(Base):
    """It was told that the fix of this issue reached an environment with this deploy: once, however often it is."""

    __tablename__ = "issue_deploys"
    __table_args__ = (Index("ix_issue_deploys_deploy_id", "deploy_id"),)

    issue_id: Mapped[IssueId] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    deploy_id: Mapped[DeployId] = mapped_column(ForeignKey("deploys.id", ondelete="CASCADE"), primary_key=True)


class IssueUndo(Base):
    """What an issue was before somebody changed it, for as long as they may take that back (`issues.undo`)."""

    __tablename__ = "issue_undos"
    __table_args__ = (Index("ix_issue_undos_at", "at"), Index("ix_issue_undos_issue_id", "issue_id"))

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Opaque: what the offer carries."""
    issue_id: Mapped[IssueId] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    activity_id: Mapped[ActivityId]
    """The change that would be taken back."""
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The columns of `issues.undo:DECIDED` as they were."""
    at: Mapped[datetime]


class ExternalIssue(Base):
    """An issue elsewhere that is the same one, as somebody said."""

    __tablename__ = "external_issues"
    __table_args__ = (UniqueConstraint("issue_id", "url"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    issue_id: Mapped[IssueId] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    url: Mapped[str] = mapped_column(String(500))
    provider: Mapped[str] = mapped_column(String(100))
    """What people call the place: `GitHub`, or its host."""
    label: Mapped[str] = mapped_column(String(100))
    """What it is called there: `acme/shop#12`."""
    created_at: Mapped[datetime]


class SavedView(Base):
    """A search with a name (`issues.saved_views`)."""

    __tablename__ = "saved_views"
    __table_args__ = (Index("ix_saved_views_organization_id_user_id", "organization_id", "user_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    user_id: Mapped[UserId | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """Whose it is; `None`: everybody's."""
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(500))
    sort: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]


class DefaultView(Base):
    """With which view the list of issues opens for a member."""

    __tablename__ = "default_views"

    organization_id: Mapped[OrganizationId] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    view_id: Mapped[int] = mapped_column(ForeignKey("saved_views.id", ondelete="CASCADE"))


class BulkAct(Base):
    """A verb for many issues, and how far it is (`issues.bulk`)."""

    __tablename__ = "bulk_acts"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index(
            "ix_bulk_acts_unfinished",
            "id",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(32))
    """That of the form, which counts once however often it is sent."""
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    action: Mapped[dict[str, Any]] = mapped_column(JSON)
    """An `issues.act:IssueAction`."""
    issue_ids: Mapped[list[int]] = mapped_column(JSON)
    total: Mapped[int]
    position: Mapped[int]
    """How many of `issue_ids` were gone through."""
    done: Mapped[int]
    skipped: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """What was passed over, as `id`, `issue` and `why`; the first ones, if there are many."""
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
