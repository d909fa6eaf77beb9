"""`tocsin issues delete`: deleting an issue for good."""

from typing import Annotated

from cyclopts import Parameter

from tocsin.cli.choose import SOURCE, choose_organization, choose_person
from tocsin.cli.database import acting, open_database
from tocsin.cli.issue_acts import IssueArgument, document, get_visible
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.cli.output import answer
from tocsin.issues.act import IssueAction, act
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
