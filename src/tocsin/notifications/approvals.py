"""Requests to come in, as those hear of them who may decide: whom they are told, and what their messages show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.deliveries.plan import Plan, plan_delivery
from tocsin.kernel.ids import IntegrationId, InvitationId, UserId, random_key
from tocsin.members.approvals import describe_request
from tocsin.members.authorize import LEAST_ROLE
from tocsin.members.models import Invitation, InviteStatus
from tocsin.members.organization_service import list_members
from tocsin.members.redraws import APPROVAL
from tocsin.members.requests import list_invited_teams, record_invite_request, record_join_request
from tocsin.notifications.models import ApprovalMessage
from tocsin.notifications.responsible import reach
from tocsin.organizations.models import Organization, Team
from tocsin.organizations.permit import Permit, Role, Source, Verb

LIFETIME = timedelta(days=1)
"""How long Slack may be away before a question is no longer asked there; it stands on the page in any case."""


@dataclass(frozen=True, slots=True)
class ApprovalFacts:
    """What a message shows of a request, as it is now."""

    version: int
    message_key: str
    request: str
    """`Join request` or `Invite request`."""
    status: InviteStatus
    email: str
    name: str
    role: str
    teams: tuple[str, ...]
    """Slugs, without `#`, of the teams that the person would join."""
    organization: str
    asked_by: str
    """Empty where they asked for themselves."""
    decided_by: str
    members_url: str


def request_to_join(
    session: Session, organization: Organization, *, email: str, name: str, source: Source, now: datetime
) -> Invitation | None:
    """Note that somebody asks to join, and ask those who may decide; `None` when they are in or on their way already.

    Raises:
        NotFoundError, InvalidInputError, ConflictError: see `members.requests:record_join_request`.
    """
    invitation = record_join_request(session, organization, email=email, name=name, source=source, now=now)
    if invitation is not None:
        ask_deciders(session, invitation, now=now)
    return invitation


def request_invitation(
    session: Session, permit: Permit, *, email: str, role: Role, now: datetime, teams: Sequence[Team] = ()
) -> Invitation:
    """Note that a member asks for somebody to be invited, and ask those who may decide.

    Raises:
        RoleAboveOwnError, AlreadyThereError, InvalidInputError: see `members.requests:record_invite_request`.
    """
    invitation = record_invite_request(session, permit, email=email, role=role, now=now, teams=teams)
    ask_deciders(session, invitation, now=now)
    return invitation


def ask_deciders(session: Session, invitation: Invitation, *, now: datetime) -> None:
    """Plan a direct message to everybody who may decide and is linked in a workspace that works."""
    for person in reach(session, invitation.organization_id, _deciders(session, invitation)):
        plan = Plan(
            natural_key=f"approval:{invitation.id}:{person.user_id}",
            kind=APPROVAL,
            integration_id=person.integration_id,
            recipient=person.external_id,
            body={"invitation_id": invitation.id},
            expires_at=now + LIFETIME,
        )
        session.add(
            ApprovalMessage(
                invitation_id=invitation.id,
                user_id=person.user_id,
                delivery_id=plan_delivery(session, plan, now=now),
                message_key=random_key(),
                created_at=now,
            )
        )
    session.flush()


def approval_facts(session: Session, message: ApprovalMessage, *, link_base: str) -> ApprovalFacts:
    """What `message` is to show now."""
    invitation = session.get_one(Invitation, message.invitation_id, populate_existing=True)
    organization = session.get_one(Organization, invitation.organization_id)
    is_own = invitation.was_asked_for == InviteStatus.REQUESTED_TO_JOIN
    return ApprovalFacts(
        version=invitation.version,
        message_key=message.message_key,
        request=describe_request(invitation),
        status=InviteStatus(invitation.status),
        email=invitation.email,
        name=invitation.name,
        role=str(invitation.role),
        teams=tuple(list_invited_teams(session, invitation)),
        organization=organization.name,
        asked_by="" if is_own else invitation.asked_by,
        decided_by=invitation.decided_by or "",
        members_url=f"{link_base}/{organization.slug}/members/",
    )


def find_approval_message(session: Session, delivery_id: int) -> ApprovalMessage | None:
    """The message that this delivery says."""
    return session.scalars(select(ApprovalMessage).where(ApprovalMessage.delivery_id == delivery_id)).one_or_none()


def find_next_approval_redraw(
    session: Session, integration_id: IntegrationId, channel: str, *, now: datetime
) -> ApprovalMessage | None:
    """The message of this conversation to redraw next, the newest first."""
    here = (Delivery.integration_id == integration_id, Delivery.channel == channel)
    wanted = _with_subject().where(*here, _is_due(now)).order_by(ApprovalMessage.id.desc())
    return session.execute(wanted.limit(1)).scalars().first()


def find_places_to_redraw_approvals(session: Session, *, now: datetime) -> list[tuple[IntegrationId, str]]:
    """Every conversation with a message that is behind its request."""
    return _places(session, _is_due(now))


def places_of_invitations(session: Session, invitation_ids: Sequence[int]) -> list[tuple[IntegrationId, str]]:
    """Every conversation in which these invitations are shown."""
    ids = [InvitationId(one) for one in invitation_ids]
    return _places(session, ApprovalMessage.invitation_id.in_(ids) & ApprovalMessage.gone_reason.is_(None))


def _deciders(session: Session, invitation: Invitation) -> list[UserId]:
    least = max(LEAST_ROLE[Verb.EDIT_MEMBERS].rank, Role(invitation.role).rank)
    people = list_members(session, invitation.organization_id)
    return [one.user_id for one in people if one.counts and one.role.rank >= least]


def _places(session: Session, which: ColumnElement[bool]) -> list[tuple[IntegrationId, str]]:
    wanted = _with_subject().where(which).with_only_columns(Delivery.integration_id, Delivery.channel).distinct()
    return [
        (integration_id, channel) for integration_id, channel in session.execute(wanted) if integration_id and channel
    ]


def _with_subject() -> Select[ApprovalMessage]:
    return (
        select(ApprovalMessage)
        .join(Invitation, Invitation.id == ApprovalMessage.invitation_id)
        .join(Delivery, Delivery.id == ApprovalMessage.delivery_id)
    )


def _is_due(now: datetime) -> ColumnElement[bool]:
    return (
        ApprovalMessage.gone_reason.is_(None)
        & (Delivery.state == DeliveryState.SENT)
        & or_(ApprovalMessage.drawing_until.is_(None), ApprovalMessage.drawing_until <= now)
        & or_(Invitation.version > ApprovalMessage.drawn_version, ApprovalMessage.redraw_at <= now)
    )
