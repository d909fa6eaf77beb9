"""What the system does by itself in a project, as its page shows and changes it."""

import re

from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.issues.aging import set_resolve_after_days
from tocsin.issues.ownership import set_assign_new_to
from tocsin.issues.retention import set_retention
from tocsin.issues.triage import Assignee
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import TeamId, UserId
from tocsin.members.authorize import authorize
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Scope, Verb
from tocsin.web.place import Place, open_place
from tocsin.web.projects import show_project_page
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record

SOMEBODY = re.compile(r"(user|team):([1-9][0-9]{0,17})")
DAYS = re.compile(r"[0-9]{1,6}")
EVENTS = re.compile(r"[0-9]{1,12}")


def accept_settings(visit: SignedInVisit) -> Response:
    """Keep what was chosen; what cannot be is said on the page, and nothing is kept."""
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
    return RedirectResponse(f"/{place.organization.slug}/projects/{project.slug}/", status_code=303)


def _change(session: Session, visit: SignedInVisit, place: Place, project: Project) -> None:
    scope = Scope(place.organization.id, project.id)
    permit = authorize(session, visit.person.user_id, Verb.EDIT_PROJECTS, scope, source=PAGE)
    row = session.get_one(Project, project.id)
    set_resolve_after_days(session, permit, row, _days(visit.field("resolve_after_days")), now=visit.now)
    set_assign_new_to(session, permit, row, _assignee(visit.field("assign_new_to")), now=visit.now)
    days, events = _days(visit.field("retention_days")), _events(visit.field("retention_events"))
    set_retention(session, permit, row, days=days, events=events, now=visit.now)


def _days(text: str) -> int | None:
    """An empty field means never, or what is usual here."""
    if not text.strip():
        return None
    if DAYS.fullmatch(text.strip()) is None:
        raise InvalidInputError("Give a whole number of days, or none for never.")
    return int(text)


def _events(text: str) -> int | None:
    """An empty field means what is usual here."""
    if not text.strip():
        return None
    if EVENTS.fullmatch(text.strip()) is None:
        raise InvalidInputError("Give a whole number of events, or none for what is usual here.")
    return int(text)


def _assignee(text: str) -> Assignee | None:
    """`user:3` or `team:2`; an empty field means nobody."""
    if not text:
        return None
    match = SOMEBODY.fullmatch(text)
    if match is None:
        raise InvalidInputError("Choose a person, a team or nobody.")
    number = int(match[2])
    return Assignee(team_id=TeamId(number)) if match[1] == "team" else Assignee(user_id=UserId(number))
