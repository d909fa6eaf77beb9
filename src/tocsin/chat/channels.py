"""What channels are called: the id is what counts, the name is what people read."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.chat.models import Channel
from tocsin.kernel.ids import IntegrationId


def remember_channel(session: Session, integration_id: IntegrationId, external_id: str, name: str) -> None:
    """Note what the channel (`C...`) is called now, without `#`."""
    channel = _find(session, integration_id, external_id)
    if channel is None:
        session.add(Channel(integration_id=integration_id, external_id=external_id, name=name[:128]))
    else:
        channel.name = name[:128]
    session.flush()


def find_channel_name(session: Session, integration_id: IntegrationId, external_id: str) -> str | None:
    """What the channel was called when we last heard, without `#`."""
    channel = _find(session, integration_id, external_id)
    return None if channel is None else channel.name


def channel_names(session: Session, integration_id: IntegrationId, external_ids: Iterable[str]) -> dict[str, str]:
    """The names of these channels, by id; those never heard of are left out."""
    rows = session.execute(
        select(Channel.external_id, Channel.name).where(
            Channel.integration_id == integration_id, Channel.external_id.in_(list(external_ids))
        )
    )
    return dict(rows.all())


def _find(session: Session, integration_id: IntegrationId, external_id: str) -> Channel | None:
    return session.scalars(
        select(Channel).where(Channel.integration_id == integration_id, Channel.external_id == external_id)
    ).one_or_none()
