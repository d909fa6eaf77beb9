"""The audit log: who was allowed, refused or changed what, and through which door."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String, insert, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from tocsin.kernel.db import Base, BigId, table_of
from tocsin.kernel.ids import IntegrationId, OrganizationId, UserId
from tocsin.kernel.statement import Statement
from tocsin.organizations.permit import Permit, Source


class AuditEvent(StrEnum):
    """What an audit entry tells."""

    ORGANIZATION_ADD = "organization.add"
    ORGANIZATION_EDIT = "organization.edit"
    PROJECT_ADD = "project.add"
    PROJECT_EDIT = "project.edit"
    PROJECT_DELETE = "project.delete"
    PROJECT_KEY_ADD = "project_key.add"
    PROJECT_KEY_ENABLE = "project_key.enable"
    PROJECT_KEY_DISABLE = "project_key.disable"
    PROJECT_TEAM_ADD = "project.team_add"
    PROJECT_TEAM_REMOVE = "project.team_remove"
    TEAM_ADD = "team.add"
    TEAM_EDIT = "team.edit"
    TEAM_DELETE = "team.delete"
    TEAM_LINK = "team.link"
    TEAM_UNLINK = "team.unlink"
    MEMBER_ADD = "member.add"
    MEMBER_EDIT = "member.edit"
    MEMBER_REMOVE = "member.remove"
    MEMBER_INVITE = "member.invite"
    INVITE_REQUEST_ADD = "invite_request.add"
    INVITE_REQUEST_REMOVE = "invite_request.remove"
    INVITE_REVOKE = "invite.revoke"
    INVITE_LINK = "invite.link"
    INVITE_ACCEPT = "invite.accept"
    RULE_ADD = "rule.add"
    RULE_EDIT = "rule.edit"
    RULE_REMOVE = "rule.remove"
    RULE_TEST = "rule.test"
    INTEGRATION_ADD = "integration.add"
    INTEGRATION_EDIT = "integration.edit"
    INTEGRATION_DISCONNECT = "integration.disconnect"
    INTEGRATION_DISABLED = "integration.disabled"
    INTEGRATION_HEALED = "integration.healed"
    IDENTITY_LINK = "identity.link"
    IDENTITY_UNLINK = "identity.unlink"
    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in.failed"
    ACCOUNT_DEACTIVATE = "account.deactivate"
    ACCOUNT_REACTIVATE = "account.reactivate"
    ACCOUNT_RENAME = "account.rename"
    ACCOUNT_EMAIL = "account.email"
    PASSWORD_SET = "password.set"  # noqa: S105 -- the name of an event
    PASSWORD_RESET = "password.reset"  # noqa: S105 -- the name of an event
    SECRETS_ROTATE = "secrets.rotate"
    CHANNEL_EDIT = "channel.edit"
    COMMENT_CHANGE = "comment.change"
    ISSUE_TRIAGE = "issue.triage"
    ISSUE_DELETE = "issue.delete"
    EVENT_DELETE = "event.delete"
    VIEW_SHARE = "view.share"
    VIEW_RENAME = "view.rename"
    VIEW_REMOVE = "view.remove"
    RELEASE_ADD = "release.add"
    RELEASE_COMMITS = "release.commits"
    DEPLOY_ADD = "deploy.add"
    DELIVERY_RETRY = "delivery.retry"
    REFUSED = "refused"


LONGEST_TARGET = 80
"""A part of an address may be in a target: what is longer is cut, for nothing may keep an entry out of the log."""


class AuditEntry(Base):
    """One line of the audit log; the database refuses to change or delete it (`migrations.guards`).

    It points at nothing by a foreign key: the log outlives what it tells of.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_organization_id", "organization_id", "id"),
        Index("ix_audit_entries_sequence", "organization_id", "sequence", unique=True),
        Index(
            "ix_audit_entries_unsealed",
            "id",
            sqlite_where=text("sequence IS NULL"),
            postgresql_where=text("sequence IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    organization_id: Mapped[OrganizationId | None]
    """None for what concerns the whole server, or somebody unknown."""
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(40))
    actor_user_id: Mapped[UserId | None]
    actor_label: Mapped[str] = mapped_column(String(64))
    target: Mapped[str | None] = mapped_column(String(LONGEST_TARGET))
    """What was acted upon, as `kind:id` (`issue:12`)."""
    via: Mapped[str] = mapped_column(String(10))
    integration_id: Mapped[IntegrationId | None]
    slack_user_id: Mapped[str | None] = mapped_column(String(32))
    channel: Mapped[str | None] = mapped_column(String(32))
    ts: Mapped[str | None] = mapped_column(String(32))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    """Its number in the organization's chain, from 1 on; this and what follows are none until it is sealed."""
    previous_hash: Mapped[str | None] = mapped_column(String(64))
    hash: Mapped[str | None] = mapped_column(String(64))


class AuditHead(Base):
    """How far an organization's chain has come, kept apart from its entries so that a cut at the end is noticed."""

    __tablename__ = "audit_heads"

    chain: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The organization's id; 0 for what belongs to none."""
    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]


def create_audit_entry(  # the founding documents' create_audit_entry_from_user takes the person from the permit
    session: Session,
    permit: Permit,
    event: AuditEvent,
    *,
    target: str | None,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> None:
    """Write one line about what `permit` allowed."""
    _write(
        session,
        permit.source,
        event,
        organization_id=permit.scope.organization_id,
        user_id=permit.actor.user_id,
        label=permit.actor.label,
        target=target,
        now=now,
        data=data,
    )


def create_audit_entry_from_user(
    session: Session,
    event: AuditEvent,
    *,
    organization_id: OrganizationId | None,
    user_id: UserId | None,
    label: str,
    source: Source,
    target: str | None,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> None:
    """Write one line about somebody who holds no permit: a sign-in, or a refusal."""
    _write(
        session,
        source,
        event,
        organization_id=organization_id,
        user_id=user_id,
        label=label,
        target=target,
        now=now,
        data=data,
    )


def _write(
    session: Session,
    source: Source,
    event: AuditEvent,
    *,
    organization_id: OrganizationId | None,
    user_id: UserId | None,
    label: str,
    target: str | None,
    now: datetime,
    data: dict[str, Any] | None,
) -> None:
    entry = {
        "organization_id": organization_id,
        "at": now,
        "event": event,
        "actor_user_id": user_id,
        "actor_label": label[:64],
        "target": None if target is None else target[:LONGEST_TARGET],
        "via": source.via,
        "integration_id": source.integration_id,
        "slack_user_id": source.slack_user_id,
        "channel": source.channel,
        "ts": source.ts,
        "data": data or {},
    }
    _WRITE.change(session, entry)


_WRITE = Statement(
    insert(table_of(AuditEntry)),
    columns=(
        *("organization_id", "at", "event", "actor_user_id", "actor_label", "target"),
        *("via", "integration_id", "slack_user_id", "channel", "ts", "data"),
    ),
)
