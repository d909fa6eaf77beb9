"""Once per gesture: Slack may deliver the same press again, and anybody may replay one for five minutes."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tocsin.chat.models import InboundDelivery
from tocsin.slack.press import Press

KEPT = timedelta(hours=1)
"""Far longer than a signature is good for, so that no replay outlives its row."""


def is_first_delivery(session: Session, press: Press, *, now: datetime) -> bool:
    """Note this press in the transaction that does what it asks; false when one that succeeded has noted it before."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(delete(InboundDelivery).where(InboundDelivery.received_at <= now - KEPT))
    row = {"key": press.delivery_key, "received_at": now}
    noted = dialect.insert(InboundDelivery).values(row).on_conflict_do_nothing().returning(InboundDelivery.key)
    return session.scalars(noted).first() is not None
