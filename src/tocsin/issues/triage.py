"""What people decide about an issue. Each verb is guard, change and history in one; the caller owns the transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity, ActivityType
from tocsin.issues.already import ASSIGNMENT, STATUS, already_done
from tocsin.issues.change import changed
from tocsin.issues.errors import AssignmentRefusedError
from tocsin.issues.models import Issue, IssueStatus, Resolution, Substatus
from tocsin.issues.regression import Regression
from tocsin.issues.resolution import clear_resolution, mark_resolved, require_unresolved
from tocsin.kernel.ids import TeamId, UserId
from tocsin.kernel.statement import Statement
from tocsin.members.authorize import find_membership, sees_project
from tocsin.members.models import Member, User
from tocsin.organizations.models import Project, ProjectTeam, Team
from tocsin.organizations.permit import Permit


@dataclass(frozen=True, slots=True)
class Assignee:
    """Whom an issue is given to: a person or a team, exactly one of the two."""

    user_id: UserId | None = None
    team_id: TeamId | None = None


def resolve(session: Session, issue: Issue, permit: Permit, *, now: datetime) -> Activity:
    """Mark `issue` resolved.

    Raises:
        AlreadyDoneError: it is resolved already.
    """
    require_unresolved(session, issue)
    mark_resolved(issue, Resolution.NOW, now=now)
    return changed(session, issue, permit, ActivityType.RESOLVED, now=now)


def reopen(session: Session, issue: Issue, permit: Permit, *, now: datetime) -> Activity:
    """Make a resolved or archived `issue` unresolved again.

    Raises:
        AlreadyDoneError: it is unresolved already.
    """
    if issue.status == IssueStatus.UNRESOLVED:
        raise already_done(session, issue, "unresolved", STATUS)

    issue.status, issue.substatus = IssueStatus.UNRESOLVED, Substatus.ONGOING
    clear_resolution(issue)
    return changed(session, issue, permit, ActivityType.REOPENED, now=now)


def assign(session: Session, issue: Issue, permit: Permit, assignee: Assignee, *, now: datetime) -> Activity:
    """Give `issue` to a person or a team.

    Raises:
        AlreadyDoneError: it is theirs already.
        AssignmentRefusedError: they have no access to the project.
    """
    target = validate_assignment(session, issue, assignee)
    if (issue.assignee_user_id, issue.assignee_team_id) == (assignee.user_id, assignee.team_id):
        raise already_done(session, issue, f"assigned to {target['name']}", ASSIGNMENT)

    issue.assignee_user_id, issue.assignee_team_id = assignee.user_id, assignee.team_id
    return changed(session, issue, permit, ActivityType.ASSIGNED, now=now, data={"assignee": target})


def unassign(session: Session, issue: Issue, permit: Permit, *, now: datetime) -> Activity:
    """Take `issue` from whoever has it.

    Raises:
        AlreadyDoneError: nobody has it.
    """
    if issue.assignee_user_id is None and issue.assignee_team_id is None:
        raise already_done(session, issue, "assigned to nobody", ASSIGNMENT)

    issue.assignee_user_id = issue.assignee_team_id = None
    return changed(session, issue, permit, ActivityType.UNASSIGNED, now=now)


def regress(session: Session, issue: Issue, permit: Permit, regression: Regression, *, now: datetime) -> Activity:
    """An issue came back: it is unresolved again and begins a new period, so that a new card is opened."""
    issue.status, issue.substatus = IssueStatus.UNRESOLVED, Substatus.REGRESSED
    clear_resolution(issue)
    issue.period += 1
    data: dict[str, Any] = {"release": regression.release, "resolved_in": regression.resolved_in}
    if regression.is_new_storm:
        data = {"new_storm": True}
    return changed(session, issue, permit, ActivityType.REGRESSED, now=now, data=data)


def validate_assignment(session: Session, issue: Issue, assignee: Assignee) -> dict[str, Any]:
    """Whom history names: `{"kind": "user" | "team", "id": ..., "name": ...}`.

    Raises:
        AssignmentRefusedError: not in the organization, deactivated, or without access to the project.
    """
    return validate_for_project(session, session.get_one(Project, issue.project_id), assignee)


def validate_for_project(session: Session, project: Project, assignee: Assignee) -> dict[str, Any]:
    """Whom history names, if they can be given issues of `project`.

    Raises:
        AssignmentRefusedError: as for `validate_assignment`.
    """
    if assignee.team_id is not None:
        return _validate_team(session, project, assignee.team_id)
    assert assignee.user_id is not None
    return _validate_person(session, project, assignee.user_id)


def _validate_team(session: Session, project: Project, team_id: TeamId) -> dict[str, Any]:
    team = session.get(Team, team_id)
    if team is None or team.organization_id != project.organization_id:
        raise AssignmentRefusedError("There is no such team in this organization.")
    if not project.is_open and session.get(ProjectTeam, (project.id, team_id)) is None:
        raise AssignmentRefusedError(f"The team #{team.slug} has no access to the project {project.slug}.")
    return {"kind": "team", "id": team.id, "name": team.slug}


_NAME = Statement(
    select(User.name)
    .join(Member, Member.user_id == User.id)
    .where(User.id == bindparam("user_id"), Member.organization_id == bindparam("organization_id"))
)


def _validate_person(session: Session, project: Project, user_id: UserId) -> dict[str, Any]:
    found = _NAME.rows(session, {"user_id": user_id, "organization_id": project.organization_id})
    if not found:
        raise AssignmentRefusedError("There is no such person in this organization.")
    [(name,)] = found
    membership = find_membership(session, user_id, project.organization_id)
    if membership is None:
        raise AssignmentRefusedError(f"{name}'s account is not active.")
    if not sees_project(session, membership, project.id):
        raise AssignmentRefusedError(f"{name} is in no team of the project {project.slug}.")
    return {"kind": "user", "id": user_id, "name": name}
