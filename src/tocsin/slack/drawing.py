"""Drawing messages from the database; one that cannot be drawn is told and set aside, so that it stops no other."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tocsin.kernel.metrics import REGISTRY
from tocsin.notifications.approvals import approval_facts
from tocsin.notifications.card_facts import card_facts
from tocsin.notifications.models import ApprovalMessage, ParentNotification
from tocsin.slack.messages.approval import draw_approval
from tocsin.slack.messages.card import CardMessage, draw_card

log = structlog.get_logger()

UNDRAWABLE = Counter("tocsin_cards_undrawable", "Messages that could not be drawn: a fault of ours.", registry=REGISTRY)


class UndrawableError(Exception):
    """This message makes our own code fail; the log has the traceback."""


def draw(session: Session, message: ParentNotification | ApprovalMessage, *, link_base: str) -> tuple[int, CardMessage]:
    """The card or request that `message` shows as its subject is now, with the version that it shows.

    Raises:
        UndrawableError: reading or drawing it failed for this message alone.
    """
    with set_apart(table=message.__tablename__, message_id=message.id):
        return _draw(session, message, link_base)


@contextmanager
def set_apart(**whose: object) -> Iterator[None]:
    """Make any fault of the block the fault of one message: whatever it is, the others must not wait for that one.

    `whose` is what the log says of it.

    Raises:
        UndrawableError: the block failed, and the database did not.
    """
    try:
        yield
    except (SQLAlchemyError, UndrawableError):
        raise  # the database's failure is everybody's, and ends the transaction
    except Exception as error:
        UNDRAWABLE.inc()
        log.exception("slack.message.undrawable", **whose)
        raise UndrawableError(type(error).__name__) from error


def _draw(session: Session, message: ParentNotification | ApprovalMessage, link_base: str) -> tuple[int, CardMessage]:
    if isinstance(message, ApprovalMessage):
        request = approval_facts(session, message, link_base=link_base)
        return request.version, draw_approval(request)
    facts = card_facts(session, message, link_base=link_base)
    return facts.version, draw_card(facts)
