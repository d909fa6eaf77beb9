"""Once per gesture: Slack may deliver the same press again, and anybody may replay one for five minutes."""

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tocsin.chat.models import InboundDelivery
from tocsin.slack.press import Press

KEPT = timedelta(hours=1)
"""Far longer than a signature is good for, so that no replay outlives its row."""

CLEARING = "0"
"""Keys are hashes: one press in sixteen clears the old rows away, the others do not pay for it."""


_TABLE = cast("Table", InboundDelivery.__table__)
_ROW = {"key": bindparam("key"), "received_at": bindparam("received_at")}
# Made once: a statement that is composed for each press costs as much as running it.
_NOTE = {
    dialect.__name__.rpartition(".")[2]: dialect.insert(_TABLE)
    .values(_ROW)
    .on_conflict_do_nothing()
    .returning(_TABLE.c.key)
    for dialect in (postgresql, sqlite)
}


def is_first_delivery(session: Session, press: Press, *, now: datetime) -> bool:
    """Note this press in the transaction that does what it asks; false when one that succeeded has noted it before."""
    key = press.delivery_key
    if key.startswith(CLEARING):
        session.execute(delete(InboundDelivery).where(InboundDelivery.received_at <= now - KEPT))
    note = _NOTE[session.get_bind().dialect.name]
    return session.execute(note, {"key": key, "received_at": now}).first() is not None
