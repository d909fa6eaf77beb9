"""What the audit log tells of an account: signing in, and what becomes of its name, address and password."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from tocsin.kernel.ids import OrganizationId
from tocsin.members.authorize import list_memberships
from tocsin.members.models import User
from tocsin.organizations.audit import AuditEvent, create_audit_entry_from_user
from tocsin.organizations.permit import Source


def record_account_event(
    session: Session,
    event: AuditEvent,
    user: User | None,
    *,
    source: Source,
    now: datetime,
    label: str | None = None,
    data: Mapping[str, str] | None = None,
) -> None:
    """Write a line for each organization of the person, or one without an organization for somebody unknown.

    `label` is who did it, where that is not the person. What was typed as an e-mail is not kept: people type passwords
    there.
    """
    organizations: list[OrganizationId | None] = []
    if user is not None:
        organizations.extend(membership.organization_id for membership in list_memberships(session, user.id))
    for organization_id in organizations or [None]:
        create_audit_entry_from_user(
            session,
            event,
            organization_id=organization_id,
            user_id=user.id if user is not None and label is None else None,
            label=label or (user.name if user is not None else "somebody unknown"),
            source=source,
            target=f"user:{user.id}" if user is not None else None,
            now=now,
            data=None if data is None else dict(data),
        )
