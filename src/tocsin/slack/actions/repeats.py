"""Once per gesture: Slack may deliver the same press again, and anybody may replay one for five minutes."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tocsin.chat.models import InboundDelivery
from tocsin.kernel.db import table_of
from tocsin.kernel.statement import Statement
from tocsin.slack.press import Press

KEPT = timedelta(hours=1)
"""Far longer than a signature is good for, so that no replay outlives its row."""

CLEARING = "0"
"""Keys are hashes: one press in sixteen clears the old rows away, the others do not pay for it."""


_ROW = {"key": bindparam("key"), "received_at": bindparam("received_at")}
_NOTE = Statement(
    {
        dialect.__name__.rpartition(".")[2]: dialect.insert(table_of(InboundDelivery))
        .values(_ROW)
        .on_conflict_do_nothing()
        .returning(InboundDelivery.key)
        for dialect in (postgresql, sqlite)
    }
)


def is_first_delivery(session: Session, press: Press, *, now: datetime) -> bool:
    """Note this press in the transaction that does what it asks; false when one that succeeded has noted it before."""
    key = press.delivery_key
    if key.startswith(CLEARING):
        session.execute(delete(InboundDelivery).where(InboundDelivery.received_at <= now - KEPT))
    return bool(_NOTE.rows(session, {"key": key, "received_at": now}))
