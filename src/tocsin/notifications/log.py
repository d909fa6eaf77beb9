"""The log of deliveries: the cards and replies of the projects that somebody may see, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tocsin.chat.models import Channel, Integration
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.issues.models import Issue
from tocsin.kernel.ids import DeliveryId, IssueId, ProjectId
from tocsin.notifications.again import can_be_sent_again
from tocsin.notifications.models import ParentNotification


@dataclass(frozen=True, slots=True)
class LogLine:
    """One delivery, as its page tells it."""

    id: DeliveryId
    kind: str
    issue_id: IssueId
    short_id: str
    channel: str
    channel_name: str | None
    workspace_name: str
    state: DeliveryState
    reason: str | None
    attempts: int
    planned_at: datetime
    sent_at: datetime | None

    @property
    def can_be_sent_again(self) -> bool:
        """Whether to offer to send it again."""
        return can_be_sent_again(self.state, self.reason)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What of the log is wanted; `None` leaves a column free. `channel` is Slack's id, or the name without `#`."""

    state: DeliveryState | None = None
    kind: str | None = None
    channel: str | None = None
    issue_id: IssueId | None = None


def list_log(
    session: Session, project_ids: Sequence[ProjectId], wanted: LogFilter, *, limit: int, offset: int = 0
) -> list[LogLine]:
    """The deliveries about issues of these projects that fit.

    Direct messages are not among them: they tell of no issue, and a workspace may serve several organizations.
    """
    found = (
        select(
            Delivery.id,
            Delivery.kind,
            Issue.id.label("issue_id"),
            Issue.short_id,
            ParentNotification.channel,
            Channel.name.label("channel_name"),
            Integration.name.label("workspace_name"),
            Delivery.state,
            Delivery.reason,
            Delivery.attempts,
            Delivery.created_at.label("planned_at"),
            Delivery.sent_at,
        )
        .join(
            ParentNotification, ParentNotification.card_delivery_id == func.coalesce(Delivery.follows_id, Delivery.id)
        )
        .join(Issue, Issue.id == ParentNotification.issue_id)
        .join(Integration, Integration.id == Delivery.integration_id)
        .outerjoin(
            Channel,
            (Channel.integration_id == ParentNotification.integration_id)
            & (Channel.external_id == ParentNotification.channel),
        )
        .where(Issue.project_id.in_(project_ids))
        .order_by(Delivery.id.desc())
        .limit(limit)
        .offset(offset)
    )
    if wanted.state is not None:
        found = found.where(Delivery.state == wanted.state)
    if wanted.kind is not None:
        found = found.where(Delivery.kind == wanted.kind)
    if wanted.channel is not None:
        found = found.where((ParentNotification.channel == wanted.channel) | (Channel.name == wanted.channel))
    if wanted.issue_id is not None:
        found = found.where(Issue.id == wanted.issue_id)
    return [
        LogLine(
            id=row.id,
            kind=row.kind,
            issue_id=row.issue_id,
            short_id=row.short_id,
            channel=row.channel,
            channel_name=row.channel_name,
            workspace_name=row.workspace_name,
            state=DeliveryState(row.state),
            reason=row.reason,
            attempts=row.attempts,
            planned_at=row.planned_at,
            sent_at=row.sent_at,
        )
        for row in session.execute(found)
    ]
