"""Sealing the audit log from time to time into one chain for each organization, and verifying the chains."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy import Select, bindparam, func, select, tuple_, update
from sqlalchemy.orm import Session

from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import OrganizationId
from tocsin.organizations.audit import AuditEntry, AuditHead
from tocsin.organizations.audit_chain import (
    EMPTY,
    Break,
    Head,
    Link,
    canonical,
    find_break,
    find_missing_head,
    seal,
)

SEAL_EVERY = 60
"""Seconds. What was written since the last sealing can be altered without a trace, so not long; in the transaction of
the verb itself everybody who acts in one organization would queue for its head."""
BATCH = 500
"""Entries of one transaction: some 20 ms of the writer's time."""
SERVER_CHAIN = 0
"""The chain of the entries that belong to no organization."""
CONTENT = (
    "id",
    "organization_id",
    "at",
    "event",
    "actor_user_id",
    "actor_label",
    "target",
    "via",
    "integration_id",
    "slack_user_id",
    "channel",
    "ts",
    "data",
)
"""What a seal covers. A later column must not join it: every seal made so far would seem broken."""

log = structlog.get_logger()

_SEAL = (
    update(AuditEntry)
    .where(AuditEntry.id == bindparam("entry_id"))
    .values(sequence=bindparam("number"), previous_hash=bindparam("after"), hash=bindparam("made"))
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying one chain found."""

    organization_id: OrganizationId | None
    """None for the chain of the server itself."""
    head: Head
    unsealed: int
    """Entries that wait for the next sealing; nothing can be said of them yet."""
    broken: Break | None


def seal_audit_log(database: Database, *, now: datetime) -> int:
    """Seal whatever is not sealed yet, a batch in each transaction; gives the number of entries."""
    sealed = 0
    while True:
        with write(database) as session:
            made = seal_entries(session, now=now)
        if not made:
            return sealed
        sealed += made


def seal_entries(session: Session, *, now: datetime) -> int:
    """Seal the oldest entries that are not sealed yet, at most `BATCH` of one chain; gives their number.

    On PostgreSQL an entry may be committed after a younger one was sealed: the chain has the order of sealing.
    """
    oldest = session.execute(
        select(AuditEntry.organization_id).where(AuditEntry.sequence.is_(None)).order_by(AuditEntry.id).limit(1)
    ).one_or_none()
    if oldest is None:
        return 0
    head = _take_head(session, oldest.organization_id, now)
    reached = Head(head.sequence, head.hash)
    rows = []
    for entry in session.scalars(
        _of(oldest.organization_id).where(AuditEntry.sequence.is_(None)).order_by(AuditEntry.id).limit(BATCH)
    ):
        made = Head(reached.sequence + 1, seal(content_of(entry), reached.sequence + 1, reached.hash))
        rows.append({"entry_id": entry.id, "number": made.sequence, "after": reached.hash, "made": made.hash})
        reached = made
    if rows:
        session.connection().execute(_SEAL, rows)
        head.sequence, head.hash, head.sealed_at = reached.sequence, reached.hash, now
        session.flush()
        # The logs leave this machine, and with them goes what proves later that the chain was not made anew.
        log.info(
            "audit.chain.sealed",
            organization_id=oldest.organization_id,
            sequence=reached.sequence,
            hash=reached.hash,
        )
    return len(rows)


def verify_chain(database: Database, organization_id: OrganizationId | None, *, noted: Head | None = None) -> Verdict:
    """Walk the chain of an organization, or the server's own; `noted` is a head that was kept elsewhere."""
    with read(database) as session:
        if not database.is_sqlite:
            # Head and entries of one moment: what is sealed during the walk would look like a false end.
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        return _verify(session, organization_id, noted)


def list_chains(session: Session) -> list[OrganizationId | None]:
    """Every chain that has an entry or a head, the server's own first."""
    of_entries = session.scalars(select(AuditEntry.organization_id).distinct()).all()
    of_heads = session.scalars(select(AuditHead.chain)).all()
    found = {_chain_of(each) for each in of_entries} | set(of_heads)
    return [OrganizationId(chain) if chain != SERVER_CHAIN else None for chain in sorted(found)]


def content_of(entry: AuditEntry) -> str:
    """The entry as its seal covers it; moments in UTC, to the microsecond."""
    facts = {name: getattr(entry, name) for name in CONTENT}
    return canonical(facts | {"at": entry.at.astimezone(UTC).isoformat(timespec="microseconds")})


def _verify(session: Session, organization_id: OrganizationId | None, noted: Head | None) -> Verdict:
    def links() -> Iterator[Link]:
        return _links(session, organization_id)

    stored = session.get(AuditHead, _chain_of(organization_id))
    head = EMPTY if stored is None else Head(stored.sequence, stored.hash)
    broken = find_break(links, head)
    if broken is None and noted is not None:
        broken = find_missing_head(links, noted)
    unsealed = select(func.count()).select_from(
        _of(organization_id).where(AuditEntry.sequence.is_(None)).with_only_columns(AuditEntry.id).subquery()
    )
    return Verdict(organization_id, head, session.scalar(unsealed) or 0, broken)


def _take_head(session: Session, organization_id: OrganizationId | None, now: datetime) -> AuditHead:
    """The head of the chain, held against another sealing until the transaction ends."""
    chain = _chain_of(organization_id)
    head = session.scalars(select(AuditHead).where(AuditHead.chain == chain).with_for_update()).one_or_none()
    if head is None:
        head = AuditHead(chain=chain, sequence=EMPTY.sequence, hash=EMPTY.hash, sealed_at=now)
        session.add(head)
        session.flush()
    return head


def _links(session: Session, organization_id: OrganizationId | None) -> Iterator[Link]:
    """The sealed entries by number, those of one number by id; read in batches, since most walks end early."""
    place = tuple_(AuditEntry.sequence, AuditEntry.id)
    ordered = _of(organization_id).where(AuditEntry.sequence.is_not(None)).order_by(AuditEntry.sequence, AuditEntry.id)
    last = (0, 0)
    while entries := session.scalars(ordered.where(place > last).limit(BATCH)).all():
        for entry in entries:
            session.expunge(entry)
            yield _link(entry)
        last = (entries[-1].sequence or 0, entries[-1].id)


def _link(entry: AuditEntry) -> Link:
    return Link(entry.id, content_of(entry), entry.sequence or 0, entry.previous_hash or "", entry.hash or "")


def _of(organization_id: OrganizationId | None) -> Select[AuditEntry]:
    """The entries of one chain."""
    if organization_id is None:
        return select(AuditEntry).where(AuditEntry.organization_id.is_(None))
    return select(AuditEntry).where(AuditEntry.organization_id == organization_id)


def _chain_of(organization_id: OrganizationId | None) -> int:
    return SERVER_CHAIN if organization_id is None else organization_id
