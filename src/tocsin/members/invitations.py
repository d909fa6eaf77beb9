"""Invitations: the link that lets one person in, once, and the place they take by it."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.kernel.db import changed_rows
from tocsin.kernel.errors import ConflictError
from tocsin.kernel.ids import InvitationId, OrganizationId, UserId
from tocsin.members.errors import InvitationExpiredError, InvitationNotFoundError, NotTheirsError
from tocsin.members.models import OPEN, Invitation, InviteStatus, Member, User
from tocsin.members.people import LONGEST_NAME, add_member, find_user, get_or_create_user
from tocsin.members.redraws import changed
from tocsin.organizations.audit import AuditEvent, create_audit_entry_from_user
from tocsin.organizations.models import Organization, Team
from tocsin.organizations.permit import Permit, Role, Scope, Source, Via

LINK_LIFE = timedelta(days=30)
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class InviteMail:
    """How the mail with an invitation's newest link stands."""

    state: DeliveryState
    reason: str | None

    @property
    def words(self) -> str:
        """What a list says of it."""
        match self.state:
            case DeliveryState.SENT:
                return "the mail is sent"
            case DeliveryState.DEAD:
                return f"the mail could not be sent: {self.reason}"
            case _:
                return f"the mail waits: {self.reason}" if self.reason else "the mail is on its way"


@dataclass(frozen=True, slots=True)
class Welcome:
    """What whoever opens the link of an invitation is shown."""

    organization: str
    email: str
    name: str
    role: Role
    invited_by: str
    expires_at: datetime
    has_account: bool
    """Whether somebody signs in with this e-mail already, so that nothing but a yes is wanted."""


def make_token(session: Session, invitation: Invitation, *, now: datetime) -> str:
    """A new token of 256 bits for the invitation's link; the one before is good for nothing from now on."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation.token_hash = _hash(token)
    invitation.token_expires_at = now + LINK_LIFE
    invitation.links_made += 1
    changed(session, invitation)
    return token


def end_if_expired(session: Session, invitation: Invitation, *, now: datetime) -> bool:
    """End an invitation that nobody used in time, so that its person can be invited anew; whether it was one."""
    too_late = invitation.token_expires_at is not None and invitation.token_expires_at <= now
    if invitation.status != InviteStatus.APPROVED or not too_late:
        return False
    invitation.status, invitation.token_hash = InviteStatus.EXPIRED, None
    changed(session, invitation)
    return True


def get_invitation(session: Session, organization_id: OrganizationId, invitation_id: InvitationId) -> Invitation:
    """The organization's invitation or request, locked until the transaction ends.

    Raises:
        InvitationNotFoundError: there is none, or it is another organization's.
    """
    found = session.scalars(
        select(Invitation)
        .where(Invitation.id == invitation_id, Invitation.organization_id == organization_id)
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise InvitationNotFoundError("There is no such invitation.")
    return found


def find_open_invitation(session: Session, organization_id: OrganizationId, email: str) -> Invitation | None:
    """The request or invitation of this e-mail that nobody ended yet."""
    return session.scalars(
        select(Invitation).where(
            Invitation.organization_id == organization_id,
            Invitation.email == email.strip().lower(),
            Invitation.status.in_(OPEN),
        )
    ).one_or_none()


def list_open_invitations(session: Session, organization_id: OrganizationId) -> list[Invitation]:
    """Requests that wait for a decision and invitations that nobody used yet, oldest first."""
    wanted = select(Invitation).where(Invitation.organization_id == organization_id, Invitation.status.in_(OPEN))
    return list(session.scalars(wanted.order_by(Invitation.id)))


def find_invite_mails(session: Session, invitations: Sequence[Invitation]) -> dict[InvitationId, InviteMail]:
    """How the mail of each stands; those whose link is passed on by hand have none."""
    rows = session.execute(
        select(Invitation.id, Delivery.state, Delivery.reason)
        .join(Delivery, Delivery.id == Invitation.mail_id)
        .where(Invitation.id.in_([one.id for one in invitations]))
    )
    return {invitation_id: InviteMail(DeliveryState(state), reason) for invitation_id, state, reason in rows}


def look_at_invitation(session: Session, token: str, *, now: datetime) -> Welcome:
    """What the link with `token` offers; looking does not use it, for mail programs open links by themselves.

    Raises:
        InvitationExpiredError: it is good for nothing (any more).
    """
    invitation = _get_by_token(session, token, now=now)
    user = find_user(session, invitation.email)
    assert invitation.token_expires_at is not None
    return Welcome(
        organization=session.get_one(Organization, invitation.organization_id).name,
        email=invitation.email,
        name=invitation.name,
        role=Role(invitation.role),
        invited_by=invitation.decided_by or invitation.asked_by,
        expires_at=invitation.token_expires_at,
        has_account=user is not None and _is_taken(session, user),
    )


def accept_as_newcomer(session: Session, token: str, *, name: str, password_hash: str, now: datetime) -> UserId:
    """Make the account that the invitation is for, give it its place, and use the link up.

    Raises:
        InvitationExpiredError: the link is good for nothing (any more).
        ConflictError: somebody has an account with this e-mail; they sign in instead. Or it was deactivated.
    """
    invitation = _get_by_token(session, token, now=now)
    user = get_or_create_user(session, invitation.email, now=now)
    if _is_taken(session, user):
        raise ConflictError(f"There is an account of {user.email} already; sign in, and open this link again.")
    user.name, user.password_hash = name.strip()[:LONGEST_NAME] or user.name, password_hash
    _take_place(session, invitation, user, now)
    return user.id


def accept_as_user(session: Session, token: str, user_id: UserId, *, now: datetime) -> OrganizationId:
    """Give somebody who is signed in the place that their invitation is for, and use the link up.

    Raises:
        InvitationExpiredError: the link is good for nothing (any more).
        NotTheirsError: it is for another address than that of their account.
    """
    invitation = _get_by_token(session, token, now=now)
    user = session.get_one(User, user_id)
    if user.email != invitation.email:
        raise NotTheirsError(
            f"This invitation is for {invitation.email}, and you are signed in as {user.email}. "
            "Sign out and open the link again, or ask to be invited with your own address."
        )
    _take_place(session, invitation, user, now)
    return invitation.organization_id


def _get_by_token(session: Session, token: str, *, now: datetime) -> Invitation:
    found = session.scalars(
        select(Invitation).where(
            Invitation.token_hash == _hash(token),
            Invitation.status == InviteStatus.APPROVED,
            Invitation.token_expires_at > now,
        )
    ).one_or_none()
    if found is None:
        raise InvitationExpiredError(
            "This invitation was used already, was taken back or replaced by a newer one, or is older than 30 days. "
            "Ask whoever invited you for a new link."
        )
    return found


def _is_taken(session: Session, user: User) -> bool:
    """Whether an account is somebody's: it has a password, or a place.

    A link that a manager of one organization passes on by hand must not become the password of a member of another.
    """
    places = select(Member.id).where(Member.user_id == user.id)
    return user.password_hash is not None or session.scalars(places.limit(1)).first() is not None


def _take_place(session: Session, invitation: Invitation, user: User, now: datetime) -> Member:
    """Use the invitation up, once even when two browsers hold its link, and give `user` the place."""
    used = changed_rows(
        session,
        update(Invitation)
        .where(
            Invitation.id == invitation.id,
            Invitation.status == InviteStatus.APPROVED,
            Invitation.token_hash == invitation.token_hash,  # a newer link ends this one, even at the last moment
        )
        .values(status=InviteStatus.ACCEPTED, token_hash=None),
    )
    if used == 0:
        raise InvitationExpiredError("This invitation was used, or got a newer link, at this very moment.")
    session.refresh(invitation)
    changed(session, invitation)
    if invitation.mail_id is not None and user.email_verified_at is None:
        user.email_verified_at = now  # the newest link, the only good one, went to this address by mail
    # Whoever decided was asked for their own rank then; what they granted stays granted.
    permit = Permit.system(f"Invited by {invitation.decided_by}", Scope(invitation.organization_id), Via.PAGE)
    member = add_member(
        session,
        permit,
        user,
        role=Role(invitation.role),
        now=now,
        teams=session.scalars(
            select(Team).where(Team.id.in_(invitation.team_ids), Team.organization_id == invitation.organization_id)
        ).all(),
    )
    create_audit_entry_from_user(
        session,
        AuditEvent.INVITE_ACCEPT,
        organization_id=invitation.organization_id,
        user_id=user.id,
        label=user.name,
        source=Source(Via.PAGE),
        target=f"invitation:{invitation.id}",
        now=now,
        data={"member_id": member.id, "role": member.role},
    )
    return member


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
