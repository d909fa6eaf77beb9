"""Owners whom no person chose: who is given new issues, and what becomes of those of who does not see them any more."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from tocsin.activities.models import Activity, ActivityType
from tocsin.deliveries.lease import Held
from tocsin.issues import triage
from tocsin.issues.change import changed
from tocsin.issues.errors import AssignmentRefusedError
from tocsin.issues.models import Issue, IssueStatus, is_whole
from tocsin.issues.one_by_one import AT_A_TIME, one_by_one
from tocsin.issues.triage import Assignee, validate_for_project
from tocsin.kernel.clock import Clock
from tocsin.kernel.db import Database
from tocsin.kernel.ids import IssueId, TeamId, UserId
from tocsin.members.authorize import ANY_PROJECT, COUNTS, find_membership
from tocsin.members.models import Member, TeamMembership, User
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Project, ProjectTeam, Team
from tocsin.organizations.permit import Permit, Role, Scope, Via

log = structlog.get_logger()


def set_assign_new_to(
    session: Session, permit: Permit, project: Project, assignee: Assignee | None, *, now: datetime
) -> None:
    """From now on new issues of `project`, and returning ones that nobody has, are given to `assignee`, or to nobody.

    Raises:
        AssignmentRefusedError: the person or team has no access to the project.
    """
    name = None if assignee is None else validate_for_project(session, project, assignee)["name"]
    chosen = assignee or Assignee()
    if chosen == chosen_assignee(project.assign_new_to_user_id, project.assign_new_to_team_id):
        return
    project.assign_new_to_user_id, project.assign_new_to_team_id = chosen.user_id, chosen.team_id
    session.flush()
    create_audit_entry(
        session, permit, AuditEvent.PROJECT_EDIT, target=f"project:{project.id}", now=now, data={"assign_new_to": name}
    )


def describe_assign_new_to(session: Session, project: Project) -> str | None:
    """Who is given the project's new issues, as it is typed: an e-mail or `#team`; `None` for nobody."""
    if project.assign_new_to_team_id is not None:
        return f"#{session.get_one(Team, project.assign_new_to_team_id).slug}"
    if project.assign_new_to_user_id is not None:
        return session.get_one(User, project.assign_new_to_user_id).email
    return None


def give_owner(session: Session, issue: Issue, permit: Permit, assignee: Assignee, *, now: datetime) -> Activity | None:
    """Give a new or returning `issue` that nobody has to `assignee`; who has it but cannot see it loses it first.

    Gives the last thing that was done; `None` when it stays as it is, also because `assignee` lost access meanwhile.
    """
    done = unassign_stranger(session, issue, permit, now=now)
    if issue.assignee_user_id is not None or issue.assignee_team_id is not None or assignee == Assignee():
        return done
    try:
        return triage.assign(session, issue, permit, assignee, now=now)
    except AssignmentRefusedError as error:
        log.warning("issues.ownership.refused", project_id=issue.project_id, reason=str(error))
        return done


def unassign_stranger(session: Session, issue: Issue, permit: Permit, *, now: datetime) -> Activity | None:
    """Take `issue` from a person or a team that cannot be given it now: they left, or do not see its project."""
    holder = chosen_assignee(issue.assignee_user_id, issue.assignee_team_id)
    if holder == Assignee():
        return None
    project = session.get_one(Project, issue.project_id)
    try:
        validate_for_project(session, project, holder)
    except AssignmentRefusedError:
        why = _why_strange(session, project, holder)
    else:
        return None
    issue.assignee_user_id = issue.assignee_team_id = None
    return changed(session, issue, permit, ActivityType.UNASSIGNED, now=now, data=why)


def _why_strange(session: Session, project: Project, holder: Assignee) -> dict[str, str]:
    """What history says of it (`activities.describe`)."""
    if holder.user_id is None:
        return {"stranger": f"#{session.get_one(Team, holder.team_id).slug}"}
    has_left = find_membership(session, holder.user_id, project.organization_id) is None
    return {"left" if has_left else "stranger": session.get_one(User, holder.user_id).name}


def find_orphans(session: Session, *, limit: int = AT_A_TIME) -> Sequence[IssueId]:
    """Open issues that are still somebody's who left or does not see them; resolved ones wait till they come back."""
    return session.scalars(
        select(Issue.id)
        .join(User, User.id == Issue.assignee_user_id)
        .join(Project, Project.id == Issue.project_id)
        .where(Issue.status != IssueStatus.RESOLVED, is_whole(), is_strange())
        .order_by(Issue.id)
        .limit(limit)
    ).all()


def unassign_orphans(database: Database, held: Held, *, clock: Clock, lease_seconds: float) -> None:
    """Take every such issue from them, under the lease `held`, until there is none."""

    def find(session: Session, _now: datetime, limit: int) -> Sequence[IssueId]:
        return find_orphans(session, limit=limit)

    one_by_one(database, held, find, _unassign_orphan, clock=clock, lease_seconds=lease_seconds)


def chosen_assignee(user_id: UserId | None, team_id: TeamId | None) -> Assignee:
    """The choice that a project's two columns hold; of neither, it is nobody."""
    return Assignee(user_id=user_id, team_id=team_id)


def is_strange() -> ColumnElement[bool]:
    """Whether `User`, who has an issue of `Project`, does not see it, as `members.authorize` decides that."""
    # Two queries deep it would mean the teams of any project, unless it is told whose project is meant.
    owners = select(ProjectTeam.team_id).where(ProjectTeam.project_id == Project.id).correlate(Project)
    in_them = select(TeamMembership.member_id).where(TeamMembership.team_id.in_(owners))
    any_project = [role for role in Role if role.rank >= ANY_PROJECT.rank]
    return ~exists().where(
        Member.user_id == User.id,
        Member.organization_id == Project.organization_id,
        *COUNTS,
        or_(Project.is_open, Member.role.in_(any_project), Member.id.in_(in_them)),
    )


def _unassign_orphan(session: Session, issue: Issue, now: datetime) -> None:
    organization_id = session.get_one(Project, issue.project_id).organization_id
    permit = Permit.system("Tocsin", Scope(organization_id, issue.project_id), Via.TIMER)
    unassign_stranger(session, issue, permit, now=now)
