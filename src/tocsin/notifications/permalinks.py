"""Where a message can be opened in Slack, and the link that an old card has to the one that came after it."""

from datetime import datetime

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from tocsin.chat.models import Integration
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.issues.change import MESSAGE
from tocsin.kernel import work
from tocsin.kernel.ids import DeliveryId
from tocsin.kernel.statement import Statement
from tocsin.notifications.models import ParentNotification
from tocsin.notifications.parents import find_parent_of_delivery


def permalink(workspace_url: str, channel: str, ts: str) -> str:
    """The address of a message, as Slack's own *Copy link* gives it, without asking Slack for it."""
    return f"{workspace_url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"


def address_of(workspace_url: str, channel: str | None, ts: str | None) -> str | None:
    """The same, as far as it can be known: a message that was not said has none, nor one in an unknown workspace."""
    if channel is None or ts is None or not workspace_url.startswith("https://"):
        return None
    return permalink(workspace_url, channel, ts)


def find_permalink(session: Session, delivery_id: DeliveryId) -> str | None:
    """The address of what this delivery said; `None` before it is sent, and while the workspace's own is unknown."""
    row = session.execute(
        select(Integration.url, Delivery.channel, Delivery.ts)
        .join(Integration, Integration.id == Delivery.integration_id)
        .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.SENT)
    ).one_or_none()
    return None if row is None else address_of(*row)


_FOLLOWING = Statement(
    select(ParentNotification.card_delivery_id)
    .join(Delivery, Delivery.id == ParentNotification.card_delivery_id)
    .where(
        ParentNotification.issue_id == bindparam("of_issue_id"),
        ParentNotification.integration_id == bindparam("of_integration_id"),
        ParentNotification.channel == bindparam("of_channel"),
        ParentNotification.id > bindparam("behind"),
        ParentNotification.gone_reason.is_(None),
        ParentNotification.merged_from_id.is_(None),
        Delivery.state == DeliveryState.SENT,
    )
    .order_by(ParentNotification.id)
    .limit(1)
)


def find_next_card(session: Session, parent: ParentNotification) -> str | None:
    """The address of the card of the same issue that was posted in the same channel after `parent`.

    A card that came over from another issue is none of them: nothing was reopened there.
    """
    if parent.gone_reason is not None or parent.merged_from_id is not None:
        return None
    place = {
        "of_issue_id": parent.issue_id,
        "of_integration_id": parent.integration_id,
        "of_channel": parent.channel,
        "behind": parent.id,
    }
    following = _FOLLOWING.rows(session, place)
    return find_permalink(session, following[0][0]) if following else None


def redraw_older_cards(session: Session, card_delivery_id: DeliveryId, *, now: datetime) -> None:
    """A card was posted: those behind the one before it now have a link to it, and are drawn once more.

    Cards that are older than the last one posted before link to that already (`find_next_card`).
    """
    parent = find_parent_of_delivery(session, card_delivery_id)
    if parent is None:
        return
    older = (
        ParentNotification.issue_id == parent.issue_id,
        ParentNotification.integration_id == parent.integration_id,
        ParentNotification.channel == parent.channel,
        ParentNotification.id < parent.id,
        ParentNotification.gone_reason.is_(None),
    )
    last_posted = session.scalar(
        select(func.max(ParentNotification.id))
        .join(Delivery, Delivery.id == ParentNotification.card_delivery_id)
        .where(*older, ParentNotification.merged_from_id.is_(None), Delivery.state == DeliveryState.SENT)
    )
    behind = update(ParentNotification).where(*older, ParentNotification.id >= (last_posted or 0))
    session.execute(behind.values(redraw_at=now))
    work.ask(session, MESSAGE, parent.issue_id)
