"""`tocsin projects`: the projects of an organization, and what the system does in them by itself."""

from typing import Annotated

from cyclopts import App, Parameter
from sqlalchemy.orm import Session

from tocsin.cli.choose import choose_organization, choose_person, choose_project, permit_for
from tocsin.cli.database import acting, open_database
from tocsin.cli.issue_acts import get_assignee
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.cli.output import answer, table
from tocsin.issues.aging import set_resolve_after_days
from tocsin.issues.ownership import describe_assign_new_to, set_assign_new_to
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.kernel.errors import InvalidInputError
from tocsin.members.authorize import visible_projects
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Verb
from tocsin.settings import Settings

app = App(name="projects", help="The projects of an organization.")

NEVER, NOBODY = "never", "nobody"


@app.command(name="list")
def list_(*, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False) -> None:
    """Show the projects, by slug."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
        projects = visible_projects(session, choose_person(session, home, as_), home.id)
        documents = [_document(session, project) for project in projects]
    lines = table(
        ("PROJECT", "NAME", "OPEN", "RESOLVED AFTER DAYS", "NEW ISSUES GO TO"),
        [tuple(document.values()) for document in documents],
        nothing="There is no project.",
    )
    answer(documents, lines, as_json=json)


@app.command(name="set")
def set_(
    slug: Annotated[str, Parameter(name="SLUG", help="Slug of the project.")],
    /,
    *,
    resolve_after_days: Annotated[
        str | None, Parameter(help="Resolve what was not seen for so many days; or `never`.")
    ] = None,
    assign_new_to: Annotated[
        str | None, Parameter(help="Who is given new issues: e-mail of a member, #slug of a team, or `nobody`.")
    ] = None,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Choose what the system does by itself with the issues of a project."""
    if resolve_after_days is None and assign_new_to is None:
        raise InvalidInputError("Say --resolve-after-days, --assign-new-to, or both.")
    now = system_clock()
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        project = choose_project(session, home, slug)
        permit = permit_for(session, home, as_, Verb.EDIT_PROJECTS, project_id=project.id)
        if resolve_after_days is not None:
            set_resolve_after_days(session, permit, project, _days(resolve_after_days), now=now)
        if assign_new_to is not None:
            assignee = None if assign_new_to == NOBODY else get_assignee(session, home, assign_new_to)
            set_assign_new_to(session, permit, project, assignee, now=now)
        document = _document(session, project)
    answer(document, [f"{name}: {'-' if value is None else value}" for name, value in document.items()], as_json=json)


def _days(text: str) -> int | None:
    if text == NEVER:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise InvalidInputError(f"--resolve-after-days takes a number of days or `{NEVER}`, not {text!r}.")
    return int(text)


def _document(session: Session, project: Project) -> dict[str, object]:
    return {
        "slug": project.slug,
        "name": project.name,
        "open": project.is_open,
        "resolve_after_days": project.resolve_after_days,
        "assign_new_to": describe_assign_new_to(session, project),
    }
