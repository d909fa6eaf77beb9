"""The form by which an issue is put aside for a time, for so many events or users, or forever."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from tocsin.issues.act import IssueAction
from tocsin.issues.archiving import (
    COUNT_AT_MOST,
    MINUTES_AT_MOST,
    Forever,
    Until,
    UntilEscalating,
    UntilEvents,
    UntilMoment,
    UntilUsers,
)
from tocsin.organizations.permit import Verb
from tocsin.slack.actions.issue import act_on_card
from tocsin.slack.answer import Answer
from tocsin.slack.messages.buttons import ARCHIVE_UNTIL
from tocsin.slack.messages.menus import Option
from tocsin.slack.messages.modals import Choose, Count, Input
from tocsin.slack.press import Press
from tocsin.slack.views.row import Asked, FormError, Values, ViewRow

UNTIL, COUNT, MINUTES = "until", "count", "minutes"

ESCALATING, FOREVER, EVENTS, USERS = "escalating", "forever", "events", "users"
TIMES = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1), "month": timedelta(days=30)}

OPTIONS = (
    Option("Until it escalates", ESCALATING),
    Option("For an hour", "hour"),
    Option("For a day", "day"),
    Option("For a week", "week"),
    Option("For 30 days", "month"),
    Option("Until so many more events", EVENTS),
    Option("Until so many more users", USERS),
    Option("Forever", FOREVER),
)


def ask(_session: Session, _asked: Asked) -> tuple[Input, ...]:
    """All the ways, of which the gentlest stands first."""
    return (
        Choose(UNTIL, "Put it aside", OPTIONS),
        Count(COUNT, "How many", COUNT_AT_MOST, hint="For “Until so many more events” or “users”."),
        Count(MINUTES, "Within how many minutes", MINUTES_AT_MOST, hint="Empty: however long that takes."),
    )


def act(session: Session, press: Press, now: datetime) -> Answer | None:
    """Archive the issue as the form says.

    Raises:
        FormError: a number is missing, or is none.
    """
    return act_on_card(session, press, IssueAction("archive", until=_read(press.values, now)), now=now)


def blame(values: Values) -> str:
    """The number, where there is one."""
    return COUNT if values.get(UNTIL) in {EVENTS, USERS} else UNTIL


def _read(values: Values, now: datetime) -> Until:
    until = values.get(UNTIL, "")
    if until in TIMES:
        return UntilMoment(now + TIMES[until])
    match until:
        case "escalating":
            return UntilEscalating()
        case "forever":
            return Forever()
        case "events":
            return UntilEvents(_number(values, COUNT), _minutes(values))
        case "users":
            return UntilUsers(_number(values, COUNT), _minutes(values))
    raise FormError(UNTIL, "Choose one of these.")


def _minutes(values: Values) -> int | None:
    return _number(values, MINUTES) if MINUTES in values else None


def _number(values: Values, name: str) -> int:
    text = values.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise FormError(name, "Give a whole number.")
    return int(text)


ARCHIVE_VIEW = ViewRow(
    label=ARCHIVE_UNTIL.label,
    title="Archive",
    submit="Archive",
    verb=Verb.TRIAGE,
    doc="A form: put aside until it escalates, for a time, until so many events or users, or forever.",
    ask=ask,
    act=act,
    blame=blame,
)
