"""People: their accounts, and their place, role and teams in an organization."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tocsin.kernel import work
from tocsin.kernel.errors import ConflictError, InvalidInputError
from tocsin.kernel.ids import OrganizationId, UserId
from tocsin.members.account_log import record_account_event
from tocsin.members.authorize import COUNTS, find_membership
from tocsin.members.errors import LastOwnerError, MemberNotFoundError, RoleAboveOwnError
from tocsin.members.models import Invitation, InviteStatus, Member, User
from tocsin.members.passwords import hash_password
from tocsin.members.redraws import changed
from tocsin.members.sessions import end_sessions
from tocsin.members.teams import join_team
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Team
from tocsin.organizations.permit import Permit, Role, Source, Verb

LEAVER = "leaver"
"""The kind of work that somebody's leaving asks for: that what was theirs becomes nobody's."""

EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+")
"""What a mailbox is called without quotes (RFC 5322, 3.2.3: `atext`), in any script; only a mail tells whether there
is one. Commas, brackets, controls and signs that turn the direction of writing would name another than is read."""
LONGEST_EMAIL = 254
LONGEST_NAME = 128
JOINERS = "\u200c\u200d"
"""Unseen, but part of how names are written in Persian or Hindi."""


def find_user(session: Session, email: str) -> User | None:
    """Whoever has this e-mail, in any case."""
    return session.scalars(select(User).where(User.email == email.strip().lower())).one_or_none()


def find_user_for_update(session: Session, email: str) -> User | None:
    """The same, held until the transaction ends: nobody's address changes before it is used."""
    found = select(User).where(User.email == email.strip().lower())
    return session.scalars(found.with_for_update()).one_or_none()


def get_or_create_user(session: Session, email: str, *, now: datetime, name: str | None = None) -> User:
    """The account of this e-mail; a new one has no password, so nobody can sign in to it yet.

    Raises:
        InvalidInputError: this is no e-mail address.
    """
    address = read_email(email)
    found = find_user(session, address)
    if found is not None:
        return found
    user = User(email=address, name=(name or address.partition("@")[0])[:LONGEST_NAME], created_at=now)
    session.add(user)
    session.flush()
    return user


def read_email(typed: str) -> str:
    """The address that was typed, as it is stored.

    Raises:
        InvalidInputError: it is none.
    """
    address = typed.strip().lower()
    if len(address) > LONGEST_EMAIL or EMAIL.fullmatch(address) is None:
        raise InvalidInputError(f"{typed!r} is no e-mail address.")
    return address


def rename_user(session: Session, user: User, name: str, *, source: Source, now: datetime) -> bool:
    """Let somebody call themselves otherwise; answers whether anything changed. History keeps the names that it told.

    Raises:
        InvalidInputError: it is empty, too long, or has signs that nobody sees, by which one looks like another.
    """
    chosen = " ".join(name.split())
    if not 1 <= len(chosen) <= LONGEST_NAME:
        raise InvalidInputError(f"A name has 1 to {LONGEST_NAME} characters.")
    if not all(sign.isprintable() or sign in JOINERS for sign in chosen):
        raise InvalidInputError("A name has no signs that nobody sees.")
    if chosen == user.name:
        return False
    before, user.name = user.name, chosen
    session.flush()
    data = {"from": before, "to": chosen}
    record_account_event(session, AuditEvent.ACCOUNT_RENAME, user, source=source, now=now, data=data)
    return True


def set_first_password(session: Session, permit: Permit, user: User, password: str, *, now: datetime) -> bool:
    """Give `user` a password unless they have one, which stays; answers whether it was set."""
    if user.password_hash is not None:
        return False
    user.password_hash = hash_password(password)
    session.flush()
    create_audit_entry(session, permit, AuditEvent.PASSWORD_SET, target=f"user:{user.id}", now=now)
    return True


def add_member(
    session: Session, permit: Permit, user: User, *, role: Role, now: datetime, teams: Sequence[Team] = ()
) -> Member:
    """Give `user` a place in the permit's organization, and in `teams`; again with the same role it only adds teams.

    Raises:
        RoleAboveOwnError: nobody grants above their own role.
        ConflictError: they are a member with another role, or their account was deactivated.
    """
    require_may_grant(session, permit, role)
    if not user.is_active:
        raise ConflictError(account_is_off(user.email))
    member = find_member(session, permit.scope.organization_id, user.id) or _insert_member(
        session, permit, user, role, now
    )
    if member.role != role:
        raise ConflictError(f"{user.email} is a member already, with the role {member.role}.")

    _end_invitations(session, permit, user, now)
    for team in teams:
        join_team(session, permit, member, team, now=now)
    return member


def change_role(session: Session, permit: Permit, member: Member, role: Role, *, now: datetime) -> None:
    """Give `member` another role; it counts from their next request on, for which they sign in anew.

    Raises:
        RoleAboveOwnError: nobody changes a role above their own, nor grants one.
        LastOwnerError: an organization keeps one owner.
    """
    require_may_grant(session, permit, Role(member.role))
    require_may_grant(session, permit, role)
    if role != Role.OWNER:
        _require_another_owner(session, member)
    before, member.role = member.role, role
    # A key that was stolen before must not grow with the role, so the person signs in anew.
    end_sessions(session, member.user_id)
    session.flush()
    create_audit_entry(
        session,
        permit,
        AuditEvent.MEMBER_EDIT,
        target=f"member:{member.id}",
        now=now,
        data={"from": before, "to": role},
    )
    work.ask(session, LEAVER, member.id)  # below an admin they may see fewer projects


def deactivate_member(session: Session, permit: Permit, member: Member, *, now: datetime) -> None:
    """Switch a place off: its person sees and may nothing here until it is switched on again; it keeps role and teams.

    Raises:
        RoleAboveOwnError: nobody switches off somebody above their own role.
        LastOwnerError: an organization keeps one owner.
    """
    require_may_grant(session, permit, Role(member.role))
    _require_another_owner(session, member)
    _switch(session, permit, member, is_active=False, now=now)
    work.ask(session, LEAVER, member.id)


def reactivate_member(session: Session, permit: Permit, member: Member, *, now: datetime) -> None:
    """Switch a place on again, as it was.

    Raises:
        RoleAboveOwnError: nobody grants a role above their own, not even anew.
        ConflictError: the account itself was deactivated, and its place would count for nothing.
    """
    require_may_grant(session, permit, Role(member.role))
    user = session.get_one(User, member.user_id)
    if not user.is_active:
        raise ConflictError(account_is_off(user.email))
    _switch(session, permit, member, is_active=True, now=now)


def remove_member(session: Session, permit: Permit, member: Member, *, now: datetime) -> None:
    """Take `member` out of the organization and its teams; the account stays, for other organizations may have it.

    Raises:
        RoleAboveOwnError: nobody removes somebody above their own role.
        LastOwnerError: an organization keeps one owner.
    """
    require_may_grant(session, permit, Role(member.role))
    _require_another_owner(session, member)
    create_audit_entry(
        session,
        permit,
        AuditEvent.MEMBER_REMOVE,
        target=f"member:{member.id}",
        now=now,
        data={"user_id": member.user_id, "role": member.role},
    )
    session.delete(member)
    session.flush()
    _end_invitations(session, permit, session.get_one(User, member.user_id), now)
    work.ask(session, LEAVER, member.id)


def account_is_off(email: str) -> str:
    """What is said of somebody whose account was deactivated, and what helps."""
    return (
        f"The account of {email} is deactivated, in every organization. "
        f"Whoever runs this server can switch it on: tocsin accounts reactivate {email}"
    )


def require_may_grant(session: Session, permit: Permit, role: Role) -> None:
    """Refuse when `role` is above that of the permit's person; the system may grant any.

    Raises:
        RoleAboveOwnError: it is; the message names both roles.
    """
    if permit.actor.user_id is None:
        return
    granter = find_membership(session, permit.actor.user_id, permit.scope.organization_id)
    if granter is None or granter.role.rank < role.rank:
        own = "none" if granter is None else granter.role
        raise RoleAboveOwnError(
            f"The role {role} is above your own ({own}); an {Role.OWNER} can grant every role.",
            user_id=permit.actor.user_id,
            verb=Verb.EDIT_MEMBERS,
            scope=permit.scope,
            source=permit.source,
            role=role,
        )


def find_member(session: Session, organization_id: OrganizationId, user_id: UserId) -> Member | None:
    """The user's place in the organization, whether it counts yet or not."""
    return session.scalars(
        select(Member).where(Member.organization_id == organization_id, Member.user_id == user_id)
    ).one_or_none()


def get_member(session: Session, organization_id: OrganizationId, member_id: int) -> Member:
    """The organization's member with this id.

    Raises:
        MemberNotFoundError: there is none, or it is another organization's.
    """
    found = session.scalars(
        select(Member).where(Member.id == member_id, Member.organization_id == organization_id)
    ).one_or_none()
    if found is None:
        raise MemberNotFoundError("There is no such member.")
    return found


def get_member_by_email(session: Session, organization_id: OrganizationId, email: str) -> Member:
    """The place of whoever has this e-mail.

    Raises:
        MemberNotFoundError: nobody with this e-mail is a member here.
    """
    user = find_user(session, email)
    member = None if user is None else find_member(session, organization_id, user.id)
    if member is None:
        raise MemberNotFoundError(f"There is nobody with the e-mail {email.strip()} in this organization.")
    return member


def find_first_owner(session: Session, organization_id: OrganizationId) -> UserId | None:
    """The owner who has been here longest; `None` when every owner was deactivated."""
    owners = (
        select(User.id)
        .join(Member, Member.user_id == User.id)
        .where(
            Member.organization_id == organization_id,
            Member.role == Role.OWNER,
            Member.is_active.is_(True),
            User.is_active.is_(True),
        )
        .order_by(Member.id)
    )
    return session.scalars(owners.limit(1)).one_or_none()


def is_last_owner(session: Session, organization_id: OrganizationId, user_id: UserId) -> bool:
    """Whether nobody but this person counts as an owner of the organization."""
    # All are locked, in one order: two owners who take each other's role at once would both see the other one stay.
    owners = (
        select(Member.user_id)
        .join(User, User.id == Member.user_id)
        .where(Member.organization_id == organization_id, Member.role == Role.OWNER, *COUNTS)
        .order_by(Member.id)
        .with_for_update()
    )
    return set(session.scalars(owners)) <= {user_id}


def _insert_member(session: Session, permit: Permit, user: User, role: Role, now: datetime) -> Member:
    member = Member(organization_id=permit.scope.organization_id, user_id=user.id, role=role, created_at=now)
    try:
        with session.begin_nested():
            session.add(member)
    except IntegrityError as error:
        raise ConflictError(f"{user.email} was made a member at this very moment by somebody else.") from error
    create_audit_entry(
        session,
        permit,
        AuditEvent.MEMBER_ADD,
        target=f"member:{member.id}",
        now=now,
        data={"user_id": user.id, "role": role},
    )
    return member


def _end_invitations(session: Session, permit: Permit, user: User, now: datetime) -> None:
    """No link of an earlier day lets somebody in who came in otherwise, and was taken out since."""
    left = select(Invitation).where(
        Invitation.organization_id == permit.scope.organization_id,
        Invitation.email == user.email,
        Invitation.status == InviteStatus.APPROVED,
    )
    for one in session.scalars(left.with_for_update()).all():
        one.status, one.token_hash = InviteStatus.REVOKED, None
        one.decided_by, one.decided_at = permit.actor.label, now
        changed(session, one)
        data = {"email": one.email, "role": one.role}
        create_audit_entry(session, permit, AuditEvent.INVITE_REVOKE, target=f"invitation:{one.id}", now=now, data=data)


def _switch(session: Session, permit: Permit, member: Member, *, is_active: bool, now: datetime) -> None:
    if member.is_active == is_active:
        return
    member.is_active = is_active
    session.flush()
    create_audit_entry(
        session, permit, AuditEvent.MEMBER_EDIT, target=f"member:{member.id}", now=now, data={"active": is_active}
    )


def _require_another_owner(session: Session, member: Member) -> None:
    if member.role == Role.OWNER and is_last_owner(session, member.organization_id, member.user_id):
        raise LastOwnerError("The last owner of an organization stays one; make somebody else an owner first.")
