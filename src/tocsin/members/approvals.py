"""Deciding who comes in: approving, rejecting, taking back, and the mail that carries the link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from tocsin.deliveries.mail import Mailing, plan_mail
from tocsin.kernel.db import changed_rows
from tocsin.kernel.errors import ConflictError, InvalidInputError
from tocsin.members.errors import AlreadyDecidedError, AlreadyThereError
from tocsin.members.invitations import LINK_LIFE, make_token
from tocsin.members.models import REQUESTED, Invitation, InviteStatus
from tocsin.members.people import find_member, find_user, require_may_grant
from tocsin.members.redraws import changed
from tocsin.members.requests import audit_data, record_invitation
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Organization, Team
from tocsin.organizations.permit import Permit, Role

INVITATION = "invitation"
"""The kind of the mail with the link."""

DECISIONS = {
    InviteStatus.APPROVED: "approved",
    InviteStatus.ACCEPTED: "approved",
    InviteStatus.REJECTED: "rejected",
    InviteStatus.REVOKED: "taken back",
    InviteStatus.EXPIRED: "approved",
}
"""What became of a request, in a word; the few who may decide are told it with a name."""


@dataclass(frozen=True, slots=True)
class Issued:
    """An invitation with a new link; `link` is given, this once, where it did not go by mail."""

    invitation: Invitation
    link: str | None


def invite(
    session: Session,
    permit: Permit,
    mailing: Mailing,
    *,
    email: str,
    role: Role,
    now: datetime,
    teams: Sequence[Team] = (),
) -> Issued:
    """Invite somebody at once, by somebody who may.

    Raises:
        RoleAboveOwnError: nobody grants a role above their own.
        AlreadyThereError: they are in or on their way already.
        InvalidInputError: that is no e-mail address.
    """
    invitation = record_invitation(session, permit, email=email, role=role, now=now, teams=teams)
    _audit(session, permit, AuditEvent.MEMBER_INVITE, invitation, now)
    return send_invite_email(session, invitation, mailing, now=now)


def approve_member_invitation(
    session: Session, permit: Permit, invitation: Invitation, mailing: Mailing, *, now: datetime
) -> Issued:
    """Approve a request, and send the link that lets its person in.

    Raises:
        AlreadyDecidedError: somebody was faster.
        RoleAboveOwnError, AlreadyThereError, ConflictError: see `validate_invitation`.
    """
    _require_undecided(invitation)
    validate_invitation(session, permit, invitation)
    _decide(session, permit, invitation, InviteStatus.APPROVED, now)
    _audit(session, permit, AuditEvent.MEMBER_INVITE, invitation, now)
    return send_invite_email(session, invitation, mailing, now=now)


def reject_member_invitation(session: Session, permit: Permit, invitation: Invitation, *, now: datetime) -> None:
    """Reject a request. Its row stays, for messages in Slack tell who decided; nobody can come in by it.

    Raises:
        AlreadyDecidedError: somebody was faster.
        RoleAboveOwnError: nobody decides about a role above their own.
    """
    _require_undecided(invitation)
    require_may_grant(session, permit, Role(invitation.role))
    data = audit_data(session, invitation)
    _decide(session, permit, invitation, InviteStatus.REJECTED, now)
    _audit(session, permit, AuditEvent.INVITE_REQUEST_REMOVE, invitation, now, data=data)


def validate_invitation(session: Session, permit: Permit, invitation: Invitation) -> None:
    """Look whether the permit's person may let this one in, as things stand now.

    Raises:
        RoleAboveOwnError: the role is above their own.
        AlreadyThereError: the person came in by another way meanwhile.
        ConflictError: the organization takes no requests to join any more.
    """
    require_may_grant(session, permit, Role(invitation.role))
    organization = session.get_one(Organization, invitation.organization_id)
    if invitation.was_asked_for == InviteStatus.REQUESTED_TO_JOIN and not organization.join_requests:
        raise ConflictError(
            f"{organization.name} takes no requests to join any more; "
            "reject this one, or allow them on the page Members."
        )
    user = find_user(session, invitation.email)
    if user is not None and find_member(session, organization.id, user.id) is not None:
        raise AlreadyThereError(f"{invitation.email} is a member already; reject the request.")


def revoke_invitation(session: Session, permit: Permit, invitation: Invitation, *, now: datetime) -> None:
    """Take back an invitation that nobody used yet; its link is good for nothing from now on.

    Raises:
        ConflictError: it was used, or ended otherwise.
        RoleAboveOwnError: nobody decides about a role above their own.
    """
    _require_invited(invitation)
    require_may_grant(session, permit, Role(invitation.role))
    invitation.status, invitation.token_hash = InviteStatus.REVOKED, None
    invitation.decided_by, invitation.decided_at = permit.actor.label, now
    changed(session, invitation)
    _audit(session, permit, AuditEvent.INVITE_REVOKE, invitation, now)


def resend_invitation(
    session: Session, permit: Permit, invitation: Invitation, mailing: Mailing, *, now: datetime
) -> Issued:
    """Send a new link, good for 30 days again; the old one ends.

    Raises:
        ConflictError: it was used, or ended otherwise.
        RoleAboveOwnError: nobody decides about a role above their own.
    """
    _require_invited(invitation)
    require_may_grant(session, permit, Role(invitation.role))
    _audit(session, permit, AuditEvent.INVITE_LINK, invitation, now)
    return send_invite_email(session, invitation, mailing, now=now)


def make_invitation_link(
    session: Session, permit: Permit, invitation: Invitation, mailing: Mailing, *, now: datetime
) -> str:
    """A new link to pass on by hand; the one before ends. It is shown this once and kept nowhere.

    Raises:
        ConflictError: the invitation was used, or ended otherwise.
        RoleAboveOwnError: nobody decides about a role above their own.
    """
    _require_invited(invitation)
    require_may_grant(session, permit, Role(invitation.role))
    _audit(session, permit, AuditEvent.INVITE_LINK, invitation, now)
    invitation.mail_id = None
    return _link(mailing, make_token(session, invitation, now=now))


def send_invite_email(session: Session, invitation: Invitation, mailing: Mailing, *, now: datetime) -> Issued:
    """Make a new link and plan the mail that carries it; without a mail server, give it to the caller instead."""
    link = _link(mailing, make_token(session, invitation, now=now))
    invitation.mail_id = plan_mail(
        session,
        mailing,
        kind=INVITATION,
        to=invitation.email,
        data={
            "name": invitation.name,
            "invited_by": invitation.decided_by or invitation.asked_by,
            "organization": session.get_one(Organization, invitation.organization_id).name,
            "role": str(invitation.role),
            "until": f"{now + LINK_LIFE:%d %B %Y}",
        },
        secrets={"link": link},
        natural_key=f"mail:invitation:{invitation.id}:{invitation.links_made}",
        now=now,
    )
    session.flush()
    return Issued(invitation, link if invitation.mail_id is None else None)


def describe_decision(invitation: Invitation) -> str:
    """What became of a request or invitation, and by whom: `Join request for … was rejected by Ada.`."""
    decision = DECISIONS.get(InviteStatus(invitation.status), "not decided yet")
    return f"{describe_request(invitation)} for {invitation.email} was {decision} by {invitation.decided_by}."


def describe_request(invitation: Invitation) -> str:
    """`Join request`, `Invite request` or `Invitation`."""
    match invitation.was_asked_for:
        case InviteStatus.REQUESTED_TO_JOIN:
            return "Join request"
        case InviteStatus.REQUESTED_TO_BE_INVITED:
            return "Invite request"
        case _:
            return "Invitation"


def _require_undecided(invitation: Invitation) -> None:
    if invitation.status not in REQUESTED:
        raise AlreadyDecidedError(describe_decision(invitation))


def _require_invited(invitation: Invitation) -> None:
    if invitation.status in REQUESTED:
        raise InvalidInputError("Nobody decided about this request yet; approve or reject it.")
    if invitation.status != InviteStatus.APPROVED:
        raise AlreadyDecidedError(
            f"{invitation.email} came in already."
            if invitation.status == InviteStatus.ACCEPTED
            else describe_decision(invitation)
        )


def _decide(session: Session, permit: Permit, invitation: Invitation, status: InviteStatus, now: datetime) -> None:
    """One decision for each request, even when two people press at the same moment."""
    decided = changed_rows(
        session,
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.status.in_(REQUESTED))
        .values(status=status, decided_by=permit.actor.label, decided_at=now),
    )
    session.refresh(invitation)
    if decided == 0:
        raise AlreadyDecidedError(describe_decision(invitation))
    changed(session, invitation)


def _audit(
    session: Session,
    permit: Permit,
    event: AuditEvent,
    invitation: Invitation,
    now: datetime,
    *,
    data: dict[str, object] | None = None,
) -> None:
    create_audit_entry(
        session,
        permit,
        event,
        target=f"invitation:{invitation.id}",
        now=now,
        data=data or audit_data(session, invitation),
    )


def _link(mailing: Mailing, token: str) -> str:
    return f"{mailing.link_base}/invitation/{token}/"
