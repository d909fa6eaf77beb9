"""Accounts, which are one for all organizations: only whoever runs the server switches them off and on."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.kernel import work
from tocsin.kernel.ids import UserId
from tocsin.members.account_log import record_account_event
from tocsin.members.authorize import list_memberships
from tocsin.members.errors import LastOwnerError
from tocsin.members.models import Member, User
from tocsin.members.people import LEAVER, is_last_owner
from tocsin.members.sessions import end_sessions
from tocsin.organizations.audit import AuditEvent
from tocsin.organizations.models import Organization
from tocsin.organizations.permit import Role, Source

OPERATOR = "The server's operator"


def deactivate_account(session: Session, user: User, *, source: Source, now: datetime) -> None:
    """Let `user` see and do nothing in any organization; places, roles and teams stay as they are for later.

    Raises:
        LastOwnerError: an organization would have no owner who counts.
    """
    if not user.is_active:
        return
    memberships = list_memberships(session, user.id)
    for membership in memberships:
        if membership.role == Role.OWNER and is_last_owner(session, membership.organization_id, user.id):
            slug = session.get_one(Organization, membership.organization_id).slug
            raise LastOwnerError(f"{user.email} is the last owner of {slug}; make somebody else an owner first.")
    # Before, for of those in which somebody does not count nothing is written.
    record_account_event(session, AuditEvent.ACCOUNT_DEACTIVATE, user, source=source, now=now, label=OPERATOR)
    user.is_active = False
    end_sessions(session, user.id)
    session.flush()
    for membership in memberships:
        work.ask(session, LEAVER, membership.member_id)


def reactivate_account(session: Session, user: User, *, source: Source, now: datetime) -> None:
    """Let `user` in again, wherever their place is not switched off."""
    if user.is_active:
        return
    user.is_active = True
    session.flush()
    record_account_event(session, AuditEvent.ACCOUNT_REACTIVATE, user, source=source, now=now, label=OPERATOR)


def list_accounts(session: Session) -> list[tuple[User, list[str]]]:
    """Everybody who has an account, by e-mail, with the slugs of the organizations in which they have a place."""
    places: defaultdict[UserId, list[str]] = defaultdict(list)
    of_members = select(Member.user_id, Organization.slug).join(Organization, Organization.id == Member.organization_id)
    for user_id, slug in session.execute(of_members.order_by(Organization.slug)):
        places[user_id].append(slug)
    return [(user, places[user.id]) for user in session.scalars(select(User).order_by(User.email))]
