"""The keys of a project: each makes a DSN by which applications may report, until it is switched off."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.kernel.errors import ConflictError, InvalidInputError
from tocsin.kernel.ids import ProjectId, random_key
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.errors import KeyNotFoundError
from tocsin.organizations.models import Project, ProjectKey
from tocsin.organizations.permit import Permit

KEYS_AT_MOST = 50
"""Of one project, switched off or not: one for each application that may be cut off alone, and some that were."""

LONGEST_LABEL = 64
"""Characters."""


def list_keys(session: Session, project_id: ProjectId) -> Sequence[ProjectKey]:
    """All keys of the project, oldest first."""
    return session.scalars(select(ProjectKey).where(ProjectKey.project_id == project_id).order_by(ProjectKey.id)).all()


def list_active_keys(session: Session, project_id: ProjectId) -> Sequence[ProjectKey]:
    """The keys by which applications may report to the project, oldest first."""
    return [key for key in list_keys(session, project_id) if key.is_active]


def get_key(session: Session, project: Project, public_key: str) -> ProjectKey:
    """The key of these 32 hex digits.

    Raises:
        KeyNotFoundError: the project has none of that name.
    """
    for key in list_keys(session, project.id):
        if key.public_key == public_key:
            return key
    raise KeyNotFoundError(f"{project.slug} has no key {public_key[:40]!r}.")


def add_key(session: Session, permit: Permit, project: Project, label: str, *, now: datetime) -> ProjectKey:
    """Make a further key; `label` tells people what it is for. Keys that there are go on.

    Raises:
        InvalidInputError: the label is empty or too long, or the project has very many keys.
    """
    words = " ".join(label.split())
    if not 1 <= len(words) <= LONGEST_LABEL:
        raise InvalidInputError(f"Say in 1 to {LONGEST_LABEL} characters what the key is for.")
    # Held, so that of two who come at once the second counts the first one's key.
    session.get_one(Project, project.id, with_for_update=True)
    if len(list_keys(session, project.id)) >= KEYS_AT_MOST:
        raise InvalidInputError(f"A project has at most {KEYS_AT_MOST} keys; switch one of them on again.")
    key = ProjectKey(project_id=project.id, public_key=random_key(), label=words, created_at=now)
    session.add(key)
    session.flush()
    _tell(session, permit, AuditEvent.PROJECT_KEY_ADD, key, now)
    return key


def switch_key(session: Session, permit: Permit, key: ProjectKey, *, is_active: bool, now: datetime) -> None:
    """Let applications report by `key`, or no longer; processes know it within ten seconds (`ingest.keys`).

    Raises:
        ConflictError: it is so already.
    """
    if key.is_active == is_active:
        raise ConflictError(f"The key {key.label} is switched {'on' if is_active else 'off'} already.")
    key.is_active = is_active
    session.flush()
    _tell(session, permit, AuditEvent.PROJECT_KEY_ENABLE if is_active else AuditEvent.PROJECT_KEY_DISABLE, key, now)


def _tell(session: Session, permit: Permit, event: AuditEvent, key: ProjectKey, now: datetime) -> None:
    data: dict[str, object] = {"key_id": key.id, "label": key.label}
    create_audit_entry(session, permit, event, target=f"project:{key.project_id}", now=now, data=data)
