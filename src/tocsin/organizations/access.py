"""Which projects are open to every member, and which teams own them."""

from datetime import datetime

from sqlalchemy.orm import Session

from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Project, ProjectTeam, Team
from tocsin.organizations.permit import Permit


def set_openness(session: Session, permit: Permit, project: Project, *, is_open: bool, now: datetime) -> None:
    """Let every member of the organization see and triage `project`, or only its teams and admins."""
    if project.is_open == is_open:
        return
    project.is_open = is_open
    session.flush()
    data = {"open": is_open}
    create_audit_entry(session, permit, AuditEvent.PROJECT_EDIT, target=f"project:{project.id}", now=now, data=data)


def give_project_to_team(session: Session, permit: Permit, project: Project, team: Team, *, now: datetime) -> None:
    """Let the people of `team` see and triage `project`; does nothing when they may already."""
    if session.get(ProjectTeam, (project.id, team.id)) is not None:
        return
    session.add(ProjectTeam(project_id=project.id, team_id=team.id))
    session.flush()
    create_audit_entry(
        session, permit, AuditEvent.PROJECT_TEAM_ADD, target=f"project:{project.id}", now=now, data={"team": team.slug}
    )


def take_project_from_team(session: Session, permit: Permit, project: Project, team: Team, *, now: datetime) -> None:
    """`team` owns `project` no longer; does nothing when it does not."""
    owned = session.get(ProjectTeam, (project.id, team.id))
    if owned is None:
        return
    session.delete(owned)
    session.flush()
    data = {"team": team.slug}
    create_audit_entry(
        session, permit, AuditEvent.PROJECT_TEAM_REMOVE, target=f"project:{project.id}", now=now, data=data
    )
