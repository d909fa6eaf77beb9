"""The buttons of a request to come in: somebody who may decides, once, wherever they are asked."""

from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.chat.models import OrganizationIntegration
from tocsin.deliveries.models import Delivery
from tocsin.http.deps import Deps
from tocsin.kernel.errors import NotFoundError, TocsinError, WriterBusyError
from tocsin.kernel.ids import UserId
from tocsin.members.approvals import approve_member_invitation, describe_request, reject_member_invitation
from tocsin.members.authorize import authorize, record_refusal
from tocsin.members.errors import RefusedError
from tocsin.members.invitations import get_invitation
from tocsin.members.models import Invitation
from tocsin.members.organization_service import OrganizationContext, get_organization_by_id
from tocsin.notifications.models import ApprovalMessage
from tocsin.organizations.permit import Scope, Verb
from tocsin.slack.actions.presser import NotLinkedError, find_standing, find_user_id, get_identity
from tocsin.slack.actions.refusals import STRANGERS, api_error, name_account, refuse
from tocsin.slack.actions.repeats import answer_repeat, is_first_delivery
from tocsin.slack.answer import Answer, Handled
from tocsin.slack.edge import SlackEdge, write_press
from tocsin.slack.messages import mrkdwn
from tocsin.slack.messages.approval import APPROVE
from tocsin.slack.press import Press

log = structlog.get_logger()

GONE = (
    "This request no longer exists, or it belongs to an organization that does not use this workspace any more. "
    "Nothing was done."
)
NO_PLACE = (
    "The account that you are linked to, {account}, has no place in the organization of this request, so nothing was "
    "done. If it is the wrong account, <{url}|unlink it>, then press again; otherwise ask an owner to let it in."
)
DEACTIVATED = (
    "The account that you are linked to, {account}, is deactivated or its place in the organization of this request "
    "is, so nothing was done. Ask an owner to activate it; if it is the wrong account, <{url}|unlink it> first."
)
NO_MAIL = (
    "{request} for {email} is approved, but this server sends no mail: "
    "<{url}|make a link on the page Members> and pass it on yourself."
)


class RequestGoneError(NotFoundError):
    """The button's key leads to no request of this workspace and its organizations."""

    code = "slack.request_gone"


async def handle_member_approval(edge: SlackEdge, press: Press) -> Handled:
    """Approve or reject the request of the pressed message, as the account that the presser is linked to.

    The redraw of every decider's message tells the outcome; what stands in the way is told to the presser alone.
    """

    def say(session: Session) -> str:
        _keep(session, press, now=edge.deps.clock())
        return STRANGERS[standing]

    standing = await find_standing(edge, press)
    if standing in STRANGERS:
        log.warning("slack.press.stranger", standing=standing)
        return await edge.in_thread(refuse, edge.deps, press, say)
    return await edge.in_thread(_attempt, edge.deps, press)


def get_request(session: Session, press: Press) -> Invitation:
    """The request of the pressed message, if it stands in this workspace and its organization uses it.

    Raises:
        RequestGoneError: it does not, or there is no such message.
    """
    found = session.scalars(
        select(Invitation)
        .join(ApprovalMessage, ApprovalMessage.invitation_id == Invitation.id)
        .join(Delivery, Delivery.id == ApprovalMessage.delivery_id)
        .join(OrganizationIntegration, OrganizationIntegration.organization_id == Invitation.organization_id)
        .where(
            ApprovalMessage.message_key == press.card_key,
            Delivery.integration_id == press.integration_id,
            OrganizationIntegration.integration_id == press.integration_id,
        )
    ).one_or_none()
    if found is None:
        raise RequestGoneError(GONE)
    return found


def _organization_of(session: Session, request: Invitation, user_id: UserId) -> OrganizationContext:
    """The organization that somebody asks to come into, and the presser's place in it."""
    organization = get_organization_by_id(session, request.organization_id, user_id=user_id)
    assert organization is not None, "a request goes with its organization"
    return organization


def _attempt(deps: Deps, press: Press) -> Handled:
    try:
        return _decide(deps, press)
    except (NotLinkedError, WriterBusyError) as error:
        return api_error(deps, press, error, Verb.EDIT_MEMBERS)
    except TocsinError as error:
        log.info("slack.press.refused", error_code=error.code)
        return refuse(deps, press, partial(_explain, deps=deps, press=press, error=error))


def _decide(deps: Deps, press: Press) -> Handled:
    """The press's one transaction. Who they are comes first, then the request, then whether they may."""
    now = deps.clock()
    with write_press(deps.database, press.arrived) as session:
        if not is_first_delivery(session, press, now=now):
            return answer_repeat(session, press)
        user_id = get_identity(session, press)
        request = get_request(session, press)
        organization = _organization_of(session, request, user_id)
        permit = authorize(session, user_id, Verb.EDIT_MEMBERS, Scope(organization.id), source=press.source)
        invitation = get_invitation(session, organization.id, request.id)
        if press.action_id != APPROVE.action_id:
            reject_member_invitation(session, permit, invitation, now=now)
            return None
        issued = approve_member_invitation(session, permit, invitation, deps.mailing, now=now)
        if issued.link is None:
            return None
        told = NO_MAIL.format(
            request=describe_request(invitation),
            email=mrkdwn.escape(invitation.email),
            url=f"{deps.settings.link_base}/{organization.slug}/members/",
        )
    return Answer(told)


def _explain(session: Session, *, deps: Deps, press: Press, error: TocsinError) -> str:
    """The sentence for `error`; refused rights are kept in the audit log."""
    match error:
        case RequestGoneError():
            return mrkdwn.escape(str(error))
        case NotFoundError():
            _keep(session, press, now=deps.clock())
            return _wrong_account(session, deps, press)
        case RefusedError():
            _keep(session, press, now=deps.clock())
    return mrkdwn.escape(str(error))


def _wrong_account(session: Session, deps: Deps, press: Press) -> str:
    """Whom Tocsin takes the presser for, what that account lacks, and how to change either."""
    user_id = get_identity(session, press)
    organization = _organization_of(session, get_request(session, press), user_id)
    has_place = organization.member is not None
    return name_account(session, deps, press, user_id, DEACTIVATED if has_place else NO_PLACE)


def _keep(session: Session, press: Press, *, now: datetime) -> None:
    """Keep in the audit log that somebody known was refused."""
    user_id = find_user_id(session, press)
    if user_id is None:
        return
    try:
        request = get_request(session, press)
    except RequestGoneError:
        return
    scope, target = Scope(request.organization_id), f"invitation:{request.id}"
    record_refusal(session, user_id, Verb.EDIT_MEMBERS, scope, source=press.source, target=target, now=now)
