"""`tocsin issues delete` and `delete-event`: deleting an issue, or one event of it, for good."""

from typing import Annotated

from cyclopts import Parameter

from tocsin.cli.choose import SOURCE, choose_organization, choose_person
from tocsin.cli.database import acting, open_database
from tocsin.cli.issue_acts import IssueArgument, document, get_visible
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.cli.output import answer
from tocsin.events.decode import parse_event_id
from tocsin.issues.act import IssueAction, act
from tocsin.issues.event_deleting import delete_event
from tocsin.issues.models import Issue
from tocsin.issues.queries import get_issue_line
from tocsin.kernel.clock import system_clock
from tocsin.kernel.errors import InvalidInputError
from tocsin.settings import Settings


def delete(
    issue: IssueArgument,
    /,
    *,
    yes: Annotated[bool, Parameter(negative="", help="Say that you mean it: nothing brings it back.")] = False,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Delete an issue with its events, comments and history; its cards in Slack say so."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        user_id = choose_person(session, home, as_)
        line = get_issue_line(session, get_visible(session, home, user_id, issue).id)
        if not yes:
            raise InvalidInputError(
                f"{line.short_id} has {line.event_count:,} events; say --yes to delete it for good."
            )
        act(session, user_id=user_id, source=SOURCE, issue_id=line.id, action=IssueAction("delete"), now=system_clock())
    answer(document(line) | {"status": "deleted"}, [f"{line.short_id} is deleted."], as_json=json)


def delete_event_(
    issue: IssueArgument,
    event: Annotated[str, Parameter(name="EVENT", help="Id of the event, as its address has it: 32 hex digits.")],
    /,
    *,
    yes: Annotated[bool, Parameter(negative="", help="Say that you mean it: nothing brings it back.")] = False,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Delete one event with all that it says; its issue stays, with its counts and history."""
    event_id = parse_event_id(event)
    if event_id is None:
        raise InvalidInputError(f"{event!r} is no id of an event: give 32 hex digits.")
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        user_id = choose_person(session, home, as_)
        found = get_visible(session, home, user_id, issue)
        if not yes:
            raise InvalidInputError(f"Say --yes to delete the event {event_id} of {found.short_id} for good.")
        issue_id = delete_event(session, found, event_id, user_id=user_id, source=SOURCE, now=system_clock())
        short_id = session.get_one(Issue, issue_id).short_id
    gone = {"event": event_id, "issue": short_id, "deleted": True}
    answer(gone, [f"The event {event_id} of {short_id} is deleted."], as_json=json)
