"""Mail in the outbox: planned and claimed like what is said in Slack, with what is secret in it sealed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from tocsin.deliveries.claim import Taken, take
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.kernel import work
from tocsin.kernel.ids import DeliveryId
from tocsin.kernel.secrets import SecretBox

MAIL = "mail"
"""The platform of these deliveries, and the kind of work that a planned one asks for."""

LIFETIME = timedelta(days=1)
"""How long a mail server may be away before a mail dies, visibly; then somebody sends it anew."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """What planning a mail needs of this process."""

    secrets: SecretBox
    link_base: str
    """The address of this server, without a slash at its end, for links."""
    is_on: bool
    """Whether a mail server is configured."""


@dataclass(frozen=True, slots=True)
class ClaimedMail(Taken):
    """A mail that is ours to send until `lease_until`, under `fence`."""

    natural_key: str
    tries: int
    """Times that it was handed over or was to be, this one included."""
    was_uncertain: bool
    """Whether it may have arrived by an earlier one."""
    to: str
    data: dict[str, str]
    sealed: str | None


def plan_mail(
    session: Session,
    mailing: Mailing,
    *,
    kind: str,
    to: str,
    data: Mapping[str, str],
    secrets: Mapping[str, str],
    natural_key: str,
    now: datetime,
    lifetime: timedelta = LIFETIME,
) -> DeliveryId | None:
    """Write down that a mail goes to `to`; `None`, and nothing written, where no mail server is configured.

    `kind` names the template (`mail.letters:LETTERS`), which is filled in with `data`, kept in clear, and `secrets`,
    kept sealed and forgotten once the mail is sent or given up: links that let somebody in belong there. After
    `lifetime` it is given up: a mail must not outlive its link.
    """
    if not mailing.is_on:
        return None
    sealed = mailing.secrets.seal(json.dumps(dict(secrets)), context=_context(natural_key))
    delivery = Delivery(
        natural_key=natural_key,
        kind=kind,
        platform=MAIL,
        channel=MAIL,
        body={"to": to, "data": dict(data)},
        sealed=sealed,
        created_at=now,
        expires_at=now + lifetime,
    )
    session.add(delivery)
    session.flush()
    work.ask(session, MAIL, delivery.id)
    return delivery.id


def is_mail_due(session: Session, *, now: datetime) -> bool:
    """Whether a mail may be sent, or tried again, now."""
    return session.scalar(select(Delivery.id).where(_due(now)).limit(1)) is not None


def claim_mail(session: Session, *, now: datetime, lease: timedelta) -> ClaimedMail | None:
    """Take the mail that has waited longest; `None` when none is due.

    A mail of unknown fate is sent again, for there is no place to look whether it arrived: see `docs/decisions.md`.
    """
    delivery = session.scalars(select(Delivery).where(_due(now)).order_by(Delivery.id).limit(1)).first()
    if delivery is None:
        return None
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.state == DeliveryState.UNCERTAIN, Delivery.fence == delivery.fence)
        .values(state=DeliveryState.PENDING)
    )
    if not take(session, delivery, now=now, lease=lease):
        return None
    session.refresh(delivery)
    assert delivery.lease_until is not None
    return ClaimedMail(
        id=delivery.id,
        kind=delivery.kind,
        fence=delivery.fence,
        lease_until=delivery.lease_until,
        planned_at=delivery.created_at,
        natural_key=delivery.natural_key,
        tries=delivery.attempts,
        was_uncertain=delivery.was_uncertain,
        to=delivery.body["to"],
        data=delivery.body["data"],
        sealed=delivery.sealed,
    )


def open_secrets(claimed: ClaimedMail, secrets: SecretBox) -> dict[str, str]:
    """What was sealed in the mail.

    Raises:
        SecretUnreadableError: no present key fits.
    """
    if claimed.sealed is None:
        return {}
    return json.loads(secrets.open(claimed.sealed, context=_context(claimed.natural_key)))


def reseal_mails(session: Session, secrets: SecretBox) -> int:
    """Put what waiting mails hold under the newest key; gives their number.

    Raises:
        SecretUnreadableError: one cannot be read with the present keys; nothing was changed.
    """
    waiting = session.scalars(select(Delivery).where(Delivery.sealed.is_not(None)).with_for_update()).all()
    for delivery in waiting:
        assert delivery.sealed is not None
        delivery.sealed = secrets.reseal(delivery.sealed)
    session.flush()
    return len(waiting)


def _due(now: datetime) -> ColumnElement[bool]:
    waiting = Delivery.state.in_((DeliveryState.PENDING, DeliveryState.UNCERTAIN))
    rested = or_(Delivery.not_before.is_(None), Delivery.not_before <= now)
    young = or_(Delivery.expires_at.is_(None), Delivery.expires_at > now)
    return (Delivery.platform == MAIL) & waiting & rested & young


def _context(natural_key: str) -> str:
    return f"mail:{natural_key}"
