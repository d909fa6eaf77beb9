"""The frame of each form on a project's page: who may, the transaction, what is said where it cannot be."""

from collections.abc import Callable

from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read, write
from tocsin.members.authorize import authorize
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope, Verb
from tocsin.web.place import open_place
from tocsin.web.projects import show_project_page
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record

Change = Callable[[Session, Permit, Project], object]

ITS_PAGE = "{project}/"
"""Where a form leads that leaves the project there."""


def accept_project_form(
    visit: SignedInVisit, change: Change, *, verb: Verb = Verb.EDIT_PROJECTS, leads_to: str = ITS_PAGE
) -> Response:
    """Let `change` do all that the form asks, or nothing; what cannot be is said on the page, with what was typed.

    `verb` is what the person must be allowed, `leads_to` where they go then, under the address of the projects
    (`{project}/#limits`).
    """
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        project = place.get_project(visit.request.path_params["project"])
    scope = Scope(place.organization.id, project.id)
    try:
        with (
            refusals_on_record(visit, target=f"project:{project.id}"),
            write(visit.deps.database, timeout=WRITER_SECONDS) as session,
        ):
            permit = authorize(session, visit.person.user_id, verb, scope, source=PAGE)
            change(session, permit, session.get_one(Project, project.id))
    except TOLD_ON_THE_PAGE as error:
        return show_project_page(visit, sentence=str(error), status=page_of(error).status)
    there = leads_to.format(project=project.slug)
    return RedirectResponse(f"/{place.organization.slug}/projects/{there}", status_code=303)
