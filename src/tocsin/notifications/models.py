"""The table of parent notifications: the cards of issues in channels, and what is drawn on them."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tocsin.kernel.db import Base
from tocsin.kernel.ids import ActivityId, DeliveryId, FiringId, IntegrationId, IssueId, ParentNotificationId


class ParentNotification(Base):
    """A card: the message in one channel that stands for an issue, and whose thread tells what happens to it.

    Its address is its own: an edited or deleted rule changes nothing for a thread that stands already.
    """

    __tablename__ = "parent_notifications"
    __table_args__ = (
        UniqueConstraint("issue_id", "integration_id", "channel", "period"),
        Index("ix_parent_notifications_message_key", "message_key", unique=True),
    )

    id: Mapped[ParentNotificationId] = mapped_column(primary_key=True)
    issue_id: Mapped[IssueId] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    firing_id: Mapped[FiringId] = mapped_column(ForeignKey("firings.id", ondelete="CASCADE"))
    rule_action_uuid: Mapped[str] = mapped_column(String(36))
    integration_id: Mapped[IntegrationId] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(32))
    period: Mapped[int]
    """The issue's `period` when the card was opened: one card per issue, channel and period."""
    card_delivery_id: Mapped[DeliveryId] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"), unique=True)
    message_key: Mapped[str] = mapped_column(String(32))
    """The opaque key that the card's buttons carry; everything else is looked up here."""
    opened_after: Mapped[ActivityId]
    """The last activity when the card was opened, told by the card itself: only later ones are said in its thread."""
    created_at: Mapped[datetime]

    drawn_version: Mapped[int] = mapped_column(BigInteger, default=0)
    """The issue's `version` that the message in Slack shows; 0 before it was posted."""
    drawn_at: Mapped[datetime | None]
    drawing_version: Mapped[int | None] = mapped_column(BigInteger)
    """The version that a redraw in flight is drawing; one per message at a time."""
    drawing_until: Mapped[datetime | None]
    pressed_at: Mapped[datetime | None]
    """When somebody last pressed on this very message: it is redrawn first."""
    redraw_at: Mapped[datetime | None]
    """When to draw once more, because a drawing of unknown fate may have arrived late and covered a newer one."""
    draw_failures: Mapped[int] = mapped_column(default=0)
    gone_reason: Mapped[str | None] = mapped_column(String(80))
    """Why the message can no longer be redrawn or answered (deleted in Slack); none while it lives."""
