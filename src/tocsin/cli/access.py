"""`tocsin projects access`: who sees a project, and which teams own it."""

from typing import Annotated, Literal

from cyclopts import Parameter
from sqlalchemy.orm import Session

from tocsin.cli.choose import choose_organization, choose_project, permit_for
from tocsin.cli.database import acting, open_database
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.cli.output import answer
from tocsin.issues.access import set_access
from tocsin.issues.assignees import list_assignees
from tocsin.kernel.clock import system_clock
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Verb
from tocsin.organizations.queries import get_team, list_owners
from tocsin.settings import Settings


def access(
    slug: Annotated[str, Parameter(name="SLUG", help="Slug of the project.")],
    /,
    *,
    visible_to: Annotated[
        Literal["all", "teams"] | None, Parameter(help="Every member, or only its teams and admins.")
    ] = None,
    give_to: Annotated[list[str] | None, Parameter(help="Slug of a team that owns it, too; repeatable.")] = None,
    take_from: Annotated[list[str] | None, Parameter(help="Slug of a team that owns it no longer; repeatable.")] = None,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Choose who sees a project; without an option, show it. Issues of whom it is hidden from become nobody's."""
    is_change = visible_to is not None or bool(give_to) or bool(take_from)
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        project = choose_project(session, home, slug)
        permit = permit_for(session, home, as_, Verb.EDIT_PROJECTS if is_change else Verb.SEE, project_id=project.id)
        if is_change:
            given, taken = (
                [get_team(session, home.id, team) for team in teams or ()] for teams in (give_to, take_from)
            )
            owners = {team.id: team for team in (*list_owners(session, project.id), *given)}
            kept = [team for team in owners.values() if team not in taken]
            is_open = project.is_open if visible_to is None else visible_to == "all"
            set_access(session, permit, project, is_open=is_open, teams=kept, now=system_clock())
        document = _document(session, project)
    lines = [
        f"{slug} is visible to {'every member' if document['open'] else 'its teams and admins'}.",
        f"Teams: {' '.join(f'#{each}' for each in document['teams']) or '-'}",
        f"People: {', '.join(document['people']) or '-'}",
    ]
    answer(document, lines, as_json=json)


def _document(session: Session, project: Project) -> dict:
    return {
        "slug": project.slug,
        "open": project.is_open,
        "teams": [team.slug for team in list_owners(session, project.id)],
        "people": [name for _, name in list_assignees(session, project).people],
    }
