"""`tocsin issues`: find and triage issues."""

from typing import Annotated

from cyclopts import App, Parameter, validators

from tocsin.cli.archiving import archive, priority
from tocsin.cli.choose import choose_organization, choose_person
from tocsin.cli.comments import comment, comments, edit_comment_, remove_comment_
from tocsin.cli.database import open_database
from tocsin.cli.deleting import delete, delete_event_
from tocsin.cli.issue_acts import IssueArgument, act_on, document, get_visible
from tocsin.cli.linking import link, unlink
from tocsin.cli.merging import fingerprints, merge, unmerge
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.cli.output import answer, table
from tocsin.cli.resolving import resolve
from tocsin.issues.act import IssueAction
from tocsin.issues.queries import get_issue_line
from tocsin.issues.search import Order, list_page, understand
from tocsin.issues.search_fields import Asker
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.members.authorize import visible_projects
from tocsin.settings import Settings

app = App(name="issues", help="Find and triage issues.")


@app.command(name="list")
def list_(
    query: Annotated[
        str, Parameter(help="What to look for, as in the search of the pages: is:unresolved level:error.")
    ] = "",
    /,
    *,
    sort: Annotated[Order, Parameter(help="In which order.")] = Order.LAST_SEEN,
    limit: Annotated[int, Parameter(help="At most so many.", validator=validators.Number(gte=1))] = 1000,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Show issues, the most recently seen first."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
        user_id = choose_person(session, home, as_)
        asker = Asker(session, home.id, user_id, visible_projects(session, user_id, home.id), system_clock())
        found = list_page(session, understand(asker, query), order=sort, limit=limit).lines
    rows = [(line.short_id, line.status, line.priority, line.event_count, line.assignee, line.title) for line in found]
    lines = table(("ISSUE", "STATE", "PRIORITY", "EVENTS", "ASSIGNEE", "TITLE"), rows, nothing="No issue fits.")
    answer([document(line) for line in found], lines, as_json=json)


@app.command
def show(
    issue: IssueArgument, /, *, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False
) -> None:
    """Show one issue."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
        found = get_visible(session, home, choose_person(session, home, as_), issue)
        line = get_issue_line(session, found.id)
    details = {
        "project": line.project_slug,
        "value": line.value,
        "culprit": line.culprit,
        "level": line.level,
        "substatus": line.substatus,
        "archived_until": line.archived_until,
        "resolved_where": line.resolved_where or None,
        "priority": line.priority,
        "users": line.user_count,
        "first_seen": line.first_seen.isoformat(),
        "last_seen": line.last_seen.isoformat(),
    }
    shown = document(line) | details
    answer(shown, [f"{name}: {value}" for name, value in shown.items()], as_json=json)


@app.command
def reopen(
    issue: IssueArgument, /, *, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False
) -> None:
    """Make a resolved or archived issue unresolved again."""
    act_on(issue, IssueAction("reopen"), organization=organization, as_=as_, json=json)


@app.command
def unassign(
    issue: IssueArgument, /, *, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False
) -> None:
    """Take an issue from whoever has it."""
    act_on(issue, IssueAction("unassign"), organization=organization, as_=as_, json=json)


@app.command
def assign(
    issue: IssueArgument,
    /,
    *,
    to: Annotated[str, Parameter(help="E-mail of a member, or #slug of a team.")],
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Give an issue to a person or a team."""
    act_on(issue, IssueAction("assign"), to=to, organization=organization, as_=as_, json=json)


app.command(resolve)
app.command(archive)
app.command(priority)
app.command(comment)
app.command(comments)
app.command(edit_comment_, name="edit-comment")
app.command(remove_comment_, name="remove-comment")
app.command(merge)
app.command(unmerge)
app.command(fingerprints)
app.command(link)
app.command(unlink)
app.command(delete)
app.command(delete_event_, name="delete-event")
