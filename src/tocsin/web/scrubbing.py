"""What a project wants taken out of its events, as its page changes it."""

from starlette.responses import RedirectResponse, Response

from tocsin.events.scrubbing import ScrubRules
from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.intake.scrub_rules import set_scrub_rules, split_names
from tocsin.kernel.db import read, write
from tocsin.members.authorize import authorize
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Scope, Verb
from tocsin.web.place import open_place
from tocsin.web.projects import show_project_page
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record


def accept_scrub_rules(visit: SignedInVisit) -> Response:
    """Keep what is to be taken out; what cannot be is said on the page, and nothing is kept."""
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        project = place.get_project(visit.request.path_params["project"])
    rules = ScrubRules(
        more_names=split_names(visit.field("more_names")),
        harmless_names=split_names(visit.field("harmless_names")),
        emails=visit.field("emails") == "on",
        ip_addresses=visit.field("ip_addresses") == "on",
    )
    scope = Scope(place.organization.id, project.id)
    try:
        with (
            refusals_on_record(visit, target=f"project:{project.id}"),
            write(visit.deps.database, timeout=WRITER_SECONDS) as session,
        ):
            permit = authorize(session, visit.person.user_id, Verb.EDIT_PROJECTS, scope, source=PAGE)
            set_scrub_rules(session, permit, session.get_one(Project, project.id), rules, now=visit.now)
    except TOLD_ON_THE_PAGE as error:
        return show_project_page(visit, sentence=str(error), status=page_of(error).status)
    return RedirectResponse(f"/{place.organization.slug}/projects/{project.slug}/#scrubbing", status_code=303)
