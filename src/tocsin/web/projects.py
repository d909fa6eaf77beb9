"""Projects: the list of them, making one, and how an application is told to report to it."""

import json
from datetime import timedelta

from sqlalchemy import select
from starlette.responses import RedirectResponse, Response

from tocsin.events.fingerprint_rules import rules_in_force
from tocsin.events.models import StoredEvent
from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.intake.batch import store_batch
from tocsin.intake.names import NameCache
from tocsin.intake.prepare import prepare_event
from tocsin.intake.received import IntakeOutcome, Received, add_received, stored_by_key
from tocsin.intake.scrub_rules import scrub_rules_of
from tocsin.issues.assignees import list_assignees
from tocsin.issues.counters import hour_of
from tocsin.issues.queries import count_unresolved
from tocsin.issues.retention import Limits, describe_stored
from tocsin.kernel.db import read, write
from tocsin.kernel.ids import random_key
from tocsin.members.authorize import authorize
from tocsin.organizations.create import create_project, dsn_of
from tocsin.organizations.keys import list_active_keys, list_keys
from tocsin.organizations.permit import Scope, Verb
from tocsin.organizations.queries import list_owners, list_teams
from tocsin.web.intake import intake_of
from tocsin.web.place import open_place, show
from tocsin.web.project_figures import figures_of
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record
from tocsin.web.snippets import SNIPPETS

KEYS_WATCHED = timedelta(days=7)
"""So far back it is told what came with a key: whoever replaces one sees who uses it still."""


def show_projects(visit: SignedInVisit) -> Response:
    """The projects that the visitor may see."""
    return _list(visit, sentence="", status=200)


def accept_project(visit: SignedInVisit) -> Response:
    """Make a project, and show how to report to it."""
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
    slug = visit.field("slug").lower()
    try:
        with (
            refusals_on_record(visit, target=f"organization:{place.organization.id}"),
            write(visit.deps.database, timeout=WRITER_SECONDS) as session,
        ):
            permit = authorize(session, visit.person.user_id, Verb.EDIT_PROJECTS, place.scope, source=PAGE)
            create_project(session, permit, slug, now=visit.now)
    except TOLD_ON_THE_PAGE as error:
        return _list(visit, sentence=str(error), status=page_of(error).status)
    return RedirectResponse(f"/{place.organization.slug}/projects/{slug}/", status_code=303)


def show_project(visit: SignedInVisit) -> Response:
    """One project: its DSN, what to write into an application, and what happens in it by itself."""
    return show_project_page(visit, sentence="", status=200)


def show_project_page(visit: SignedInVisit, *, sentence: str, status: int) -> Response:
    """The page of the project that the address names, with what stood in the way of a change."""
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        project = place.get_project(visit.request.path_params["project"])
        unresolved = count_unresolved(session, [project.id]).get(project.id, 0)
        assignees = list_assignees(session, project)
        owners = list_owners(session, project.id)
        teams = list_teams(session, place.organization.id)
        keys = list_keys(session, project.id)
        taken = stored_by_key(session, project.id, since=visit.now - KEYS_WATCHED)
        intake = intake_of(session, project, now=visit.now)
        stored = describe_stored(session, project.id)
    settings = visit.deps.settings
    dsns = {key.id: dsn_of(key.public_key, settings.base_url, project.id) for key in keys if key.is_active}
    facts = {
        "project": project,
        "dsn": next(iter(dsns.values()), None),
        "dsns": dsns,
        "unresolved": unresolved,
        "snippets": SNIPPETS,
        "may_edit": place.may(Verb.EDIT_PROJECTS),
        "may_delete": place.may(Verb.DELETE),
        "assignees": assignees,
        "owners": owners,
        "teams": teams,
        "keys": keys,
        "taken_by_key": taken,
        "active_keys": [key for key in keys if key.is_active],
        "intake": intake,
        "scrub_rules": scrub_rules_of(project),
        "stored": stored,
        "usual": Limits(settings.retention_days, settings.retention_events),
        "sentence": sentence,
    }
    return show("project.html", visit, facts, place=place, section="projects", status=status)


def send_test_event(visit: SignedInVisit) -> Response:
    """Store an event as if an SDK had sent it, scrubbed, counted and with its alerts, and show its issue.

    Each press makes an issue of its own, unless the project's fingerprint rules say otherwise: one that is open
    already would ring no more.
    """
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        project = place.get_project(visit.request.path_params["project"])
    payload = json.dumps(
        {
            "logentry": {
                "message": "A test event, sent by %s",
                "formatted": f"A test event, sent by {visit.person.name}",
            },
            "level": "info",
            "platform": "other",
            "tags": {"test": "yes"},
            "fingerprint": ["test-event", random_key()],
        }
    ).encode()
    rules = rules_in_force(project.fingerprint_rules)
    event = prepare_event(
        payload,
        project_id=project.id,
        envelope_event_id=None,
        now=visit.now,
        rules=rules,
        scrub_rules=scrub_rules_of(project),
    )
    with write(visit.deps.database, timeout=WRITER_SECONDS) as session:
        authorize(session, visit.person.user_id, Verb.TRIAGE, Scope(place.organization.id, project.id), source=PAGE)
        stored = store_batch(session, [event], NameCache(), now=visit.now)
        outcome = IntakeOutcome.TOO_MANY_NEW_ISSUES if stored.overflow else IntakeOutcome.ACCEPTED
        for key in list_active_keys(session, project.id)[:1]:
            add_received(session, {Received(project.id, hour_of(visit.now), key.id, outcome): 1})
        issue_id = session.scalars(
            select(StoredEvent.issue_id).where(
                StoredEvent.project_id == project.id, StoredEvent.event_id == event.event_id
            )
        ).one()
    return RedirectResponse(f"/{place.organization.slug}/issues/{issue_id}/", status_code=303)


def _list(visit: SignedInVisit, *, sentence: str, status: int) -> Response:
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        unresolved = count_unresolved(session, place.project_ids())
        figures = figures_of(session, place.project_ids(), now=visit.now)
    facts = {
        "unresolved": unresolved,
        "figures": figures,
        "may_create": place.may(Verb.EDIT_PROJECTS),
        "sentence": sentence,
        "slug": visit.field("slug"),
    }
    return show("projects.html", visit, facts, place=place, section="projects", status=status)
