"""Putting an issue aside, and the moment, number or rate that brings it back."""

import re
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy.orm import Session

from tocsin.activities.archive_words import until_words
from tocsin.activities.models import Activity, ActivityType
from tocsin.issues.already import STATUS, already_done
from tocsin.issues.change import changed
from tocsin.issues.models import Issue, IssueStatus, Substatus
from tocsin.issues.resolution import clear_resolution
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.shapes import make_ready
from tocsin.organizations.permit import Permit

COUNT_AT_MOST = 1_000_000
COUNT_WITHIN_AT_MOST = 10_000
"""As many entries of an index are read for each batch of an issue that is archived until so many events in a window."""
MINUTES_AT_MOST = 7 * 24 * 60
LONGEST = timedelta(days=366)
DURATION = re.compile(r"([1-9][0-9]{0,4})([mhdw])")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class UntilEscalating(msgspec.Struct, frozen=True, tag_field="kind", tag="until_escalating"):
    """Until more events come in an hour than were to be expected (`issues.escalation`)."""


class Forever(msgspec.Struct, frozen=True, tag_field="kind", tag="forever"):
    """Until somebody reopens it."""


class UntilMoment(msgspec.Struct, frozen=True, tag_field="kind", tag="until_moment"):
    """Until this moment."""

    moment: datetime


class UntilEvents(msgspec.Struct, frozen=True, tag_field="kind", tag="until_events"):
    """Until `count` more events, or with `minutes` until so many come within any stretch of so many minutes."""

    count: int
    minutes: int | None = None


class UntilUsers(msgspec.Struct, frozen=True, tag_field="kind", tag="until_users"):
    """Until `count` users whom it never hit before; with `minutes` until so many different ones within any of them."""

    count: int
    minutes: int | None = None


Until = UntilEscalating | Forever | UntilMoment | UntilEvents | UntilUsers

SUBSTATUS: dict[type[Until], Substatus] = {
    UntilEscalating: Substatus.ARCHIVED_UNTIL_ESCALATING,
    Forever: Substatus.ARCHIVED_FOREVER,
    UntilMoment: Substatus.ARCHIVED_UNTIL_CONDITION,
    UntilEvents: Substatus.ARCHIVED_UNTIL_CONDITION,
    UntilUsers: Substatus.ARCHIVED_UNTIL_CONDITION,
}
"""How each way of archiving shows in an issue's state."""


class Archive(msgspec.Struct, frozen=True):
    """What an archived issue keeps in its row: until when, and the counts that it began with."""

    until: Until
    at: datetime
    events: int
    users: int


make_ready(Archive)


def archive(session: Session, issue: Issue, permit: Permit, until: Until, *, now: datetime) -> Activity:
    """Put `issue` aside; another way than the present one replaces it, and counting begins anew.

    Raises:
        AlreadyDoneError: it is archived in this very way already.
        InvalidInputError: a moment that is past or years away, or a number out of bounds.
    """
    validate_until(until, now=now)
    if issue.status == IssueStatus.ARCHIVED and archive_of(issue).until == until:
        raise already_done(session, issue, "archived", STATUS)

    issue.status, issue.substatus = IssueStatus.ARCHIVED, SUBSTATUS[type(until)]
    clear_resolution(issue)
    kept = msgspec.to_builtins(Archive(until, now, issue.event_count, issue.user_count))
    issue.archive = kept
    issue.archived_until = until.moment if isinstance(until, UntilMoment) else None
    return changed(session, issue, permit, ActivityType.ARCHIVED, now=now, data={"until": kept["until"]})


def archive_of(issue: Issue) -> Archive:
    """Until when the archived `issue` is put aside."""
    return msgspec.convert(issue.archive, Archive)


def archived_words(status: str, archive_data: dict[str, Any] | None) -> str | None:
    """How long an issue's row says that it is archived, "until 100 more events"; `None` unless it is."""
    if status != IssueStatus.ARCHIVED or archive_data is None:
        return None
    return until_words(archive_data["until"])


def until_after(text: str, *, now: datetime) -> UntilMoment:
    """Until so long from `now`: `30m`, `2h`, `3d` or `1w`.

    Raises:
        InvalidInputError: it is none of these.
    """
    match = DURATION.fullmatch(text.strip())
    if match is None:
        raise InvalidInputError(f"Say how long as 30m, 2h, 3d or 1w, not as {text[:40]!r}.")
    return UntilMoment(now + int(match[1]) * UNITS[match[2]])


def until_counted(what: Literal["events", "users"], count: int, minutes: int | None) -> UntilEvents | UntilUsers:
    """Until `count` more of `what`, or so many within `minutes`."""
    return UntilEvents(count, minutes) if what == "events" else UntilUsers(count, minutes)


def validate_until(until: Until, *, now: datetime) -> None:
    """Refuse what would end at once, or never be noticed.

    Raises:
        InvalidInputError: it says what to give instead.
    """
    if isinstance(until, UntilMoment):
        if until.moment <= now:
            raise InvalidInputError("Choose a moment in the future to archive until.")
        if until.moment > now + LONGEST:
            raise InvalidInputError("Archive for a year at most, or forever.")
    if isinstance(until, UntilEvents | UntilUsers):
        most = COUNT_AT_MOST if until.minutes is None else COUNT_WITHIN_AT_MOST
        if not 1 <= until.count <= most:
            raise InvalidInputError(f"Give a number of {_name(until)} from 1 to {most:,}.")
        if until.minutes is not None and not 1 <= until.minutes <= MINUTES_AT_MOST:
            raise InvalidInputError(f"Give a number of minutes from 1 to {MINUTES_AT_MOST:,} (a week).")


def _name(until: UntilEvents | UntilUsers) -> str:
    return "events" if isinstance(until, UntilEvents) else "users"
