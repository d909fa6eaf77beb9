"""Opening the direct message of a person for whom deliveries wait, so that they have a channel like any other."""

import asyncio

from sqlalchemy import update
from sqlalchemy.orm import Session

from tocsin.deliveries import lease
from tocsin.deliveries.lease import Held
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.parking import park_place
from tocsin.deliveries.plan import DELIVERY
from tocsin.deliveries.recovery import Place
from tocsin.kernel import work
from tocsin.kernel.db import Database, write
from tocsin.slack.client import SlackClient
from tocsin.slack.errors import RefusedError, SlackCallError


async def open_for_waiting(database: Database, client: SlackClient, place: Place, held: Held) -> None:
    """Open the direct message with the person of `place` and send their deliveries there; asking again is harmless."""
    integration_id, person = place
    channel: str | None = None
    refusal: SlackCallError | None = None
    try:
        channel = await client.open_direct_message(integration_id, person)
    except SlackCallError as error:
        refusal = error
    await asyncio.to_thread(_record, database, place, held, channel, refusal)


def _record(database: Database, place: Place, held: Held, channel: str | None, refusal: SlackCallError | None) -> None:
    with write(database) as session:
        if channel is not None:
            _send_there(session, place, channel)
        elif isinstance(refusal, RefusedError) and refusal.permanent:
            park_place(session, place, f"{refusal.slack_code}: this person takes no direct messages from the app")
        lease.release(session, held)


def _send_there(session: Session, place: Place, channel: str) -> None:
    integration_id, person = place
    moved = session.scalars(
        update(Delivery)
        .where(
            Delivery.integration_id == integration_id,
            Delivery.recipient == person,
            Delivery.channel.is_(None),
            Delivery.state == DeliveryState.PENDING,
        )
        .values(channel=channel)
        .returning(Delivery.id)
    ).all()
    for delivery_id in moved:
        work.ask(session, DELIVERY, delivery_id)
