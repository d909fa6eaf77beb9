"""An upgrade splits no issue: the one that an older version of the grouping named gets the new fingerprint, too."""

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from tocsin.intake.prepared import PreparedEvent
from tocsin.issues.models import IssueFingerprint
from tocsin.kernel.ids import ProjectId
from tocsin.organizations.models import Project

Key = tuple[ProjectId, str]


def adopt(session: Session, events: Sequence[PreparedEvent]) -> bool:
    """Let the issues that know `events` by an older fingerprint be found by the new one; whether there is any.

    `events` are those whose fingerprint leads to no issue yet. Where two issues know the events of one new fingerprint,
    it leads to that of the event that came first.
    """
    older = [event for event in events if event.earlier_fingerprints]
    if not older:
        return False
    adopted = False
    for project_id in sorted({event.project_id for event in older}):
        # Another process may adopt the same: whoever has the project's row looks once more.
        session.execute(select(Project.id).where(Project.id == project_id).with_for_update())
        own = [event for event in older if event.project_id == project_id]
        known = _find(session, project_id, {hash_ for event in own for hash_ in event.earlier_fingerprints})
        taken = _find(session, project_id, {event.fingerprint for event in own})
        rows = {event.fingerprint: row for event in reversed(own) if (row := _successor(event, known))}
        rows = {hash_: row for hash_, row in rows.items() if hash_ not in taken}
        if rows:
            session.execute(insert(IssueFingerprint), list(rows.values()))
        adopted = adopted or bool(rows or taken)
    return adopted


def _find(session: Session, project_id: ProjectId, hashes: set[str]) -> dict[str, IssueFingerprint]:
    found = session.scalars(
        select(IssueFingerprint).where(IssueFingerprint.project_id == project_id, IssueFingerprint.hash.in_(hashes))
    )
    return {fingerprint.hash: fingerprint for fingerprint in found}


def _successor(event: PreparedEvent, known: dict[str, IssueFingerprint]) -> dict[str, object] | None:
    """The row of the event's fingerprint, if an issue knows it by one of its older ones."""
    older = next((known[hash_] for hash_ in event.earlier_fingerprints if hash_ in known), None)
    if older is None:
        return None
    return {
        "project_id": event.project_id,
        "hash": event.fingerprint,
        "grouping_version": event.grouping_version,
        "method": event.grouping_method,
        "summary": event.grouping_summary,
        "issue_id": older.issue_id,
        "merged_from_id": older.merged_from_id,
        "succeeds_id": older.succeeds_id or older.id,
    }
