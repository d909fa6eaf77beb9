"""Who is in a team, and the open invitations that lead into one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.kernel.errors import ConflictError
from tocsin.members.models import OPEN, Invitation, Member, TeamMembership, User
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Team
from tocsin.organizations.permit import Permit


def join_team(session: Session, permit: Permit, member: Member, team: Team, *, now: datetime) -> bool:
    """Let `member` be in `team`, and so see its projects; answers whether they were not yet."""
    if session.get(TeamMembership, (team.id, member.id)) is not None:
        return False
    session.add(TeamMembership(team_id=team.id, member_id=member.id))
    session.flush()
    _tell(session, permit, member, {"team": team.slug}, now)
    return True


def leave_team(session: Session, permit: Permit, member: Member, team: Team, *, now: datetime) -> None:
    """Take `member` out of `team`; what they saw by it alone they see no longer, from their next request on.

    Raises:
        ConflictError: they are not in it.
    """
    found = session.get(TeamMembership, (team.id, member.id))
    if found is None:
        name = session.scalar(select(User.name).where(User.id == member.user_id))
        raise ConflictError(f"{name} is not in #{team.slug}.")
    session.delete(found)
    session.flush()
    _tell(session, permit, member, {"left_team": team.slug}, now)


def invitations_into(session: Session, team: Team) -> Sequence[Invitation]:
    """Requests and invitations nobody used yet whose person would join `team`, oldest first."""
    open_ones = select(Invitation).where(
        Invitation.organization_id == team.organization_id, Invitation.status.in_(OPEN)
    )
    return [one for one in session.scalars(open_ones.order_by(Invitation.id)) if team.id in one.team_ids]


def _tell(session: Session, permit: Permit, member: Member, data: dict[str, object], now: datetime) -> None:
    create_audit_entry(session, permit, AuditEvent.MEMBER_EDIT, target=f"member:{member.id}", now=now, data=data)
