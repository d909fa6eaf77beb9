"""The limits of a project and of its keys, as its page changes them."""

from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read, write
from tocsin.members.authorize import authorize
from tocsin.organizations.models import Project, ProjectKey
from tocsin.organizations.permit import Scope, Verb
from tocsin.organizations.quotas import Quota, list_active_keys, parse_limit, set_quota
from tocsin.web.place import Place, open_place
from tocsin.web.projects import show_project_page
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record


def accept_limits(visit: SignedInVisit) -> Response:
    """Keep the limits of the project and of each of its keys; what cannot be is said on the page."""
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        project = place.get_project(visit.request.path_params["project"])
    try:
        with (
            refusals_on_record(visit, target=f"project:{project.id}"),
            write(visit.deps.database, timeout=WRITER_SECONDS) as session,
        ):
            _change(session, visit, place, project)
    except TOLD_ON_THE_PAGE as error:
        return show_project_page(visit, sentence=str(error), status=page_of(error).status)
    return RedirectResponse(f"/{place.organization.slug}/projects/{project.slug}/#limits", status_code=303)


def _change(session: Session, visit: SignedInVisit, place: Place, project: Project) -> None:
    scope = Scope(place.organization.id, project.id)
    permit = authorize(session, visit.person.user_id, Verb.EDIT_PROJECTS, scope, source=PAGE)
    row = session.get_one(Project, project.id)
    owners: list[tuple[str, Project | ProjectKey]] = [("", row)]
    owners += [(f"_{key.id}", key) for key in list_active_keys(session, project.id)]
    for suffix, owner in owners:
        quota = Quota(
            parse_limit(visit.field(f"per_minute{suffix}")),
            parse_limit(visit.field(f"per_day{suffix}")),
        )
        set_quota(session, permit, owner, quota, now=visit.now)
