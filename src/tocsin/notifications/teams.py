"""What becomes of all that knows a team when it is given another slug or deleted: issues, cards, searches, channels."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from tocsin.chat.teams import list_team_channels, unlink_team
from tocsin.issues.access import take_from_strangers
from tocsin.issues.teams import (
    count_issues_of_team,
    list_projects_given_to_team,
    list_views_of_team,
    redraw_issues_of_team,
    rename_in_views,
    take_issues_from_team,
)
from tocsin.members.models import Member
from tocsin.members.organization_service import list_members
from tocsin.members.redraws import changed
from tocsin.members.teams import invitations_into, leave_team
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.errors import TeamNotFoundError
from tocsin.organizations.models import Project, Team
from tocsin.organizations.permit import Permit
from tocsin.organizations.queries import count_teams, list_team_projects
from tocsin.organizations.teams import name_team


@dataclass(frozen=True, slots=True)
class TeamTies:
    """All that ends with a team; slugs and names are in their order."""

    members: tuple[str, ...]
    """Names of the people in it, whether their places count or not."""
    projects: tuple[str, ...]
    """What its people see by it, open projects included."""
    left_to_admins: tuple[str, ...]
    """Those of these that nobody below an admin sees once it is gone: they are closed, and no other team has them."""
    given_new_issues: tuple[str, ...]
    """Projects whose new issues go to it."""
    issues: int
    """How many are its own and not resolved."""
    channels: tuple[str, ...]
    """Names without `#`."""
    invitations: int
    """People on their way in who would have joined it."""
    views: int
    """Saved searches for its issues, whoever has them."""


def look_at_ties(session: Session, team: Team) -> TeamTies:
    """What deleting `team` would end."""
    home = team.organization_id
    projects = list_team_projects(session, home).get(team.id, [])
    owners = count_teams(session, [project.id for project in projects])
    return TeamTies(
        members=tuple(one.name for one in list_members(session, home) if any(each.id == team.id for each in one.teams)),
        projects=tuple(project.slug for project in projects),
        left_to_admins=tuple(
            project.slug for project in projects if not project.is_open and owners.get(project.id, 0) == 1
        ),
        given_new_issues=tuple(project.slug for project in list_projects_given_to_team(session, team)),
        issues=count_issues_of_team(session, team),
        channels=tuple(line.channel_name for line in list_team_channels(session, home) if line.team_id == team.id),
        invitations=len(invitations_into(session, team)),
        views=len(list_views_of_team(session, team)),
    )


def rename_team(session: Session, permit: Permit, team: Team, *, slug: str, name: str, now: datetime) -> None:
    """Give `team` another slug and name: cards are drawn anew, and saved searches for `#slug` go on.

    Raises:
        InvalidInputError: the name is empty or too long.
        BadSlugError, SlugTakenError: nothing was done.
    """
    _hold(session, team)
    old, views = team.slug, list_views_of_team(session, team)
    if not name_team(session, permit, team, slug=slug, name=name, now=now) or slug == old:
        return
    redraw_issues_of_team(session, team)
    rename_in_views(session, views, old=old, new=slug)
    for invitation in invitations_into(session, team):
        changed(session, invitation)


def delete_team(session: Session, permit: Permit, team: Team, *, now: datetime) -> TeamTies:
    """Delete `team` with all its ties, which are given: its people lose what they saw by it, its issues are nobody's.

    Saved searches for it stay, and say that there is no such team.
    """
    _hold(session, team)
    ties, closed = look_at_ties(session, team), _closed_projects(session, team)
    take_issues_from_team(session, permit, team, now=now)
    for project in list_projects_given_to_team(session, team):
        project.assign_new_to_team_id = None
        create_audit_entry(
            session,
            permit,
            AuditEvent.PROJECT_EDIT,
            target=f"project:{project.id}",
            now=now,
            data={"assign_new_to": None},
        )
    # Ids of deleted rows are given out again (SQLite), so nothing may name this one any longer.
    for invitation in invitations_into(session, team):
        invitation.team_ids = [each for each in invitation.team_ids if each != team.id]
        changed(session, invitation)
    for line in list_team_channels(session, team.organization_id):
        if line.team_id == team.id:
            unlink_team(session, permit, team, line.integration_id, now=now)
    data = {
        "slug": team.slug,
        "name": team.name,
        "members": ties.members,
        "projects": ties.projects,
        "issues": ties.issues,
    }
    create_audit_entry(session, permit, AuditEvent.TEAM_DELETE, target=f"team:{team.id}", now=now, data=data)
    session.delete(team)
    session.flush()
    take_from_strangers(session, permit, closed, now=now)
    return ties


def take_out(session: Session, permit: Permit, member: Member, team: Team, *, now: datetime) -> None:
    """Take `member` out of `team`; in projects that they see no longer their issues become nobody's.

    Raises:
        ConflictError: they are not in it.
    """
    leave_team(session, permit, member, team, now=now)
    take_from_strangers(session, permit, _closed_projects(session, team), now=now)


def _closed_projects(session: Session, team: Team) -> list[Project]:
    return [one for one in list_team_projects(session, team.organization_id).get(team.id, []) if not one.is_open]


def _hold(session: Session, team: Team) -> None:
    """Held until the transaction ends: whoever gives the team an issue meanwhile waits, and is refused."""
    if session.get(Team, team.id, with_for_update=True, populate_existing=True) is None:
        raise TeamNotFoundError("Somebody deleted this team at this very moment.")
