"""What ends on a project's page: its old name, and the project itself."""

from sqlalchemy.orm import Session
from starlette.responses import Response

from tocsin.http.visit import SignedInVisit
from tocsin.organizations.deleting import delete_project, rename_project
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Verb
from tocsin.web.project_forms import ITS_PAGE, accept_project_form


def accept_name(visit: SignedInVisit) -> Response:
    """Call the project what was typed."""

    def change(session: Session, permit: Permit, project: Project) -> None:
        rename_project(session, permit, project, visit.field("name"), now=visit.now)

    return accept_project_form(visit, change, leads_to=f"{ITS_PAGE}#name")


def accept_end(visit: SignedInVisit) -> Response:
    """Delete the project if its slug was typed, and show those that are left."""

    def change(session: Session, permit: Permit, project: Project) -> None:
        delete_project(session, permit, project, visit.field("typed"), now=visit.now)

    return accept_project_form(visit, change, verb=Verb.DELETE, leads_to="")
