"""The tables of integrations (installed workspaces) and identities (chat user ↔ user)."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tocsin.kernel.db import Base
from tocsin.kernel.ids import IdentityId, IntegrationId, OrganizationId, TeamId, UserId


class Integration(Base):
    """One installed Slack workspace. Its secrets are sealed by `kernel.secrets` for this very row."""

    __tablename__ = "integrations"
    __table_args__ = (UniqueConstraint("platform", "external_id"),)

    id: Mapped[IntegrationId] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(String(16), default="slack")
    external_id: Mapped[str] = mapped_column(String(32))
    """Slack's team id (`T...`)."""
    name: Mapped[str] = mapped_column(String(128))
    url: Mapped[str] = mapped_column(String(255), default="")
    app_id: Mapped[str] = mapped_column(String(32), default="")
    bot_id: Mapped[str] = mapped_column(String(32), default="")
    bot_user_id: Mapped[str] = mapped_column(String(32), default="")
    scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    sealed_bot_token: Mapped[str]
    sealed_signing_secret: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)
    broken_reason: Mapped[str | None] = mapped_column(String(80))
    """Slack's error that made us stop calling this workspace (`token_revoked`); none while it works."""
    created_at: Mapped[datetime]

    @property
    def works(self) -> bool:
        """Whether calls for this workspace may be made."""
        return self.is_active and self.broken_reason is None


class ReplacedSecret(Base):
    """A signing secret that a workspace's app had before; requests may be signed with it until it runs out."""

    __tablename__ = "replaced_secrets"
    __table_args__ = (Index("ix_replaced_secrets_integration_id", "integration_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[IntegrationId] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    sealed: Mapped[str]
    accepted_until: Mapped[datetime]


class OrganizationIntegration(Base):
    """An organization uses a workspace; several organizations may share one."""

    __tablename__ = "organization_integrations"
    __table_args__ = (Index("ix_organization_integrations_integration_id", "integration_id"),)

    organization_id: Mapped[OrganizationId] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True
    )
    integration_id: Mapped[IntegrationId] = mapped_column(
        ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True
    )
    created_at: Mapped[datetime]


class Identity(Base):
    """A Slack user is a user of ours; one to one within a workspace."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("integration_id", "external_id"), UniqueConstraint("integration_id", "user_id"))

    id: Mapped[IdentityId] = mapped_column(primary_key=True)
    integration_id: Mapped[IntegrationId] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(String(32))
    """Slack's user id (`U...` or `W...`)."""
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    linked_at: Mapped[datetime]


class TeamChannel(Base):
    """Where a team of ours is met in a workspace: one channel at most; several teams may share one."""

    __tablename__ = "team_channels"
    __table_args__ = (Index("ix_team_channels_integration_id", "integration_id", "channel"),)

    team_id: Mapped[TeamId] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    integration_id: Mapped[IntegrationId] = mapped_column(
        ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True
    )
    channel: Mapped[str] = mapped_column(String(32))
    """Slack's id (`C...`): names change."""
    linked_at: Mapped[datetime]
    linked_by: Mapped[str] = mapped_column(String(128))
    """The name of who linked it."""


class Channel(Base):
    """A channel that we know by name; the id is what counts, the name is what people read."""

    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("integration_id", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[IntegrationId] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(128))


class CommentChannel(Base):
    """An organization lets its comments be told in this channel."""

    __tablename__ = "comment_channels"

    organization_id: Mapped[OrganizationId] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True
    )
    integration_id: Mapped[IntegrationId] = mapped_column(
        ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True
    )
    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    created_at: Mapped[datetime]


class InboundDelivery(Base):
    """A request or gesture of Slack that already had its effect: the same one again has none."""

    __tablename__ = "inbound_deliveries"
    __table_args__ = (Index("ix_inbound_deliveries_received_at", "received_at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of what makes the gesture one: team, user, action, its ts, and the message or view it stands in."""
    received_at: Mapped[datetime]


class LinkNonce(Base):
    """A link by which a signed-in user says "this Slack person is me": short-lived, for one use, and opaque."""

    __tablename__ = "link_nonces"

    nonce_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    integration_id: Mapped[IntegrationId] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(String(32))
    display_name: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
