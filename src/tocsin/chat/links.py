"""Links by which a signed-in user proves to be a chat user: short-lived, for one use and one purpose, and opaque."""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tocsin.chat.errors import LinkExpiredError
from tocsin.chat.models import LinkNonce
from tocsin.kernel.ids import IntegrationId

LIFE = timedelta(minutes=15)
NONCE_BYTES = 32


class LinkPurpose(StrEnum):
    """What a link is for; it is good for nothing else."""

    LINK = "link"
    UNLINK = "unlink"


def build_linking_url(
    session: Session,
    integration_id: IntegrationId,
    external_id: str,
    *,
    display_name: str,
    base_url: str,
    now: datetime,
) -> str:
    """An address at which whoever is signed in can become the chat user `external_id`; to be shown to them alone."""
    return _build(session, LinkPurpose.LINK, integration_id, external_id, display_name, base_url, now)


def build_unlinking_url(
    session: Session,
    integration_id: IntegrationId,
    external_id: str,
    *,
    display_name: str,
    base_url: str,
    now: datetime,
) -> str:
    """An address at which the linked user can undo the link of the chat user `external_id`."""
    return _build(session, LinkPurpose.UNLINK, integration_id, external_id, display_name, base_url, now)


def find_link(session: Session, nonce: str, *, now: datetime) -> LinkNonce | None:
    """What `nonce` stands for, while it can still be used; looking does not use it."""
    return session.scalars(
        select(LinkNonce).where(
            LinkNonce.nonce_hash == _hash(nonce), LinkNonce.used_at.is_(None), LinkNonce.created_at > now - LIFE
        )
    ).one_or_none()


def use_link(session: Session, nonce: str, purpose: LinkPurpose, *, now: datetime) -> LinkNonce:
    """Use up `nonce`, in the transaction that does what it is for; of two who come at once, one is refused.

    Raises:
        LinkExpiredError: it is unknown, used, too old, or for another purpose.
    """
    used = session.scalars(
        update(LinkNonce)
        .where(
            LinkNonce.nonce_hash == _hash(nonce),
            LinkNonce.purpose == purpose,
            LinkNonce.used_at.is_(None),
            LinkNonce.created_at > now - LIFE,
        )
        .values(used_at=now)
        .returning(LinkNonce)
    ).one_or_none()
    if used is None:
        raise LinkExpiredError("This link was used already or is older than 15 minutes; ask for a new one in Slack.")
    return used


def _build(
    session: Session,
    purpose: LinkPurpose,
    integration_id: IntegrationId,
    external_id: str,
    display_name: str,
    base_url: str,
    now: datetime,
) -> str:
    nonce = secrets.token_urlsafe(NONCE_BYTES)
    session.execute(delete(LinkNonce).where(LinkNonce.created_at <= now - LIFE))
    session.add(
        LinkNonce(
            nonce_hash=_hash(nonce),
            purpose=purpose,
            integration_id=integration_id,
            external_id=external_id,
            display_name=display_name[:128],
            created_at=now,
        )
    )
    session.flush()
    return f"{base_url.rstrip('/')}/link/{nonce}"


def _hash(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()
