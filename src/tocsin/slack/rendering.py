"""What a delivery says at the moment when it is claimed for the first time."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from tocsin.deliveries import plan
from tocsin.deliveries.claim import Claimed
from tocsin.deliveries.revise import find_revised_ts
from tocsin.kernel.ids import DeliveryId
from tocsin.notifications import approvals
from tocsin.notifications.models import ApprovalMessage, ParentNotification
from tocsin.notifications.parents import find_parent_of_delivery
from tocsin.slack.drawing import draw
from tocsin.slack.messages.rule_test import draw_rule_test
from tocsin.slack.replies import finish_reply
from tocsin.slack.revising import TS

_DRAWN: dict[str, Callable[[Session, DeliveryId], ParentNotification | ApprovalMessage | None]] = {
    plan.CARD: find_parent_of_delivery,
    approvals.APPROVAL: approvals.find_approval_message,
}
"""What is drawn when it is sent, and how the card or request is found; all else is said as it was planned."""


def render(session: Session, claimed: Claimed, *, link_base: str, now: datetime) -> dict[str, Any] | None:
    """What this delivery says: a card as its issue is now, a reply as it was planned, a revision and what it is of.

    `None` where what it was to show is gone.
    """
    if claimed.kind in _DRAWN:
        message = _DRAWN[claimed.kind](session, claimed.id)
        if message is None:
            return None
        version, card = draw(session, message, link_base=link_base)
        message.drawn_version, message.drawn_at = version, now
        session.flush()
        return {"text": card.text, "blocks": card.blocks}
    if claimed.kind == plan.TEST:
        return draw_rule_test(claimed.body)
    if claimed.kind in plan.REVISIONS:
        return claimed.body | {TS: find_revised_ts(session, claimed.body)}
    return finish_reply(session, claimed.body) if claimed.kind == plan.REPLY else claimed.body
