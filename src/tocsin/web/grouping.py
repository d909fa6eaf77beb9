"""Why an event is in its issue, and the fingerprint rules of a project: shown, tried out, kept."""

from typing import Any

from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from tocsin.events.explain import explain_grouping
from tocsin.events.models import StoredEvent
from tocsin.events.schema import Event
from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.intake.overflow import FINGERPRINT
from tocsin.issues.fingerprint_rules import Preview, preview_fingerprint_rules, rules_of, set_fingerprint_rules
from tocsin.issues.models import IssueFingerprint
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.members.authorize import authorize
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Scope, Verb
from tocsin.web.place import open_place, show
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record

KEEP, TRY = "keep", "try"


def grouping_facts(session: Session, event: StoredEvent, decoded: Event) -> dict[str, Any]:
    """Why `event` is grouped as it is by the rules of now, and whether it was grouped by the same when it came."""
    why = explain_grouping(decoded, rules_of(session.get_one(Project, event.project_id)))
    then = session.get(IssueFingerprint, event.fingerprint_id) if event.fingerprint_id is not None else None
    return {
        "why": why,
        "is_overflow": then is not None and then.hash == FINGERPRINT,
        "grouped_otherwise": then.summary or then.method if then and then.hash != why.hash else "",
    }


def show_fingerprint_rules(visit: SignedInVisit) -> Response:
    """The rules of a project, to be read and, by who may, changed."""
    return _show(visit)


def accept_fingerprint_rules(visit: SignedInVisit) -> Response:
    """Keep the rules, or say what they would do; a line that is no rule is named, and nothing is kept."""
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        project = place.get_project(visit.request.path_params["project"])
    scope, text = Scope(place.organization.id, project.id), visit.field("rules")
    try:
        with (
            refusals_on_record(visit, target=f"project:{project.id}"),
            write(visit.deps.database, timeout=WRITER_SECONDS) as session,
        ):
            permit = authorize(session, visit.person.user_id, Verb.EDIT_PROJECTS, scope, source=PAGE)
            if visit.field("do") == KEEP:
                set_fingerprint_rules(session, permit, session.get_one(Project, project.id), text, now=visit.now)
                address = f"/{place.organization.slug}/projects/{project.slug}/fingerprint-rules/"
                return RedirectResponse(address, status_code=303)
        with read(visit.deps.database) as session:
            preview = preview_fingerprint_rules(session, session.get_one(Project, project.id), text)
    except (*TOLD_ON_THE_PAGE, InvalidInputError) as error:
        return _show(visit, text=text, sentence=str(error), status=page_of(error).status)
    return _show(visit, text=text, preview=preview)


def _show(
    visit: SignedInVisit,
    *,
    text: str | None = None,
    preview: Preview | None = None,
    sentence: str = "",
    status: int = 200,
) -> Response:
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        project = place.get_project(visit.request.path_params["project"])
        facts = {
            "project": project,
            "text": project.fingerprint_rules if text is None else text,
            "preview": preview,
            "sentence": sentence,
            "may_edit": place.may(Verb.EDIT_PROJECTS),
        }
    return show("fingerprint_rules.html", visit, facts, place=place, section="projects", status=status)
