"""Who sees a project, changed: what was given to somebody who sees it no longer is nobody's."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from tocsin.issues.errors import AssignmentRefusedError
from tocsin.issues.models import Issue, IssueStatus, is_whole
from tocsin.issues.ownership import chosen_assignee, is_strange, set_assign_new_to
from tocsin.issues.triage import Assignee, validate_for_project
from tocsin.issues.unassigning import unassign_all
from tocsin.kernel.ids import IssueId, ProjectId
from tocsin.members.models import User
from tocsin.organizations.access import give_project_to_team, set_openness, take_project_from_team
from tocsin.organizations.models import Project, ProjectTeam, Team
from tocsin.organizations.permit import Permit
from tocsin.organizations.queries import list_owners


def set_access(
    session: Session, permit: Permit, project: Project, *, is_open: bool, teams: Sequence[Team], now: datetime
) -> None:
    """Let every member of the organization see `project`, or only its teams, which are `teams` from now on, and admins.

    What is assigned to somebody who sees it no longer becomes nobody's, and so do its new issues.
    """
    session.get_one(Project, project.id, with_for_update=True)
    wanted = {team.id: team for team in teams}
    owners = {team.id: team for team in list_owners(session, project.id)}
    set_openness(session, permit, project, is_open=is_open, now=now)
    for team in [one for one in teams if one.id not in owners]:
        give_project_to_team(session, permit, project, team, now=now)
    for team in [one for one in owners.values() if one.id not in wanted]:
        take_project_from_team(session, permit, project, team, now=now)
    take_from_strangers(session, permit, [project], now=now)


def take_from_strangers(session: Session, permit: Permit, projects: Sequence[Project], *, now: datetime) -> int:
    """Make nobody's what is assigned, or would be, to somebody who does not see these projects; gives how many issues.

    Resolved issues stay whose they are until they come back.
    """
    for project in projects:
        chosen = chosen_assignee(project.assign_new_to_user_id, project.assign_new_to_team_id)
        if chosen != Assignee() and not _can_be_given(session, project, chosen):
            set_assign_new_to(session, permit, project, None, now=now)
    strangers = session.execute(_of_strangers([project.id for project in projects])).all()
    issues = [
        (issue_id, project_id, {"stranger": person or f"#{team}"}) for issue_id, project_id, person, team in strangers
    ]
    unassign_all(session, permit, issues, now=now)
    return len(issues)


def _can_be_given(session: Session, project: Project, assignee: Assignee) -> bool:
    try:
        validate_for_project(session, project, assignee)
    except AssignmentRefusedError:
        return False
    return True


def _of_strangers(project_ids: Sequence[ProjectId]) -> Select[IssueId, ProjectId, str, str]:
    """Open issues of these projects whose assignee does not see them, with the name or the slug; the other is None."""
    owned = select(ProjectTeam.team_id).where(ProjectTeam.project_id == Project.id)
    is_hidden = or_(
        and_(Issue.assignee_user_id.is_not(None), is_strange()),
        and_(Issue.assignee_team_id.is_not(None), Project.is_open.is_(False), Issue.assignee_team_id.not_in(owned)),
    )
    return (
        select(Issue.id, Issue.project_id, User.name, Team.slug)
        .join(Project, Project.id == Issue.project_id)
        .outerjoin(User, User.id == Issue.assignee_user_id)
        .outerjoin(Team, Team.id == Issue.assignee_team_id)
        .where(Issue.project_id.in_(project_ids), Issue.status != IssueStatus.RESOLVED, is_whole(), is_hidden)
        .order_by(Issue.id)
    )
