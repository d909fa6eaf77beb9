"""Owns other ways to treat a delivery of unknown fate, each wrong in its own way: what the proofs must see."""

import asyncio
from collections.abc import Callable, Coroutine

from sqlalchemy import update

from tocsin.deliveries import lease, recovery
from tocsin.deliveries.lease import Held
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.parking import unpark_workspace
from tocsin.kernel.db import write
from tocsin.slack.look import Looks
from tocsin.slack.places import read_place

Look = Callable[[Looks, str, Held], Coroutine[object, object, None]]
"""What is done about the uncertain deliveries of one channel, and about those to be swept; `slack.reconcile` is one."""


async def say_it_again(looks: Looks, subject: str, held: Held) -> None:
    """Blind retry: whatever was not answered is posted again. Says things twice."""
    with write(looks.database) as session:
        now = looks.clock()
        for suspect in recovery.find_suspects(session, read_place(subject), now=now):
            recovery.settle_missing(session, suspect)
            recovery.swept(session, suspect, looks.times, now=now)
        lease.release(session, held)


async def take_it_for_said(looks: Looks, subject: str, held: Held) -> None:
    """Log and continue: whatever was not answered counts as said. Loses things."""
    with write(looks.database) as session:
        now = looks.clock()
        for suspect in recovery.find_suspects(session, read_place(subject), now=now):
            recovery.settle_found(session, suspect, f"0.{suspect.id}", looks.times, now=now)
            recovery.swept(session, suspect, looks.times, now=now)
        lease.release(session, held)


async def put_it_aside(looks: Looks, subject: str, held: Held) -> None:
    """Let the others go first: what was not answered is parked for ten seconds. Mixes up the order in a thread."""
    integration_id, _ = place = read_place(subject)
    with write(looks.database) as session:
        now = looks.clock()
        suspects = recovery.find_suspects(session, place, now=now)
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_([suspect.id for suspect in suspects]), Delivery.state == DeliveryState.UNCERTAIN)
            .values(state=DeliveryState.PARKED)
        )
        for suspect in suspects:
            recovery.swept(session, suspect, looks.times, now=now)
        lease.release(session, held)
    await asyncio.sleep(10)
    with write(looks.database) as session:
        unpark_workspace(session, integration_id)
