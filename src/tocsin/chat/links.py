"""Links by which somebody proves to be a chat user: short-lived, for one use and one purpose, and opaque."""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tocsin.chat.errors import LinkExpiredError
from tocsin.chat.models import LinkNonce
from tocsin.kernel.ids import IntegrationId

NONCE_BYTES = 32


class LinkPurpose(StrEnum):
    """What a link is for; it is good for nothing else."""

    LINK = "link"
    UNLINK = "unlink"
    UNDO = "undo"
    """Undo a link that was just made, for the chat user who was told of it, whether they have an account or not."""


LIVES = {
    LinkPurpose.LINK: timedelta(minutes=15),
    LinkPurpose.UNLINK: timedelta(minutes=15),
    LinkPurpose.UNDO: timedelta(days=7),
}
"""The last takes rights away and gives none, and is read whenever somebody next looks into their messages."""


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


def build_undo_url(
    session: Session,
    integration_id: IntegrationId,
    external_id: str,
    *,
    display_name: str,
    base_url: str,
    now: datetime,
) -> str:
    """An address at which the chat user `external_id` can undo their link without signing in."""
    return _build(session, LinkPurpose.UNDO, integration_id, external_id, display_name, base_url, now)


def find_link(session: Session, nonce: str, *, now: datetime) -> LinkNonce | None:
    """What `nonce` stands for, while it can still be used; looking does not use it."""
    found = session.scalars(
        select(LinkNonce).where(LinkNonce.nonce_hash == _hash(nonce), LinkNonce.used_at.is_(None))
    ).one_or_none()
    is_good = found is not None and found.created_at > now - LIVES[LinkPurpose(found.purpose)]
    return found if is_good else None


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
            LinkNonce.created_at > now - LIVES[purpose],
        )
        .values(used_at=now)
        .returning(LinkNonce)
    ).one_or_none()
    if used is None:
        raise LinkExpiredError("This link was used already or is older than it may be; ask for a new one in Slack.")
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
    session.execute(delete(LinkNonce).where(LinkNonce.created_at <= now - max(LIVES.values())))
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
    page = "undo" if purpose is LinkPurpose.UNDO else "link"
    return f"{base_url.rstrip('/')}/{page}/{nonce}"


def _hash(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()
