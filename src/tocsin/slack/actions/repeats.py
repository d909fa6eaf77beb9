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

REFUSED, VALUES = "refused", "values"
"""What is noted of a form beside the gesture: Slack may lose the answer, and the person then sends it again."""

FORM_REFUSED = (
    "This form was refused when it was first sent, so nothing was done. "
    "Please close it and press the card's button again."
)
FORM_TAKEN = (
    "This form was taken when it was first sent; what it says now was not applied. "
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
    is_first = _note(session, key, now)
    if is_first and press.kind == FORM:
        _note(session, _key_of_values(press), now)
    return is_first


def note_refused(session: Session, press: Press, *, now: datetime) -> None:
    """Note that a form came to nothing, so that it does not close as if it had worked when it comes again."""
    if press.kind == FORM:
        _note(session, press.make_key(REFUSED), now)


def is_corrected(session: Session, press: Press) -> bool:
    """Whether a form that was taken before comes with other values: what is asked now was not done."""
    if press.kind != FORM or _is_noted(session, press.make_key(REFUSED)):
        return False
    return not _is_noted(session, _key_of_values(press))


def answer_repeat(session: Session, press: Press) -> Refused | Repeated:
    """What a gesture comes to that `is_first_delivery` knew: silence, but where that would close a form with a lie."""
    log.info("slack.press.repeated")
    if press.kind == FORM and _is_noted(session, press.make_key(REFUSED)):
        return Refused(FORM_REFUSED)
    return Refused(FORM_TAKEN) if is_corrected(session, press) else Repeated()


def _note(session: Session, key: str, now: datetime) -> bool:
    return bool(_NOTE.rows(session, {"key": key, "received_at": now}))


def _is_noted(session: Session, key: str) -> bool:
    return session.get(InboundDelivery, key) is not None


def _key_of_values(press: Press) -> str:
    """Of every input, in whatever order they come; where one ends and the next begins cannot be mistaken."""
    return press.make_key(VALUES, *(part for name in sorted(press.values) for part in (name, press.values[name])))
