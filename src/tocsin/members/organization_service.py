"""Organizations and memberships as plain records, for whoever must not hold a row of the database."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.kernel.ids import MemberId, OrganizationId, ProjectId, TeamId, UserId
from tocsin.members.models import Member, TeamMembership, User
from tocsin.organizations.models import Organization, ProjectTeam, Team
from tocsin.organizations.permit import Role


@dataclass(frozen=True, slots=True)
class TeamRecord:
    """A team that a member is in, and the projects it owns."""

    id: TeamId
    slug: str
    project_ids: tuple[ProjectId, ...]


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A membership, whether it counts or not; holds nothing that is secret."""

    id: MemberId
    organization_id: OrganizationId
    user_id: UserId
    email: str
    name: str
    role: Role
    is_active: bool
    """Whether the place counts here; it does only where the account does, too."""
    account_is_active: bool
    teams: tuple[TeamRecord, ...]
    project_ids: tuple[ProjectId, ...]
    """Of all those teams, each once, ascending; open projects are not among them."""


@dataclass(frozen=True, slots=True)
class OrganizationContext:
    """An organization, and the membership of the user who was asked about, if there is one."""

    id: OrganizationId
    slug: str
    name: str
    user_id: UserId | None
    member: MemberRecord | None


def get_organization_by_id(
    session: Session, organization_id: OrganizationId, *, user_id: UserId | None = None, slug: str | None = None
) -> OrganizationContext | None:
    """The organization with this id (and this slug, when one is given); being no member of it is no failure."""
    organization = session.get(Organization, organization_id)
    if organization is None or slug not in {None, organization.slug}:
        return None
    member = None if user_id is None else check_membership_by_id(session, organization_id, user_id)
    return OrganizationContext(organization.id, organization.slug, organization.name, user_id, member)


def check_membership_by_id(session: Session, organization_id: OrganizationId, user_id: UserId) -> MemberRecord | None:
    """The user's membership. It proves nothing about what they may do: that is `authorize`."""
    found = session.execute(
        select(Member, User)
        .join(User, User.id == Member.user_id)
        .where(Member.organization_id == organization_id, Member.user_id == user_id)
    ).one_or_none()
    return None if found is None else serialize_member(session, *found)


def serialize_member(session: Session, member: Member, user: User) -> MemberRecord:
    """The record of `member`, whose account is `user`."""
    teams = _teams_of(session, member.id)
    return MemberRecord(
        id=member.id,
        organization_id=member.organization_id,
        user_id=member.user_id,
        email=get_email(user),
        name=user.name,
        role=Role(member.role),
        is_active=member.is_active,
        account_is_active=user.is_active,
        teams=teams,
        project_ids=tuple(sorted({project_id for team in teams for project_id in team.project_ids})),
    )


def get_email(user: User) -> str:
    """The address at which a member is written to: that of their account."""
    return user.email


def _teams_of(session: Session, member_id: MemberId) -> tuple[TeamRecord, ...]:
    rows = session.execute(
        select(Team.id, Team.slug, ProjectTeam.project_id)
        .join(TeamMembership, TeamMembership.team_id == Team.id)
        .outerjoin(ProjectTeam, ProjectTeam.team_id == Team.id)
        .where(TeamMembership.member_id == member_id)
        .order_by(Team.slug, ProjectTeam.project_id)
    )
    projects: dict[tuple[TeamId, str], list[ProjectId]] = {}
    for team_id, slug, project_id in rows:
        owned = projects.setdefault((team_id, slug), [])
        if project_id is not None:
            owned.append(project_id)
    return tuple(TeamRecord(team_id, slug, tuple(owned)) for (team_id, slug), owned in projects.items())
