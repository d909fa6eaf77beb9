"""Overflow: the one issue of a project in which events stand that would have opened more issues than a minute may have.

They are stored and counted as all others: refusing them would lose what they tell, and an answer that makes SDKs hold
off would lose the events of issues that are known, too. What comes again in a later minute opens an issue of its own.
"""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.intake.prepared import PreparedEvent
from tocsin.issues.models import Issue, IssueFingerprint
from tocsin.kernel.ids import ProjectId

OVERFLOW = "overflow"
"""What the fingerprint of the issue was made by."""

FINGERPRINT = "6f766572666c6f770000000000000000"
"""No event has it by itself: others are hashes of what they say."""

TITLE = "Too many new issues in a minute"
EXPLANATION = "Events that were each to open an issue when the project's limit of new issues was reached"


def overflowing(event: PreparedEvent) -> PreparedEvent:
    """`event` as one of the project's overflow, with nothing changed in what is stored of it but its place."""
    return replace(
        event,
        fingerprint=FINGERPRINT,
        grouping_method=OVERFLOW,
        grouping_summary=TITLE,
        earlier_fingerprints=(),
        title=TITLE,
        value=EXPLANATION,
        culprit="",
    )


def find_overflow(session: Session, project_id: ProjectId) -> Issue | None:
    """The issue in which the project's overflow stands, or that it was merged into; none if there never was any."""
    return session.scalar(
        select(Issue)
        .join(IssueFingerprint, IssueFingerprint.issue_id == Issue.id)
        .where(IssueFingerprint.project_id == project_id, IssueFingerprint.hash == FINGERPRINT)
    )
