"""What the verbs of `tocsin issues` share: naming an issue, acting on it as a person, and showing what became of it."""

from dataclasses import replace
from typing import Annotated

from cyclopts import Parameter
from sqlalchemy.orm import Session

from tocsin.cli.choose import SOURCE, choose_organization, choose_person
from tocsin.cli.database import acting, open_database
from tocsin.cli.output import answer
from tocsin.issues.act import IssueAction, act
from tocsin.issues.deleting import require_undeleted
from tocsin.issues.errors import IssueNotFoundError
from tocsin.issues.models import Issue
from tocsin.issues.queries import IssueLine, find_issue, get_issue_line
from tocsin.issues.triage import Assignee
from tocsin.kernel.clock import system_clock
from tocsin.kernel.errors import InvalidInputError, NotFoundError
from tocsin.kernel.ids import UserId
from tocsin.members.authorize import visible_projects
from tocsin.members.people import get_member_by_email
from tocsin.organizations.models import Organization
from tocsin.organizations.queries import find_team
from tocsin.settings import Settings

IssueArgument = Annotated[str, Parameter(name="ID", help="Number (12) or short id (WEB-12) of the issue.")]


def act_on(
    issue: str, action: IssueAction, *, organization: str | None, as_: str | None, json: bool, to: str | None = None
) -> None:
    """Do `action` as a person, to whom `to` names if it needs that, and show what became of the issue."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        user_id = choose_person(session, home, as_)
        found = get_visible(session, home, user_id, issue)
        wanted = action if to is None else replace(action, assignee=get_assignee(session, home, to))
        act(session, user_id=user_id, source=SOURCE, issue_id=found.id, action=wanted, now=system_clock())
        line = get_issue_line(session, found.id)
    state = " ".join(word for word in (line.status, line.archived_until, line.resolved_where) if word)
    owner = f", assigned to {line.assignee}" if line.assignee is not None else ""
    answer(document(line), [f"{line.short_id} is {state}{owner}."], as_json=json)


def get_visible(session: Session, organization: Organization, user_id: UserId, text: str) -> Issue:
    """The issue that `text` names, if this person may see it.

    Raises:
        IssueNotFoundError: there is none, or they may not.
        IssueDeletedError: there was.
    """
    found = find_issue(session, organization.id, text)
    seen = {project.id for project in visible_projects(session, user_id, organization.id)}
    if found is None or found.project_id not in seen:
        raise IssueNotFoundError(f"There is no issue {text!r} in {organization.slug}.")
    require_undeleted(session, found)
    return found


def document(line: IssueLine) -> dict[str, object]:
    """An issue as programs rely on it."""
    return {
        "id": line.id,
        "short_id": line.short_id,
        "title": line.title,
        "status": line.status,
        "assignee": line.assignee,
        "count": line.event_count,
    }


def get_assignee(session: Session, organization: Organization, text: str) -> Assignee:
    """Whom `EMAIL` or `#team` means.

    Raises:
        NotFoundError: nobody is called so.
        InvalidInputError: it is neither.
    """
    if text.startswith("#"):
        team = find_team(session, organization.id, text.removeprefix("#"))
        if team is None:
            raise NotFoundError(f"There is no team {text} in {organization.slug}.")
        return Assignee(team_id=team.id)
    if "@" not in text:
        raise InvalidInputError(f"{text!r} is neither the e-mail of a member nor the #slug of a team.")
    return Assignee(user_id=get_member_by_email(session, organization.id, text).user_id)
