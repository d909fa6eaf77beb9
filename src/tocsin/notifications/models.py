"""The tables of messages that are redrawn: cards of issues in channels, and requests that people decide about."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tocsin.kernel.db import Base
from tocsin.kernel.ids import (
    ActivityId,
    ApprovalMessageId,
    DeliveryId,
    FiringId,
    IntegrationId,
    InvitationId,
    IssueId,
    ParentNotificationId,
    UserId,
)


class DrawnMessage:
    """What is known of every message that shows a subject and is redrawn when that has moved on."""

    message_key: Mapped[str] = mapped_column(String(32))
    """The opaque key that the message's buttons carry; everything else is looked up here."""
    drawn_version: Mapped[int] = mapped_column(BigInteger, default=0)
    """The subject's `version` that the message in Slack shows; 0 before it was posted."""
    drawn_at: Mapped[datetime | None]
    drawing_version: Mapped[int | None] = mapped_column(BigInteger)
    """The version that a redraw in flight is drawing; one per message at a time."""
    drawing_until: Mapped[datetime | None]
    pressed_at: Mapped[datetime | None]
    """When somebody last pressed on this very message: it is redrawn first."""
    redraw_at: Mapped[datetime | None]
    """When to draw once more, because a drawing of unknown fate may have arrived late and covered a newer one."""
    gone_reason: Mapped[str | None] = mapped_column(String(80))
    """Why the message can no longer be redrawn or answered (deleted in Slack); none while it lives."""


class ParentNotification(DrawnMessage, Base):
    """A card: the message in one channel that stands for an issue, and whose thread tells what happens to it.

    Its address is its own: an edited or deleted rule changes nothing for a thread that stands already.
    """

    __tablename__ = "parent_notifications"
    __table_args__ = (
        UniqueConstraint("issue_id", "integration_id", "channel", "period", "sequence"),
        Index("ix_parent_notifications_message_key", "message_key", unique=True),
        Index("ix_parent_notifications_firing_id", "firing_id"),
        Index("ix_parent_notifications_place", "integration_id", "channel", "id"),
    )

    id: Mapped[ParentNotificationId] = mapped_column(primary_key=True)
    issue_id: Mapped[IssueId] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    merged_from_id: Mapped[IssueId | None] = mapped_column(ForeignKey("issues.id", ondelete="SET NULL"), index=True)
    """The issue that the card was opened for, when that was merged into this one since."""
    firing_id: Mapped[FiringId] = mapped_column(ForeignKey("firings.id", ondelete="CASCADE"))
    rule_action_uuid: Mapped[str] = mapped_column(String(36))
    integration_id: Mapped[IntegrationId] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(32))
    period: Mapped[int]
    """The issue's `period` when the card was opened: one card per issue, channel and period..."""
    sequence: Mapped[int] = mapped_column(default=1)
    """...but where a rule wants several: the first of the period is 1."""
    card_delivery_id: Mapped[DeliveryId] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"), unique=True)
    opened_after: Mapped[ActivityId]
    """The last activity when the card was opened, told by the card itself: only later ones are said in its thread."""
    created_at: Mapped[datetime]
    thread_ended_at: Mapped[datetime | None]
    """When the card was redrawn after so long that its thread was over (`thread_life`); none while it is answered."""


class ApprovalMessage(DrawnMessage, Base):
    """A direct message that asks one person to decide about a request to come in; its place is its delivery's."""

    __tablename__ = "approval_messages"
    __table_args__ = (
        UniqueConstraint("invitation_id", "user_id"),
        Index("ix_approval_messages_message_key", "message_key", unique=True),
    )

    id: Mapped[ApprovalMessageId] = mapped_column(primary_key=True)
    invitation_id: Mapped[InvitationId] = mapped_column(ForeignKey("invitations.id", ondelete="CASCADE"))
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """Who is asked."""
    delivery_id: Mapped[DeliveryId] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"), unique=True)
    created_at: Mapped[datetime]
