"""Once per gesture: Slack may deliver the same press again, and anybody may replay one for five minutes."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tocsin.chat.models import InboundDelivery
from tocsin.kernel.db import table_of
from tocsin.kernel.statement import Statement
from tocsin.slack.answer import Refused, Repeated
from tocsin.slack.press import FORM, Press

log = structlog.get_logger()

KEPT = timedelta(hours=1)
"""Far longer than a signature is good for, so that no replay outlives its row."""

CLEARING = "0"
"""Keys are hashes: one press in sixteen clears the old rows away, the others do not pay for it."""

REFUSED = "refused"

FORM_REFUSED = (
    "This form was refused when it was first sent, so nothing was done. "
    "Please close it and press the card's button again."
)

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
    """Note this press in the transaction that does or refuses what it asks; false when it was noted before.

    A refusal ends the transaction that would have acted, and its note with it: the one that keeps and words the
    refusal notes the press again.
    """
    key = press.delivery_key
    if key.startswith(CLEARING):
        session.execute(delete(InboundDelivery).where(InboundDelivery.received_at <= now - KEPT))
    return bool(_NOTE.rows(session, {"key": key, "received_at": now}))


def note_refused(session: Session, press: Press, *, now: datetime) -> None:
    """Note that a form came to nothing: Slack may have lost the answer, and the form must not close as if it worked."""
    if press.kind == FORM:
        _NOTE.rows(session, {"key": press.make_key(REFUSED), "received_at": now})


def answer_repeat(session: Session, press: Press) -> Refused | Repeated:
    """What a gesture comes to that `is_first_delivery` knew: silence, but where silence would close a refused form."""
    log.info("slack.press.repeated")
    if press.kind == FORM and session.get(InboundDelivery, press.make_key(REFUSED)) is not None:
        return Refused(FORM_REFUSED)
    return Repeated()
