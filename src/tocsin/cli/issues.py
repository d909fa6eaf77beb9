"""`tocsin issues`: find and triage issues."""

from typing import Annotated, Literal

from cyclopts import App, Parameter, validators
from sqlalchemy.orm import Session

from tocsin.cli.choose import SOURCE, choose_organization, choose_person, choose_project
from tocsin.cli.database import acting, open_database
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.cli.output import answer, table
from tocsin.issues.act import IssueAction, act
from tocsin.issues.errors import IssueNotFoundError
from tocsin.issues.models import Issue, IssueStatus
from tocsin.issues.queries import IssueLine, find_issue, get_issue_line, list_issues
from tocsin.issues.triage import Assignee
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.kernel.errors import InvalidInputError, NotFoundError
from tocsin.kernel.ids import UserId
from tocsin.members.authorize import visible_projects
from tocsin.members.people import get_member_by_email
from tocsin.organizations.models import Organization
from tocsin.organizations.queries import find_team
from tocsin.settings import Settings

app = App(name="issues", help="Find and triage issues.")

IssueArgument = Annotated[str, Parameter(name="ID", help="Number (12) or short id (WEB-12) of the issue.")]


@app.command(name="list")
def list_(
    *,
    status: Annotated[IssueStatus | None, Parameter(help="Only those in this state.")] = None,
    project: Annotated[str | None, Parameter(help="Only those of the project with this slug.")] = None,
    query: Annotated[str | None, Parameter(help="Only those that have these words in their title or place.")] = None,
    limit: Annotated[int, Parameter(help="At most so many.", validator=validators.Number(gte=1))] = 1000,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Show issues, the most recently seen first."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
        projects = visible_projects(session, choose_person(session, home, as_), home.id)
        if project is not None:
            wanted = choose_project(session, home, project)
            projects = [one for one in projects if one.id == wanted.id]
        found = list_issues(session, [one.id for one in projects], status=status, text=query, limit=limit)
    rows = [(line.short_id, line.status, line.event_count, line.assignee, line.title) for line in found]
    lines = table(("ISSUE", "STATE", "EVENTS", "ASSIGNEE", "TITLE"), rows, nothing="No issue fits.")
    answer([_document(line) for line in found], lines, as_json=json)


@app.command
def show(
    issue: IssueArgument, /, *, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False
) -> None:
    """Show one issue."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
        found = _get_visible(session, home, choose_person(session, home, as_), issue)
        line = get_issue_line(session, found.id)
    details = {
        "project": line.project_slug,
        "value": line.value,
        "culprit": line.culprit,
        "level": line.level,
        "substatus": line.substatus,
        "first_seen": line.first_seen.isoformat(),
        "last_seen": line.last_seen.isoformat(),
    }
    document = _document(line) | details
    answer(document, [f"{name}: {value}" for name, value in document.items()], as_json=json)


@app.command
def resolve(
    issue: IssueArgument, /, *, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False
) -> None:
    """Mark an issue resolved; if it comes back, a new card tells so."""
    _act(issue, "resolve", organization=organization, as_=as_, json=json)


@app.command
def archive(
    issue: IssueArgument,
    /,
    *,
    until: Annotated[Literal["escalating", "forever"], Parameter(help="When it comes back by itself.")] = "escalating",
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Put an issue aside."""
    name = {"escalating": "archive_until_escalating", "forever": "archive_forever"}[until]
    _act(issue, name, organization=organization, as_=as_, json=json)


@app.command
def reopen(
    issue: IssueArgument, /, *, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False
) -> None:
    """Make a resolved or archived issue unresolved again."""
    _act(issue, "reopen", organization=organization, as_=as_, json=json)


@app.command
def unassign(
    issue: IssueArgument, /, *, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False
) -> None:
    """Take an issue from whoever has it."""
    _act(issue, "unassign", organization=organization, as_=as_, json=json)


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
    _act(issue, "assign", to=to, organization=organization, as_=as_, json=json)


def _act(
    issue: str, name: str, *, organization: str | None, as_: str | None, json: bool, to: str | None = None
) -> None:
    """Do one action of `ISSUE_ACTIONS` as a person, and show what became of the issue."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        user_id = choose_person(session, home, as_)
        found = _get_visible(session, home, user_id, issue)
        action = IssueAction(name, None if to is None else _get_assignee(session, home, to))
        act(session, user_id=user_id, source=SOURCE, issue_id=found.id, action=action, now=system_clock())
        line = get_issue_line(session, found.id)
    owner = f", assigned to {line.assignee}" if line.assignee is not None else ""
    answer(_document(line), [f"{line.short_id} is {line.status}{owner}."], as_json=json)


def _get_visible(session: Session, organization: Organization, user_id: UserId, text: str) -> Issue:
    found = find_issue(session, organization.id, text)
    seen = {project.id for project in visible_projects(session, user_id, organization.id)}
    if found is None or found.project_id not in seen:
        raise IssueNotFoundError(f"There is no issue {text!r} in {organization.slug}.")
    return found


def _get_assignee(session: Session, organization: Organization, text: str) -> Assignee:
    """Whom `EMAIL` or `#team` means."""
    if text.startswith("#"):
        team = find_team(session, organization.id, text.removeprefix("#"))
        if team is None:
            raise NotFoundError(f"There is no team {text} in {organization.slug}.")
        return Assignee(team_id=team.id)
    if "@" not in text:
        raise InvalidInputError(f"--to takes an e-mail or #team, not {text!r}.")
    return Assignee(user_id=get_member_by_email(session, organization.id, text).user_id)


def _document(line: IssueLine) -> dict[str, object]:
    return {
        "id": line.id,
        "short_id": line.short_id,
        "title": line.title,
        "status": line.status,
        "assignee": line.assignee,
        "count": line.event_count,
    }
