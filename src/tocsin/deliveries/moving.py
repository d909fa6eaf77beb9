"""Moving: a channel goes on under another id, and what is said there goes along."""

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from tocsin.deliveries.models import BrokenPlace, Delivery, DeliveryState
from tocsin.deliveries.parking import unpark_place
from tocsin.deliveries.recovery import Place

IN_FLIGHT = (DeliveryState.SENDING, DeliveryState.UNCERTAIN)


def move_place(session: Session, place: Place, channel: str) -> None:
    """What was said in `place` stands in `channel` of the same workspace now, and what waits is due there.

    What is being sent, or looked for, stays where it is: its mark was made for the old id, so in the new channel it
    would never be found, and be said twice. It is settled as in any channel that is gone.
    """
    integration_id, old = place
    session.execute(
        update(Delivery)
        .where(
            Delivery.integration_id == integration_id,
            Delivery.channel == old,
            Delivery.state.not_in(IN_FLIGHT),
            Delivery.sweep_at.is_(None),
        )
        .values(channel=channel)
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(BrokenPlace).where(BrokenPlace.integration_id == integration_id, BrokenPlace.channel == old))
    unpark_place(session, (integration_id, channel))
