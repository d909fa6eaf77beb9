"""Looking up parent notifications."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from tocsin.deliveries.models import Delivery
from tocsin.kernel.ids import DeliveryId, IssueId
from tocsin.notifications.models import ParentNotification


def find_parent_of_delivery(session: Session, delivery_id: DeliveryId) -> ParentNotification | None:
    """The parent whose card this delivery is, or in whose thread it is a reply; `None` for anything else."""
    delivery = aliased(Delivery)
    return session.scalars(
        select(ParentNotification)
        .join(
            delivery,
            (ParentNotification.card_delivery_id == delivery.id)
            | (ParentNotification.card_delivery_id == delivery.follows_id),
        )
        .where(delivery.id == delivery_id)
    ).one_or_none()


def find_parent_by_key(session: Session, message_key: str) -> ParentNotification | None:
    """The card whose buttons carry `message_key`."""
    return session.scalars(
        select(ParentNotification).where(ParentNotification.message_key == message_key)
    ).one_or_none()


def list_parents(session: Session, issue_id: IssueId) -> Sequence[tuple[ParentNotification, Delivery]]:
    """Every card of an issue with its delivery, oldest first."""
    return (
        session.execute(
            select(ParentNotification, Delivery)
            .join(Delivery, Delivery.id == ParentNotification.card_delivery_id)
            .where(ParentNotification.issue_id == issue_id)
            .order_by(ParentNotification.id)
        )
        .tuples()
        .all()
    )
