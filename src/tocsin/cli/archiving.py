"""`tocsin issues archive` and `priority`: how long an issue is put aside, and how urgent it is."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from cyclopts import Parameter

from tocsin.cli.issue_acts import IssueArgument, act_on
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.issues.act import IssueAction
from tocsin.issues.archiving import Forever, Until, UntilEscalating, UntilMoment, until_after, until_counted
from tocsin.issues.models import IssuePriority
from tocsin.kernel.clock import system_clock
from tocsin.kernel.errors import InvalidInputError

Word = Literal["escalating", "forever"]
WORDS: dict[Word, Until] = {"escalating": UntilEscalating(), "forever": Forever()}


def archive(
    issue: IssueArgument,
    /,
    *,
    until: Annotated[
        Word | None, Parameter(help="Until it escalates (the usual way), or until somebody reopens it.")
    ] = None,
    for_: Annotated[str | None, Parameter(name="--for", help="For so long: 30m, 2h, 3d, 1w.")] = None,
    until_time: Annotated[str | None, Parameter(help="Until this moment, in ISO 8601 (UTC without a zone).")] = None,
    events: Annotated[int | None, Parameter(help="Until so many more events.")] = None,
    users: Annotated[int | None, Parameter(help="Until so many more users.")] = None,
    within: Annotated[int | None, Parameter(help="Count those events or users within so many minutes.")] = None,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Put an issue aside, until it escalates or as one of the options says."""
    wishes: list[Until] = []
    if until is not None:
        wishes.append(WORDS[until])
    if for_ is not None:
        wishes.append(until_after(for_, now=system_clock()))
    if until_time is not None:
        wishes.append(UntilMoment(_moment(until_time)))
    if events is not None:
        wishes.append(until_counted("events", events, within))
    if users is not None:
        wishes.append(until_counted("users", users, within))
    action = IssueAction("archive", until=_one_of(wishes, is_windowed=within is not None))
    act_on(issue, action, organization=organization, as_=as_, json=json)


def priority(
    issue: IssueArgument,
    priority: Annotated[IssuePriority, Parameter(name="PRIORITY", help="How urgent it is.")],
    /,
    *,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Say how urgent an issue is."""
    act_on(issue, IssueAction("set_priority", priority=priority), organization=organization, as_=as_, json=json)


def _one_of(wishes: list[Until], *, is_windowed: bool) -> Until:
    if len(wishes) > 1:
        raise InvalidInputError("Give only one of --until, --for, --until-time, --events and --users.")
    wish = wishes[0] if wishes else UntilEscalating()
    if is_windowed and not hasattr(wish, "minutes"):
        raise InvalidInputError("--within goes with --events or --users.")
    return wish


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(f"--until-time takes a moment such as 2026-12-24T09:00, not {text!r}.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
