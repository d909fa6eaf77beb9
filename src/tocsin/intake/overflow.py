"""Overflow: the one issue of a project in which events stand that would have opened more issues than a minute may have.

They are stored and counted as all others: refusing them would lose what they tell, and an answer that makes SDKs hold
off would lose the events of issues that are known, too. What comes again in a later minute opens an issue of its own.

A storm lasts until nothing came into overflow for a day. The next one is told as a regression, whether or not somebody
resolved the issue meanwhile: else who once left it unresolved would hear of no storm ever after.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.orm import Session, aliased

from tocsin.intake.prepared import PreparedEvent
from tocsin.issues.models import Issue, IssueFingerprint, IssueStatus, Resolution
from tocsin.kernel.db import UtcDateTime
from tocsin.kernel.ids import ProjectId
from tocsin.kernel.statement import Statement

OVERFLOW = "overflow"
"""What the fingerprint of the issue was made by."""

FINGERPRINT = "6f766572666c6f770000000000000000"
"""No event has it by itself: others are hashes of what they say."""

QUIET = timedelta(hours=24)
"""Without events in overflow for so long a storm is over; one that swells every evening goes on, and rang once."""

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


_OTHER = aliased(IssueFingerprint)
_IS_OVERFLOW_ALONE = ~exists().where(_OTHER.issue_id == IssueFingerprint.issue_id, _OTHER.hash != FINGERPRINT)
_END = Statement(
    update(Issue)
    .where(
        Issue.id
        == select(IssueFingerprint.issue_id)
        .where(
            IssueFingerprint.project_id == bindparam("of_project"),
            IssueFingerprint.hash == FINGERPRINT,
            _IS_OVERFLOW_ALONE,
        )
        .scalar_subquery(),
        Issue.status == IssueStatus.UNRESOLVED,
        Issue.last_seen <= bindparam("quiet_since", type_=UtcDateTime()),
    )
    .values(status=IssueStatus.RESOLVED, resolution=Resolution.QUIET)
)


def end_past_storm(session: Session, project_id: ProjectId, *, now: datetime) -> None:
    """Take the project's last storm for over if it is, so that the events that are about to come are a regression.

    For the transaction alone that puts events into overflow, while it holds the project's row: those bring the issue
    back at once, as they would if somebody had resolved it. Of processes that do so at the same time the second finds
    the events of the first, and what is rolled back was never over.

    An archived issue stays put, and one that was merged with another is told as that one is.
    """
    _END.change(session, {"of_project": project_id, "quiet_since": now - QUIET})
