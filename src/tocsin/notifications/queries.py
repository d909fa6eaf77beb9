"""Where an issue stands in chat: its cards, channel by channel, with what became of each message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tocsin.chat.models import Channel, Integration
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.issues.models import Issue
from tocsin.kernel.ids import DeliveryId, IssueId
from tocsin.notifications.again import can_be_sent_again
from tocsin.notifications.models import ParentNotification
from tocsin.notifications.permalinks import address_of

CARDS_AT_MOST = 50
"""Cards of one issue that a page lists, newest first."""

MOVING = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCERTAIN)
URGENCY = (
    DeliveryState.PARKED,
    DeliveryState.DEAD,
    DeliveryState.UNCERTAIN,
    DeliveryState.SENDING,
    DeliveryState.PENDING,
    DeliveryState.FOLDED,
    DeliveryState.SENT,
)
"""The states, what most needs somebody's eye first."""


@dataclass(frozen=True, slots=True)
class ReplyCount:
    """How many replies of one thread are in one state, and why one of them is."""

    state: DeliveryState
    count: int
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardState:
    """One card of an issue and its thread, as far as we know."""

    delivery_id: DeliveryId
    channel: str
    channel_name: str | None
    """Without `#`; `None` while nobody told us."""
    workspace_name: str
    workspace_url: str
    state: DeliveryState
    reason: str | None
    gone_reason: str | None
    ts: str | None
    planned_at: datetime
    sent_at: datetime | None
    is_behind: bool
    """Whether the message still shows an older state of the issue."""
    replies: tuple[ReplyCount, ...]

    @property
    def permalink(self) -> str | None:
        """Where the card stands in Slack; `None` where it does not."""
        return None if self.gone_reason else address_of(self.workspace_url, self.channel, self.ts)

    @property
    def can_be_sent_again(self) -> bool:
        """Whether to offer to send the card again."""
        return self.gone_reason is None and can_be_sent_again(self.state, self.reason)

    @property
    def is_settled(self) -> bool:
        """Whether nothing more happens here by itself."""
        if self.state in MOVING or any(reply.state in MOVING for reply in self.replies):
            return False
        return not self.is_behind or self.gone_reason is not None


@dataclass(frozen=True, slots=True)
class CardPlace:
    """A channel in which an issue stands: how its newest card there is, and where it opens."""

    channel: str
    """Its name without `#`, or its id while nobody told us."""
    state: DeliveryState
    gone_reason: str | None
    permalink: str | None

    def urgency(self) -> int:
        """The less, the sooner somebody should look."""
        return 0 if self.gone_reason else URGENCY.index(self.state)


def list_cards(session: Session, issue_id: IssueId) -> list[CardState]:
    """The cards of an issue with their threads, newest first."""
    rows = session.execute(
        select(
            ParentNotification.card_delivery_id,
            ParentNotification.channel,
            Channel.name.label("channel_name"),
            Integration.name.label("workspace_name"),
            Integration.url.label("workspace_url"),
            Delivery.state,
            Delivery.reason,
            ParentNotification.gone_reason,
            Delivery.ts,
            ParentNotification.created_at.label("planned_at"),
            Delivery.sent_at,
            (Issue.version > ParentNotification.drawn_version).label("is_behind"),
        )
        .join(Delivery, Delivery.id == ParentNotification.card_delivery_id)
        .join(Integration, Integration.id == ParentNotification.integration_id)
        .join(Issue, Issue.id == ParentNotification.issue_id)
        .outerjoin(
            Channel,
            (Channel.integration_id == ParentNotification.integration_id)
            & (Channel.external_id == ParentNotification.channel),
        )
        .where(ParentNotification.issue_id == issue_id)
        .order_by(ParentNotification.id.desc())
        .limit(CARDS_AT_MOST)
    ).all()
    replies = _count_replies(session, [row.card_delivery_id for row in rows])
    return [
        CardState(
            delivery_id=row.card_delivery_id,
            channel=row.channel,
            channel_name=row.channel_name,
            workspace_name=row.workspace_name,
            workspace_url=row.workspace_url,
            state=DeliveryState(row.state),
            reason=row.reason,
            gone_reason=row.gone_reason,
            ts=row.ts,
            planned_at=row.planned_at,
            sent_at=row.sent_at,
            # A card that was not said yet is drawn as the issue is when it is said.
            is_behind=row.state == DeliveryState.SENT and row.is_behind,
            replies=tuple(replies.get(row.card_delivery_id, ())),
        )
        for row in rows
    ]


def list_places(session: Session, issue_ids: Sequence[IssueId]) -> dict[IssueId, list[CardPlace]]:
    """In which channels each of these issues stands, by its newest card in each; what needs somebody's eye first."""
    newest = (
        select(func.max(ParentNotification.id))
        .where(ParentNotification.issue_id.in_(issue_ids))
        .group_by(ParentNotification.issue_id, ParentNotification.integration_id, ParentNotification.channel)
    )
    rows = session.execute(
        select(
            ParentNotification.issue_id,
            ParentNotification.channel,
            Channel.name.label("channel_name"),
            Integration.url.label("workspace_url"),
            Delivery.state,
            ParentNotification.gone_reason,
            Delivery.ts,
        )
        .join(Delivery, Delivery.id == ParentNotification.card_delivery_id)
        .join(Integration, Integration.id == ParentNotification.integration_id)
        .outerjoin(
            Channel,
            (Channel.integration_id == ParentNotification.integration_id)
            & (Channel.external_id == ParentNotification.channel),
        )
        .where(ParentNotification.id.in_(newest))
        .order_by(ParentNotification.id)
    )
    places: dict[IssueId, list[CardPlace]] = {}
    for issue_id, channel, name, url, state, gone, ts in rows:
        place = CardPlace(name or channel, DeliveryState(state), gone, None if gone else address_of(url, channel, ts))
        places.setdefault(issue_id, []).append(place)
    return {issue_id: sorted(found, key=CardPlace.urgency) for issue_id, found in places.items()}


def _count_replies(session: Session, cards: Sequence[DeliveryId]) -> dict[DeliveryId, list[ReplyCount]]:
    rows = session.execute(
        select(Delivery.follows_id, Delivery.state, func.count(), func.max(Delivery.reason))
        .where(Delivery.follows_id.in_(cards))
        .group_by(Delivery.follows_id, Delivery.state)
        .order_by(Delivery.follows_id, Delivery.state)
    )
    replies: dict[DeliveryId, list[ReplyCount]] = {}
    for card, state, count, reason in rows:
        if card is not None:
            replies.setdefault(card, []).append(ReplyCount(DeliveryState(state), count, reason))
    return replies
