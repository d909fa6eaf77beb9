"""Whether anybody may ask to join an organization."""

from datetime import datetime

from sqlalchemy.orm import Session

from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Organization
from tocsin.organizations.permit import Permit


def allow_join_requests(
    session: Session, permit: Permit, organization: Organization, *, are_allowed: bool, now: datetime
) -> None:
    """Open or close `/{organization}/join/`; requests that wait can still be rejected, and approved once it is open."""
    if organization.join_requests == are_allowed:
        return
    organization.join_requests = are_allowed
    session.flush()
    create_audit_entry(
        session,
        permit,
        AuditEvent.ORGANIZATION_EDIT,
        target=f"organization:{organization.id}",
        now=now,
        data={"join_requests": are_allowed},
    )
