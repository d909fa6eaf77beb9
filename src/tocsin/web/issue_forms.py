"""What the forms of an issue's page mean: the fields that a browser sends, read into an action."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from tocsin.issues.act import ISSUE_ACTIONS, IssueAction
from tocsin.issues.archiving import Until, UntilMoment, until_after, until_counted
from tocsin.issues.models import IssuePriority
from tocsin.issues.triage import Assignee
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import TeamId, UserId

Field = Callable[[str], str]
"""A form's field by its name, empty where it has none."""

ASSIGNEE = re.compile(r"(user|team):([1-9][0-9]{0,17})")
TO_ME, TO_NOBODY = "me", "nobody"
NUMBER = re.compile(r"[0-9]{1,9}")


def parse_action(field: Field, *, now: datetime) -> IssueAction:
    """The action that a form's fields mean; `action` is its name.

    Raises:
        InvalidInputError: there is no such action, or something that it needs is missing or makes no sense.
    """
    name = field("action")
    if name not in ISSUE_ACTIONS:
        raise InvalidInputError("That is nothing that can be done to an issue.")
    parse = FORMS.get(name)
    return IssueAction(name) if parse is None else parse(field, now)


def _assign(field: Field, _now: datetime) -> IssueAction:
    """`to` is `me`, `nobody`, `user:3` or `team:2`."""
    to = field("to")
    if to == TO_ME:
        return IssueAction("assign_me")
    if to == TO_NOBODY:
        return IssueAction("unassign")
    match = ASSIGNEE.fullmatch(to)
    if match is None:
        raise InvalidInputError("Choose a person or a team to assign the issue to.")
    number = int(match[2])
    is_team = match[1] == "team"
    return IssueAction("assign", Assignee(team_id=TeamId(number)) if is_team else Assignee(user_id=UserId(number)))


def _archive(field: Field, now: datetime) -> IssueAction:
    """`until` is `moment`, `events`, `users`, or a time from now (`2h`)."""
    return IssueAction("archive", until=_until(field, now))


def _until(field: Field, now: datetime) -> Until:
    match field("until"):
        case "moment":
            return UntilMoment(_moment(field("moment")))
        case "events" | "users" as what:
            minutes = field("minutes")
            return until_counted(what, _number(field("count")), _number(minutes) if minutes else None)
        case duration:
            return until_after(duration, now=now)


def _resolve_in_release(field: Field, _now: datetime) -> IssueAction:
    """`release` is a version."""
    return IssueAction("resolve_in_release", release=field("release"))


def _resolve_in_commit(field: Field, _now: datetime) -> IssueAction:
    """`commit` is a sha."""
    return IssueAction("resolve_in_commit", commit=field("commit"))


def _set_priority(field: Field, _now: datetime) -> IssueAction:
    """`priority` is one of `IssuePriority`."""
    if field("priority") not in list(IssuePriority):
        raise InvalidInputError(f"Choose a priority: {', '.join(IssuePriority)}.")
    return IssueAction("set_priority", priority=IssuePriority(field("priority")))


def _comment(field: Field, _now: datetime) -> IssueAction:
    """`text` is what is said."""
    return IssueAction("comment", text=field("text"))


def _merge(field: Field, _now: datetime) -> IssueAction:
    """`into` is another issue, as people call it."""
    return IssueAction("merge", into=field("into"))


def _unmerge(field: Field, _now: datetime) -> IssueAction:
    """`fingerprint` is the hash of one."""
    return IssueAction("unmerge", fingerprints=(field("fingerprint"),))


def _link(field: Field, _now: datetime) -> IssueAction:
    """`url` is an address elsewhere, `label` what the issue is called there."""
    return IssueAction("link", url=field("url"), label=field("label") or None)


def _unlink(field: Field, _now: datetime) -> IssueAction:
    """`url` is one that it is linked to."""
    return IssueAction("unlink", url=field("url"))


def _moment(text: str) -> datetime:
    """What `<input type="datetime-local">` sends has no zone: the form says that it means UTC."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # in UTC it may be beyond the calendar
        raise InvalidInputError("Give the moment to archive until as a date and a time in UTC.") from None


def _number(text: str) -> int:
    if not NUMBER.fullmatch(text.strip()):
        raise InvalidInputError("Give whole numbers of events or users, and of minutes.")
    return int(text)


FORMS: dict[str, Callable[[Field, datetime], IssueAction]] = {
    "assign": _assign,
    "archive": _archive,
    "resolve_in_release": _resolve_in_release,
    "resolve_in_commit": _resolve_in_commit,
    "set_priority": _set_priority,
    "comment": _comment,
    "merge": _merge,
    "unmerge": _unmerge,
    "link": _link,
    "unlink": _unlink,
}
"""The actions that need more than their name, each with what reads the rest of its form."""
