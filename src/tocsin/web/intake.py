"""What became of all that was sent to a project, as its page tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy.orm import Session

from tocsin.intake.overflow import find_overflow
from tocsin.intake.received import STORED, IntakeOutcome, outcomes_since
from tocsin.issues.models import Issue
from tocsin.organizations.models import Project

DAYS_SHOWN = 7

DROPPED_AS: Mapping[IntakeOutcome, tuple[str, str]] = MappingProxyType(
    {
        IntakeOutcome.RATE_LIMITED: ("Over a limit", "The limit of the project or of a key was reached."),
        IntakeOutcome.OVERLOADED: (
            "Too much at once",
            "More came than this server can store; the SDKs were told to hold off.",
        ),
        IntakeOutcome.STORAGE_FAILED: ("Not stored", "The database took nothing: see the server's log and its disk."),
        IntakeOutcome.EVENT_FAILED: (
            "Failed by itself",
            "Something in an event cannot be stored: see the server's log.",
        ),
        IntakeOutcome.TOO_LARGE: ("Too large", "An event has at most 1 MiB, and a request 20 MiB."),
        IntakeOutcome.MALFORMED: ("Not understood", "It was no envelope, no event, or was cut short."),
        IntakeOutcome.NOT_KEPT: (
            "Of a kind that is not kept",
            "Sessions, transactions, attachments, users' feedback. For CSP reports of browsers there is no address.",
        ),
        IntakeOutcome.SDK_RATE_LIMITED: ("Held off by the SDK", "It had been told to send nothing for a while."),
        IntakeOutcome.SDK_QUEUE_FULL: ("Overflowed in the SDK", "More happened than the SDK can send."),
        IntakeOutcome.SDK_NETWORK: ("Lost on the way", "The SDK did not reach this server."),
        IntakeOutcome.SDK_REFUSED: ("Refused, as the SDK tells", "The SDK got an answer that was an error."),
        IntakeOutcome.SDK_SAMPLED: ("Left out by sampling", "The SDK is set to send only a part."),
        IntakeOutcome.SDK_FILTERED: ("Filtered in the application", "`before_send` or a processor dropped it."),
        IntakeOutcome.SDK_OTHER: ("Dropped by the SDK", "It gave another reason."),
    }
)
"""What each outcome of what was not stored is called on the page, and what that means."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """One row of what was dropped."""

    name: str
    meaning: str
    last_day: int
    last_week: int


@dataclass(frozen=True, slots=True)
class Intake:
    """What came in during the last 24 hours and the last seven days, and what was dropped, most first."""

    stored_last_day: int
    stored_last_week: int
    overflow_last_day: int
    overflow_last_week: int
    """Of those that were stored, how many were put into the project's overflow."""
    overflow: Issue | None
    dropped: list[Dropped]


def intake_of(session: Session, project: Project, *, now: datetime) -> Intake:
    """What the page of the project shows, to the hour."""
    day = outcomes_since(session, project.id, since=now - timedelta(days=1))
    week = outcomes_since(session, project.id, since=now - timedelta(days=DAYS_SHOWN))
    dropped = [
        Dropped(*DROPPED_AS[outcome], day.get(outcome, 0), events)
        for outcome, events in week.items()
        if outcome in DROPPED_AS
    ]
    dropped.sort(key=lambda row: row.last_week, reverse=True)
    return Intake(
        stored_last_day=sum(day.get(outcome, 0) for outcome in STORED),
        stored_last_week=sum(week.get(outcome, 0) for outcome in STORED),
        overflow_last_day=day.get(IntakeOutcome.TOO_MANY_NEW_ISSUES, 0),
        overflow_last_week=week.get(IntakeOutcome.TOO_MANY_NEW_ISSUES, 0),
        overflow=find_overflow(session, project.id) if IntakeOutcome.TOO_MANY_NEW_ISSUES in week else None,
        dropped=dropped,
    )
