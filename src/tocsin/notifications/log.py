"""The log of deliveries: the cards and replies of the projects that somebody may see, newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from tocsin.chat.models import Channel, Integration
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.issues.models import Issue
from tocsin.kernel.ids import DeliveryId, IntegrationId, IssueId, ProjectId
from tocsin.notifications.again import can_be_sent_again
from tocsin.notifications.models import ParentNotification
from tocsin.notifications.permalinks import address_of


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
    workspace_url: str
    ts: str | None
    state: DeliveryState
    reason: str | None
    attempts: int
    planned_at: datetime
    sent_at: datetime | None

    @property
    def permalink(self) -> str | None:
        """Where the message stands in Slack; `None` until that is known."""
        return address_of(self.workspace_url, self.channel, self.ts)

    @property
    def can_be_sent_again(self) -> bool:
        """Whether to offer to send it again."""
        return can_be_sent_again(self.state, self.reason)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What of the log is wanted; `None` leaves a column free. `channel` is Slack's id, or the name without `#`."""

    state: DeliveryState | None = None
    kind: str | None = None
    workspace: IntegrationId | None = None
    channel: str | None = None
    issue_id: IssueId | None = None
    since: datetime | None = None
    """When it was planned, at the earliest."""
    until: datetime | None = None
    """Before when it was planned."""

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """The filter in SQL, for a query that has the tables of `list_log`."""
        if self.state is not None:
            yield Delivery.state == self.state
        if self.kind is not None:
            yield Delivery.kind == self.kind
        if self.workspace is not None:
            yield Delivery.integration_id == self.workspace
        if self.channel is not None:
            yield (ParentNotification.channel == self.channel) | (Channel.name == self.channel)
        if self.issue_id is not None:
            yield Issue.id == self.issue_id
        if self.since is not None:
            yield Delivery.created_at >= self.since
        if self.until is not None:
            yield Delivery.created_at < self.until


def list_log(
    session: Session, project_ids: Sequence[ProjectId], wanted: LogFilter, *, limit: int, offset: int = 0
) -> list[LogLine]:
    """The deliveries about issues of these projects that fit.

    Direct messages are not among them: they tell of no issue, and a workspace may serve several organizations.
    """
    found = (
        _lines()
        .where(Issue.project_id.in_(project_ids), *wanted.conditions())
        .order_by(Delivery.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [LogLine(*row) for row in session.execute(found)]


def _lines() -> Select[*tuple[Any, ...]]:
    """The columns of `LogLine`, in its order."""
    card = func.coalesce(Delivery.follows_id, Delivery.id)
    of_channel = (Channel.integration_id == ParentNotification.integration_id) & (
        Channel.external_id == ParentNotification.channel
    )
    return (
        select(
            Delivery.id,
            Delivery.kind,
            Issue.id,
            Issue.short_id,
            ParentNotification.channel,
            Channel.name,
            Integration.name,
            Integration.url,
            Delivery.ts,
            Delivery.state,
            Delivery.reason,
            Delivery.attempts,
            Delivery.created_at,
            Delivery.sent_at,
        )
        .join(ParentNotification, ParentNotification.card_delivery_id == card)
        .join(Issue, Issue.id == ParentNotification.issue_id)
        .join(Integration, Integration.id == Delivery.integration_id)
        .outerjoin(Channel, of_channel)
    )
