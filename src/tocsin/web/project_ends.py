"""What ends on a project's page: its old name, and the project itself."""

from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read, write
from tocsin.members.authorize import authorize
from tocsin.organizations.deleting import delete_project, rename_project
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope, Verb
from tocsin.web.place import open_place
from tocsin.web.project_forms import accept_project_form
from tocsin.web.projects import show_project_page
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record


def accept_name(visit: SignedInVisit) -> Response:
    """Call the project what was typed."""

    def change(session: Session, permit: Permit, project: Project) -> None:
        rename_project(session, permit, project, visit.field("name"), now=visit.now)

    return accept_project_form(visit, change, section="#name")


def accept_end(visit: SignedInVisit) -> Response:
    """Delete the project if its slug was typed, and show those that are left."""
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        project = place.get_project(visit.request.path_params["project"])
    scope = Scope(place.organization.id, project.id)
    try:
        with (
            refusals_on_record(visit, target=f"project:{project.id}"),
            write(visit.deps.database, timeout=WRITER_SECONDS) as session,
        ):
            permit = authorize(session, visit.person.user_id, Verb.DELETE, scope, source=PAGE)
            gone = session.get_one(Project, project.id)
            delete_project(session, permit, gone, visit.field("typed"), now=visit.now)
    except TOLD_ON_THE_PAGE as error:
        return show_project_page(visit, sentence=str(error), status=page_of(error).status)
    return RedirectResponse(f"/{place.organization.slug}/projects/", status_code=303)
