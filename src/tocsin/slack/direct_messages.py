"""Opening the direct message of a person for whom deliveries wait, so that they have a channel like any other."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import update
from sqlalchemy.orm import Session

from tocsin.chat.models import Integration
from tocsin.chat.workspaces import reason_of_workspace
from tocsin.deliveries import lease
from tocsin.deliveries.lease import Held
from tocsin.deliveries.mail import Mailing
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.pace import reserve
from tocsin.deliveries.parking import park_place
from tocsin.deliveries.plan import DELIVERY
from tocsin.deliveries.recovery import Place
from tocsin.kernel import work
from tocsin.kernel.clock import Clock, to_milliseconds
from tocsin.kernel.db import Database, write
from tocsin.slack.client import SlackClient
from tocsin.slack.errors import InstallDeadError, RateLimitedError, RefusedError, SetupError, SlackCallError
from tocsin.slack.heed import heed, is_about_an_old_token
from tocsin.slack.pacing import method_bucket
from tocsin.slack.remedies import reason_of

OPEN = "conversations.open"
SHUT = "this person takes no direct messages from the app"

REST_AFTER_FAILURE = timedelta(seconds=30)
"""How long the catch-up leaves a person alone whose direct message could not be opened just now."""


async def open_for_waiting(
    database: Database,
    client: SlackClient,
    threads: ThreadPoolExecutor,
    place: Place,
    held: Held,
    *,
    mailing: Mailing,
    clock: Clock,
) -> None:
    """Open the direct message with the person of `place` and send their deliveries there; asking again is harmless.

    `threads` are those in which drains wait for the database.
    """
    loop = asyncio.get_running_loop()
    sealed_token = await loop.run_in_executor(threads, _begin, database, place, held, clock())
    if sealed_token is None:
        return
    try:
        answer: str | SlackCallError = await client.open_direct_message(*place)
    except SlackCallError as error:
        answer = error
    end = partial(_end, database, place, held, answer, sealed_token, mailing=mailing, now=clock())
    await loop.run_in_executor(threads, end)


def _begin(database: Database, place: Place, held: Held, now: datetime) -> str | None:
    """The workspace's sealed token when the call may be made now; else what waits is parked, or rests."""
    with write(database) as session:
        integration = session.get_one(Integration, place[0], with_for_update=True)
        if not integration.works:
            park_place(session, place, reason_of_workspace(integration.broken_reason))
            lease.release(session, held)
            return None
        wait = reserve(session, [method_bucket(place[0], OPEN)], now=to_milliseconds(now))
        if wait is not None:
            lease.release(session, held, rest_until=wait)
            return None
        return integration.sealed_bot_token


def _end(
    database: Database,
    place: Place,
    held: Held,
    answer: str | SlackCallError,
    sealed_token: str,
    *,
    mailing: Mailing,
    now: datetime,
) -> None:
    with write(database) as session:
        if isinstance(answer, str):
            _send_there(session, place, answer)
            rest = timedelta()
        elif is_about_an_old_token(session, place[0], answer, sealed_token):
            rest = timedelta()
        else:
            rest = _heed_refusal(session, place, answer, mailing=mailing, now=now)
        lease.release(session, held, rest_until=to_milliseconds(now + rest))


def _heed_refusal(
    session: Session, place: Place, refusal: SlackCallError, *, mailing: Mailing, now: datetime
) -> timedelta:
    """What a failed call means for those who wait; gives how long the catch-up is to leave them alone."""
    match refusal:
        case RateLimitedError() | InstallDeadError():
            heed(session, place, refusal, [method_bucket(place[0], OPEN)], mailing=mailing, now=now)
            return timedelta()  # the pace, or the broken workspace, is met by the next look
        case SetupError():
            park_place(session, place, reason_of(refusal))
            return timedelta()
        case RefusedError() if refusal.permanent:
            park_place(session, place, f"{refusal.slack_code}: {SHUT}")
            return timedelta()
        case _:
            return REST_AFTER_FAILURE


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
