"""Reading the audit log: narrowed by who, what, upon what, through which door and when; the newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from tocsin.kernel.db import Database, read
from tocsin.kernel.ids import OrganizationId
from tocsin.organizations.audit import AuditEntry

EXPORT_BATCH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are wanted; what is `None` narrows nothing."""

    who: str | None = None
    """A part of the actor's name, or a whole Slack user id (`U...`)."""
    event: str | None = None
    """A value of `AuditEvent`, or the first part of some (`member`)."""
    target: str | None = None
    """`kind:id`, or the kind alone (`issue`)."""
    via: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Entries before this moment."""


def list_audit(
    session: Session,
    organization_id: OrganizationId,
    wanted: AuditFilter,
    *,
    limit: int,
    offset: int = 0,
) -> list[AuditEntry]:
    """One page of the organization's entries, the newest first."""
    found = _narrowed(organization_id, wanted).order_by(AuditEntry.id.desc()).limit(limit).offset(offset)
    return list(session.scalars(found))


def export_audit(database: Database, organization_id: OrganizationId, wanted: AuditFilter) -> Iterator[AuditEntry]:
    """Every entry that fits, the oldest first; read in batches, so that a long log fills no memory."""
    after = 0
    while True:
        with read(database) as session:
            batch = session.scalars(
                _narrowed(organization_id, wanted)
                .where(AuditEntry.id > after)
                .order_by(AuditEntry.id)
                .limit(EXPORT_BATCH)
            ).all()
        if not batch:
            return
        yield from batch
        after = batch[-1].id


def _narrowed(organization_id: OrganizationId, wanted: AuditFilter) -> Select[AuditEntry]:
    found = select(AuditEntry).where(AuditEntry.organization_id == organization_id)
    if wanted.who:
        found = found.where(
            AuditEntry.actor_label.icontains(wanted.who, autoescape=True) | (AuditEntry.slack_user_id == wanted.who)
        )
    if wanted.event:
        found = found.where(
            (AuditEntry.event == wanted.event) | AuditEntry.event.startswith(f"{wanted.event}.", autoescape=True)
        )
    if wanted.target:
        found = found.where(
            (AuditEntry.target == wanted.target) | AuditEntry.target.startswith(f"{wanted.target}:", autoescape=True)
        )
    if wanted.via:
        found = found.where(AuditEntry.via == wanted.via)
    if wanted.since is not None:
        found = found.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        found = found.where(AuditEntry.at < wanted.until)
    return found
