"""Owns a request to come in, as tests of presses use it: everybody who may decide is asked, and decides by a press."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.slack.office import Card, Office
from tocsin.deliveries.models import Delivery
from tocsin.kernel.db import write
from tocsin.kernel.ids import InvitationId, IssueId
from tocsin.notifications.approvals import request_to_join
from tocsin.notifications.models import ApprovalMessage
from tocsin.organizations.models import Organization
from tocsin.organizations.permit import Source, Via
from tocsin.slack.messages.keys import card_key

CHANNEL = "C0GENERAL"
"""Where presses on it are said to come from; everybody who decides in a test is there to be told something."""


@dataclass(frozen=True)
class JoinRequest:
    """Somebody's request to join Acme; `keys` are those of the messages that ask about it, by the Slack user asked."""

    id: InvitationId
    email: str
    keys: dict[str, str]


def ask_to_join(office: Office, email: str) -> JoinRequest:
    """Somebody asks to join Acme, which takes requests; everybody linked who may decide is asked."""
    with write(office.database) as session:
        acme = session.get_one(Organization, office.world.organizations["acme"])
        acme.join_requests = True
        asked = request_to_join(
            session, acme, email=email, name="New", source=Source(Via.PAGE), now=office.world.clock()
        )
        assert asked is not None
        return JoinRequest(InvitationId(asked.id), email, _keys(session, asked.id))


def _keys(session: Session, invitation_id: int) -> dict[str, str]:
    messages = select(Delivery.recipient, ApprovalMessage.message_key).join(
        Delivery, Delivery.id == ApprovalMessage.delivery_id
    )
    found = session.execute(messages.where(ApprovalMessage.invitation_id == invitation_id))
    return {str(recipient): key for recipient, key in found}


def decision(office: Office, request: JoinRequest, action_id: str, slack_user: str) -> dict[str, Any]:
    """What Slack would send when this person presses `member.approve` or `member.reject` on their own message."""
    key = request.keys[slack_user]
    message = Card(IssueId(0), CHANNEL, "1700000000.000100", key)
    payload = office.payload(message, action_id, by=slack_user)
    payload["actions"][0]["value"] = card_key(key)
    return payload
