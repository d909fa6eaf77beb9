"""Organizations and memberships as plain records, for whoever must not hold a row of the database."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
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

    @property
    def counts(self) -> bool:
        """Whether they may anything here at all: account and place are both active."""
        return self.is_active and self.account_is_active


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
    if found is None:
        return None
    member, user = found
    return serialize_member(member, user, _read_teams(session, TeamMembership.member_id == member.id)[member.id])


def list_members(session: Session, organization_id: OrganizationId) -> list[MemberRecord]:
    """Everybody who has a place in the organization, whether it counts or not, by name."""
    teams = _read_teams(session, Team.organization_id == organization_id)
    rows = session.execute(
        select(Member, User)
        .join(User, User.id == Member.user_id)
        .where(Member.organization_id == organization_id)
        .order_by(User.name, User.id)
    )
    return [serialize_member(member, user, teams[member.id]) for member, user in rows]


def list_addresses(session: Session, organization_id: OrganizationId, *, limit: int) -> Sequence[tuple[str, str]]:
    """E-mail and name of those whose place counts, by name: all that a field needs which is shown on every list."""
    people = (
        select(User.email, User.name)
        .join(Member, Member.user_id == User.id)
        .where(Member.organization_id == organization_id, Member.is_active.is_(True), User.is_active.is_(True))
        .order_by(User.name, User.id)
    )
    return [(email, name) for email, name in session.execute(people.limit(limit))]


def serialize_member(member: Member, user: User, teams: Sequence[TeamRecord]) -> MemberRecord:
    """The record of `member`, whose account is `user` and who is in `teams`."""
    return MemberRecord(
        id=member.id,
        organization_id=member.organization_id,
        user_id=member.user_id,
        email=get_email(user),
        name=user.name,
        role=Role(member.role),
        is_active=member.is_active,
        account_is_active=user.is_active,
        teams=tuple(teams),
        project_ids=tuple(sorted({project_id for team in teams for project_id in team.project_ids})),
    )


def get_email(user: User) -> str:
    """The address at which a member is written to: that of their account."""
    return user.email


def _read_teams(session: Session, whose: ColumnElement[bool]) -> defaultdict[MemberId, list[TeamRecord]]:
    """The teams by member, in the order of their slugs; none for whoever is in none."""
    rows = session.execute(
        select(TeamMembership.member_id, Team.id, Team.slug, ProjectTeam.project_id)
        .join(Team, TeamMembership.team_id == Team.id)
        .outerjoin(ProjectTeam, ProjectTeam.team_id == Team.id)
        .where(whose)
        .order_by(Team.slug, ProjectTeam.project_id)
    )
    projects: dict[tuple[MemberId, TeamId, str], list[ProjectId]] = {}
    for member_id, team_id, slug, project_id in rows:
        owned = projects.setdefault((member_id, team_id, slug), [])
        if project_id is not None:
            owned.append(project_id)
    teams: defaultdict[MemberId, list[TeamRecord]] = defaultdict(list)
    for (member_id, team_id, slug), owned in projects.items():
        teams[member_id].append(TeamRecord(team_id, slug, tuple(owned)))
    return teams
