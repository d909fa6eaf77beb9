"""Requests: somebody asks to join, a member asks for somebody, or somebody who may invites at once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tocsin.kernel.errors import ConflictError, NotFoundError
from tocsin.kernel.ids import OrganizationId
from tocsin.members.authorize import ANY_PROJECT, find_membership
from tocsin.members.errors import AlreadyThereError
from tocsin.members.invitations import end_if_expired, find_open_invitation
from tocsin.members.models import Invitation, InviteStatus, TeamMembership
from tocsin.members.people import LONGEST_NAME, find_member, find_user, read_email, require_may_grant
from tocsin.organizations.audit import AuditEvent, create_audit_entry, create_audit_entry_from_user
from tocsin.organizations.models import Organization, Team
from tocsin.organizations.permit import Permit, Role, Source

MOST_WAITING = 50
"""Requests of each kind that may wait in one organization: many can write one, and people are told of each."""


def record_join_request(
    session: Session, organization: Organization, *, email: str, name: str, source: Source, now: datetime
) -> Invitation | None:
    """Note that somebody, whoever it is, asks to join as a member; nobody was told yet.

    `None` when they are in or on their way already: the page says the same to them, for it cannot know who asks.

    Raises:
        NotFoundError: the organization takes no requests.
        InvalidInputError: that is no e-mail address.
        ConflictError: too many requests wait.
    """
    if not organization.join_requests:
        raise NotFoundError("There is no such organization, or it cannot be joined by asking.")
    address = read_email(email)
    # First, for when it came second a full list would tell who is in: only they would not be refused.
    _require_room(session, organization.id, InviteStatus.REQUESTED_TO_JOIN)
    if _is_there(session, organization.id, address, now):
        return None

    called = name.strip()[:LONGEST_NAME]
    invitation = _insert(
        session,
        Invitation(
            organization_id=organization.id,
            email=address,
            name=called,
            role=Role.MEMBER,
            status=InviteStatus.REQUESTED_TO_JOIN,
            was_asked_for=InviteStatus.REQUESTED_TO_JOIN,
            asked_by=called or address,
            created_at=now,
        ),
    )
    create_audit_entry_from_user(
        session,
        AuditEvent.INVITE_REQUEST_ADD,
        organization_id=organization.id,
        user_id=None,
        label="somebody who asks to join",
        source=source,
        target=f"invitation:{invitation.id}",
        now=now,
        data=audit_data(session, invitation),
    )
    return invitation


def record_invite_request(
    session: Session, permit: Permit, *, email: str, role: Role, now: datetime, teams: Sequence[Team] = ()
) -> Invitation:
    """Note that a member asks for somebody to be invited; nobody was told yet.

    A team opens its projects, so whoever sees only those of their own teams asks for no others.

    Raises:
        RoleAboveOwnError: nobody asks for a role above their own.
        AlreadyThereError: they are in or on their way already.
        InvalidInputError: that is no e-mail address.
        ConflictError: too many requests wait.
    """
    _require_room(session, permit.scope.organization_id, InviteStatus.REQUESTED_TO_BE_INVITED)
    own = _teams_to_offer(session, permit, teams)
    invitation = _record(session, permit, email, role, own, InviteStatus.REQUESTED_TO_BE_INVITED, now)
    create_audit_entry(
        session,
        permit,
        AuditEvent.INVITE_REQUEST_ADD,
        target=f"invitation:{invitation.id}",
        now=now,
        data=audit_data(session, invitation),
    )
    return invitation


def record_invitation(
    session: Session, permit: Permit, *, email: str, role: Role, now: datetime, teams: Sequence[Team] = ()
) -> Invitation:
    """Note that somebody who may invite does so; `approvals.invite` also sends it.

    Raises:
        RoleAboveOwnError, AlreadyThereError, InvalidInputError: as above.
    """
    return _record(session, permit, email, role, teams, InviteStatus.APPROVED, now)


def audit_data(session: Session, invitation: Invitation) -> dict[str, object]:
    """What the audit log keeps of a request or invitation, for it outlives both."""
    return {
        "email": invitation.email,
        "role": str(invitation.role),
        "status": str(invitation.status),
        "team_ids": invitation.team_ids,
        "teams": list_invited_teams(session, invitation),
    }


def list_invited_teams(session: Session, invitation: Invitation) -> list[str]:
    """The slugs of the teams that its person joins, too: whoever decides is shown them."""
    return list(session.scalars(select(Team.slug).where(Team.id.in_(invitation.team_ids)).order_by(Team.slug)))


def _teams_to_offer(session: Session, permit: Permit, teams: Sequence[Team]) -> list[Team]:
    """Those of `teams` that the permit's person is in themselves; all, for whoever sees every project."""
    if permit.actor.user_id is None:
        return list(teams)
    asker = find_membership(session, permit.actor.user_id, permit.scope.organization_id)
    if asker is None or asker.role.rank >= ANY_PROJECT.rank:
        return list(teams)
    own = set(session.scalars(select(TeamMembership.team_id).where(TeamMembership.member_id == asker.member_id)))
    return [team for team in teams if team.id in own]


def _record(
    session: Session,
    permit: Permit,
    email: str,
    role: Role,
    teams: Sequence[Team],
    status: InviteStatus,
    now: datetime,
) -> Invitation:
    address = read_email(email)
    require_may_grant(session, permit, role)
    if _is_there(session, permit.scope.organization_id, address, now):
        raise AlreadyThereError(f"{address} is a member already, or invited, or waits for somebody to decide.")
    is_request = status != InviteStatus.APPROVED
    return _insert(
        session,
        Invitation(
            organization_id=permit.scope.organization_id,
            email=address,
            name="",
            role=role,
            team_ids=[team.id for team in teams],
            status=status,
            was_asked_for=status if is_request else None,
            asked_by_user_id=permit.actor.user_id,
            asked_by=permit.actor.label,
            decided_by=None if is_request else permit.actor.label,
            decided_at=None if is_request else now,
            created_at=now,
        ),
    )


def _require_room(session: Session, organization_id: OrganizationId, status: InviteStatus) -> None:
    waiting = select(func.count()).where(Invitation.organization_id == organization_id, Invitation.status == status)
    if (session.scalar(waiting) or 0) >= MOST_WAITING:
        raise ConflictError("Too many requests wait to be looked at. Please write to whom you know there.")


def _is_there(session: Session, organization_id: OrganizationId, address: str, now: datetime) -> bool:
    """Whether somebody is a member or on their way in; an invitation that nobody used in time makes room."""
    standing = find_open_invitation(session, organization_id, address)
    if standing is not None and not end_if_expired(session, standing, now=now):
        return True
    user = find_user(session, address)
    return user is not None and find_member(session, organization_id, user.id) is not None


def _insert(session: Session, invitation: Invitation) -> Invitation:
    try:
        with session.begin_nested():
            session.add(invitation)
    except IntegrityError as error:
        raise AlreadyThereError(f"Somebody else invited {invitation.email} at this very moment.") from error
    return invitation
