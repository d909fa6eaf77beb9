"""A channel goes on under another id: rules tell there, cards are drawn there and their threads answered there."""

from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from tocsin.chat.channels import move_known_channel
from tocsin.deliveries.models import Delivery
from tocsin.deliveries.moving import move_place
from tocsin.deliveries.recovery import Place
from tocsin.notifications.models import ParentNotification
from tocsin.rules.channels import move_rules


def move_channel(session: Session, place: Place, channel: str, *, now: datetime) -> None:
    """Let everything that means the channel `place` mean `channel` of the same workspace; again, it changes nothing."""
    move_place(session, place, channel)
    _move_cards(session, place, channel)
    move_rules(session, place, channel, now=now)
    move_known_channel(session, *place, channel)


def _move_cards(session: Session, place: Place, channel: str) -> None:
    """A card follows its message. It stays where the new id had one of the same issue and period before it was told."""
    integration_id, old = place
    there = select(Delivery.id).where(Delivery.integration_id == integration_id, Delivery.channel == channel)
    other = aliased(ParentNotification)
    taken = exists().where(
        other.issue_id == ParentNotification.issue_id,
        other.integration_id == integration_id,
        other.channel == channel,
        other.period == ParentNotification.period,
        other.sequence == ParentNotification.sequence,
    )
    session.execute(
        update(ParentNotification)
        .where(
            ParentNotification.integration_id == integration_id,
            ParentNotification.channel == old,
            ParentNotification.card_delivery_id.in_(there),
            ~taken,
        )
        .values(channel=channel)
        .execution_options(synchronize_session=False)
    )
