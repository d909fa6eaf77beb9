"""The page of an issue: its state, one of its events in full, its history, and where it stands in chat."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from tocsin.events.decode import decode_event, parse_event_id
from tocsin.events.models import StoredEvent
from tocsin.events.storage import unpack
from tocsin.http.visit import SignedInVisit
from tocsin.issues.assignees import list_assignees
from tocsin.issues.deleting import require_undeleted
from tocsin.issues.errors import EventNotFoundError, IssueNotFoundError
from tocsin.issues.event_queries import (
    find_event_of_project,
    find_first_and_last,
    find_latest_event,
    find_neighbours,
)
from tocsin.issues.external import list_external
from tocsin.issues.merging import list_fingerprints
from tocsin.issues.models import Issue, IssuePriority
from tocsin.issues.queries import find_issue, get_issue_line
from tocsin.issues.similar import list_similar
from tocsin.issues.tags import list_distributions, list_values
from tocsin.kernel.db import read
from tocsin.notifications.broken_channels import list_broken_channels
from tocsin.notifications.queries import list_cards
from tocsin.organizations.models import Project, Release
from tocsin.organizations.permit import Verb
from tocsin.organizations.releases import find_current_release, find_release, find_releases, list_newest_releases
from tocsin.web.event_view import EventView, view_event
from tocsin.web.graph import graphs_of
from tocsin.web.grouping import grouping_facts
from tocsin.web.history import tell_history
from tocsin.web.place import Place, open_place, show
from tocsin.web.told import find_told

RELEASES_OFFERED = 50
"""Versions that the field completes; any other can be typed."""
RELEASES_SHOWN = 6
"""Beside the event, the most frequent first."""
TAG_VALUES_BESIDE = 1
"""Values of each tag that stand beside the event; all of them are on the page of tags."""


@dataclass(frozen=True, slots=True)
class OpenIssue:
    """An issue that the visitor may see, with where it is."""

    place: Place
    project: Project
    issue: Issue

    @property
    def issues_address(self) -> str:
        """The path of the organization's issues."""
        return f"/{self.place.organization.slug}/issues/"

    @property
    def address(self) -> str:
        """The issue's path."""
        return f"{self.issues_address}{self.issue.id}/"


def open_issue(session: Session, visit: SignedInVisit) -> OpenIssue:
    """The issue that the address names.

    Raises:
        IssueNotFoundError: there is none, it is another organization's, or the visitor may not see its project.
        IssueDeletedError: there was; the message says who deleted it.
    """
    place = open_place(session, visit)
    issue = find_issue(session, place.organization.id, visit.request.path_params["issue"])
    project = next((each for each in place.projects if issue is not None and each.id == issue.project_id), None)
    if issue is None or project is None:
        raise IssueNotFoundError("There is no such issue, or you may not see it.")
    require_undeleted(session, issue)
    return OpenIssue(place, project, issue)


def show_issue(visit: SignedInVisit) -> Response:
    """The issue with its newest event; one that was merged leads to the other."""
    with read(visit.deps.database) as session:
        opened = open_issue(session, visit)
        if opened.issue.merged_into_id is not None:
            return RedirectResponse(f"{opened.issues_address}{opened.issue.merged_into_id}/", 303)
        facts = issue_facts(session, visit, opened) | event_facts(session, find_latest_event(session, opened.issue.id))
        facts["told"] = find_told(session, visit, opened.issue)
    return show("issue.html", visit, facts, place=opened.place, section="issues")


def show_event(visit: SignedInVisit) -> Response:
    """The issue with the event that the address names; an event that belongs to another issue by now leads there."""
    with read(visit.deps.database) as session:
        opened = open_issue(session, visit)
        event = get_event(session, opened, visit)
        if event.issue_id != opened.issue.id:
            return RedirectResponse(address_of_event(opened, event), 303)
        facts = issue_facts(session, visit, opened) | event_facts(session, event)
    return show("issue.html", visit, facts, place=opened.place, section="issues")


def show_cards(visit: SignedInVisit) -> Response:
    """Where the issue stands in chat now, for a page that is open while messages are under way."""
    with read(visit.deps.database) as session:
        opened = open_issue(session, visit)
        facts = card_facts(session, opened) | {"is_swap": False}
    return show("_cards.html", visit, facts, place=opened.place)


def card_facts(session: Session, opened: OpenIssue) -> dict[str, Any]:
    """What the page shows of where the issue stands in chat."""
    return {
        "address": opened.address,
        "issue_id": opened.issue.id,
        "issue_short_id": opened.issue.short_id,
        "project_slug": opened.project.slug,
        "cards": list_cards(session, opened.issue.id),
        "may_send_again": opened.place.may(Verb.EDIT_RULES),
    }


def issue_facts(session: Session, visit: SignedInVisit, opened: OpenIssue) -> dict[str, Any]:
    """What the page shows of the issue itself, whichever event is looked at."""
    line = get_issue_line(session, opened.issue.id)
    may_assign = opened.place.may(Verb.ASSIGN)
    may_moderate = opened.place.may(Verb.MODERATE)
    return {
        "issue": line,
        "tab": "event",
        "issues_address": opened.issues_address,
        "permalink": permalink_of(visit, opened),
        "priorities": list(IssuePriority),
        **_release_facts(session, opened.project),
        "may_triage": opened.place.may(Verb.TRIAGE),
        "may_delete": opened.place.may(Verb.DELETE_ISSUES),
        "assignees": list_assignees(session, opened.project) if may_assign else None,
        "assignee_key": assignee_key(opened.issue),
        "is_mine": line.assignee_user_id == visit.person.user_id,
        "history": tell_history(
            session,
            line,
            visit.person.user_id,
            may_moderate=may_moderate,
            issues_address=opened.issues_address,
        ),
        "externals": list_external(session, line.id),
        "fingerprints": list_fingerprints(session, line.id),
        "why": None,
        "may_comment": opened.place.may(Verb.COMMENT),
        **card_facts(session, opened),
        **_figures(session, visit, opened),
        "broken_channels": list_broken_channels(session, opened.place.organization.id, [opened.project.id]),
        "notice": "",
        "told": None,
        "typed": {},
        "is_swap": False,
    }


def permalink_of(visit: SignedInVisit, opened: OpenIssue) -> str:
    """The whole address of the issue by its short id: it tells nothing else, and leads on after a merge."""
    return f"{visit.deps.settings.base_url.rstrip('/')}{opened.issues_address}{opened.issue.short_id}/"


def event_facts(session: Session, event: StoredEvent | None) -> dict[str, Any]:
    """What the page shows of one event; `None` when none is left."""
    if event is None:
        return {"event": None}
    decoded = decode_event(unpack(event.payload))
    happened_at = decoded.timestamp or event.received_at
    view = view_event(decoded, happened_at=happened_at)
    return {
        "event": event,
        "event_id": event.event_id.hex(),
        "view": view,
        "parts": _parts(view),
        "happened_at": happened_at,
        "neighbours": find_neighbours(session, event),
        **grouping_facts(session, event, decoded),
    }


def get_event(session: Session, opened: OpenIssue, visit: SignedInVisit) -> StoredEvent:
    """The event that the address names: of this issue, or of another one of its project that it went to since.

    Raises:
        EventNotFoundError: it is no id, or there is no such event in the project.
    """
    event_id = parse_event_id(visit.request.path_params["event"])
    event = find_event_of_project(session, opened.project.id, event_id) if event_id else None
    if event is None:
        raise EventNotFoundError("There is no such event in this issue; it may have been retired or deleted.")
    return event


def address_of_event(opened: OpenIssue, event: StoredEvent) -> str:
    """The event's path under the issue that it belongs to now."""
    return f"{opened.issues_address}{event.issue_id}/events/{event.event_id.hex()}/"


def _figures(session: Session, visit: SignedInVisit, opened: OpenIssue) -> dict[str, Any]:
    """How often, when, in which releases and for whom: what stands beside any event."""
    issue = opened.issue
    ends = find_first_and_last(session, issue.id)
    seen_in = list_values(session, issue.id, "release")
    versions = [value.value for value in seen_in.values[:RELEASES_SHOWN]] if seen_in else []
    is_whole = ends is not None and ends[0].at <= issue.first_seen
    return {
        "graphs": graphs_of(session, issue.id, now=visit.now),
        "first_release": _release(session, issue, ends[0].release) if ends and is_whole else None,
        "last_release": _release(session, issue, ends[1].release) if ends else None,
        "distributions": list_distributions(session, issue.id, values=TAG_VALUES_BESIDE),
        "releases_seen": seen_in,
        "release_addresses": {
            release.version: f"/{opened.place.organization.slug}/releases/{release.id}/"
            for release in find_releases(session, issue.project_id, versions)
        },
        "releases_shown": RELEASES_SHOWN,
        "similar": list_similar(session, issue.id, issue.project_id, issue),
    }


def _release(session: Session, issue: Issue, version: str | None) -> Release | None:
    return None if version is None else find_release(session, issue.project_id, version)


def _parts(view: EventView) -> list[tuple[str, str]]:
    """The parts of the event's page that have anything in them, by the anchor that leads there."""
    found: dict[str, tuple[object, str]] = {
        "message": (view.message, "Message"),
        "stack": (view.stacks, "Exception" if view.stacks and view.stacks[0].type else "Stack"),
        "threads": (view.threads, "Threads"),
        "breadcrumbs": (view.crumbs, "Breadcrumbs"),
        "request": (view.request, "Request"),
        "contexts": (view.sections, "Contexts"),
        "modules": (view.modules, "Packages"),
        "notes": (view.notes, "Notes"),
    }
    return [(anchor, title) for anchor, (content, title) in found.items() if content]


def _release_facts(session: Session, project: Project) -> dict[str, Any]:
    """The releases in which the issue can be resolved, the last heard of first, and which of them is current."""
    current = find_current_release(session, project.id)
    newest = list_newest_releases(session, project.id, limit=RELEASES_OFFERED)
    return {"releases": [release.version for release in newest], "current_release": current and current.version}


def assignee_key(issue: Issue) -> str:
    """Who has the issue, as the form names them: `user:3`, `team:2`, or empty."""
    if issue.assignee_team_id is not None:
        return f"team:{issue.assignee_team_id}"
    return f"user:{issue.assignee_user_id}" if issue.assignee_user_id is not None else ""
