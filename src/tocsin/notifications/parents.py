"""Looking up parent notifications."""

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from tocsin.deliveries.models import Delivery
from tocsin.kernel.ids import DeliveryId
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
