"""Drawing a card from the database; one that cannot be drawn is told and set aside, so that it stops nobody else's."""

import structlog
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tocsin.kernel.metrics import REGISTRY
from tocsin.notifications.card_facts import card_facts
from tocsin.notifications.models import ParentNotification
from tocsin.slack.messages.card import CardMessage, draw_card

log = structlog.get_logger()

UNDRAWABLE = Counter("tocsin_cards_undrawable", "Cards that could not be drawn: a fault of ours.", registry=REGISTRY)


class UndrawableError(Exception):
    """This card makes our own code fail; the log has the traceback."""


def draw(session: Session, parent: ParentNotification, *, link_base: str) -> tuple[int, CardMessage]:
    """The card of `parent` as its issue is now, with the issue's version that it shows.

    Raises:
        UndrawableError: reading or drawing it failed for this card alone.
    """
    try:
        facts = card_facts(session, parent, link_base=link_base)
        return facts.version, draw_card(facts)
    except SQLAlchemyError:
        raise  # the database's failure is everybody's, and ends the transaction
    except Exception as error:  # whatever it is, the other cards of the channel must not wait for this one
        UNDRAWABLE.inc()
        log.exception("slack.card.undrawable", parent_id=parent.id, issue_id=parent.issue_id)
        raise UndrawableError(type(error).__name__) from error
