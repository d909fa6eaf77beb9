"""Deleting a project, and giving one another name.

Nobody sees a deleted project any more, and its keys are refused like unknown ones as soon as `ingest.keys` looks again.
Its issues, and all else that belonged to it, go in the background; its row stays, so that its issues' cards can say so.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tocsin.kernel import work
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import ProjectId
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Project, ProjectKey, ProjectTeam
from tocsin.organizations.permit import Permit

DELETED = "deleted"
"""The kind of work that a deleted project or issue asks for: that what belonged to it be removed."""

LONGEST_NAME = 128
"""Characters, of what a project is called beside its slug."""


def delete_project(session: Session, permit: Permit, project: Project, typed: str, *, now: datetime) -> None:
    """Delete `project` for good. Its slug is free again, and is what the person must have `typed`.

    Raises:
        InvalidInputError: they typed something else; nothing was done.
    """
    if typed.strip() != project.slug:
        raise InvalidInputError(f"Type {project.slug} to delete it; nothing was done.")
    data = {"slug": project.slug, "name": project.name}
    create_audit_entry(session, permit, AuditEvent.PROJECT_DELETE, target=f"project:{project.id}", now=now, data=data)
    session.execute(update(ProjectKey).where(ProjectKey.project_id == project.id).values(is_active=False))
    session.execute(delete(ProjectTeam).where(ProjectTeam.project_id == project.id))
    project.deleted_at, project.deleted_by = now, permit.actor.label
    project.slug = f"~{project.id}"  # no slug begins so
    session.flush()
    work.ask(session, DELETED, project.id)


def rename_project(session: Session, permit: Permit, project: Project, name: str, *, now: datetime) -> None:
    """Call `project` something else. Its slug stays: addresses, cards and the names of its issues are made of it.

    Raises:
        InvalidInputError: the name is empty or too long.
    """
    words = " ".join(name.split())
    if not 1 <= len(words) <= LONGEST_NAME:
        raise InvalidInputError(f"Give the project a name of 1 to {LONGEST_NAME} characters.")
    if words == project.name:
        return
    data = {"name": words, "was": project.name}
    project.name = words
    session.flush()
    create_audit_entry(session, permit, AuditEvent.PROJECT_EDIT, target=f"project:{project.id}", now=now, data=data)


def find_unremoved_projects(session: Session) -> Sequence[ProjectId]:
    """Deleted projects of which something may be left, the oldest first."""
    unremoved = (Project.deleted_at.is_not(None), Project.removed_at.is_(None))
    return session.scalars(select(Project.id).where(*unremoved).order_by(Project.id)).all()
