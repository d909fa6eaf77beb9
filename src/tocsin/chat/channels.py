"""What channels are called: the id is what counts, the name is what people read."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, delete, exists, false, select, true, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from tocsin.chat.models import Channel, CommentChannel, TeamChannel
from tocsin.kernel.ids import IntegrationId


def remember_channel(session: Session, integration_id: IntegrationId, external_id: str, name: str) -> None:
    """Note what the channel (`C...`) is called now, without `#`."""
    channel = _find(session, integration_id, external_id)
    if channel is None:
        session.add(Channel(integration_id=integration_id, external_id=external_id, name=name[:128]))
    else:
        channel.name = name[:128]
    session.flush()


def move_known_channel(session: Session, integration_id: IntegrationId, old: str, new: str) -> None:
    """The channel goes on under another id: its name, the teams met there and the comments told there go along."""
    _move(session, TeamChannel, TeamChannel.channel, (integration_id, old), new)
    known = aliased(CommentChannel)
    is_there = exists().where(
        known.organization_id == CommentChannel.organization_id,
        known.integration_id == integration_id,
        known.channel == new,
    )
    _move(session, CommentChannel, CommentChannel.channel, (integration_id, old), new, ~is_there)
    is_new = true() if _find(session, integration_id, new) is None else false()
    _move(session, Channel, Channel.external_id, (integration_id, old), new, is_new)


def _move(
    session: Session,
    table: type[TeamChannel] | type[CommentChannel] | type[Channel],
    column: InstrumentedAttribute[str],
    place: tuple[IntegrationId, str],
    new: str,
    *also: ColumnElement[bool],
) -> None:
    """Change the channel's id in one table, and forget what stood there under both."""
    integration_id, old = place
    of_old = (table.integration_id == integration_id, column == old)
    unsynchronized = {"synchronize_session": False}
    session.execute(update(table).where(*of_old, *also).values({column: new}), execution_options=unsynchronized)
    session.execute(delete(table).where(*of_old), execution_options=unsynchronized)


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
