"""The page of an issue: its state, one of its events in full, its history, and where it stands in chat."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from tocsin.activities.describe import IssueName, Link, OtherIssue, Person, Quote, Text, describe
from tocsin.activities.models import Activity, ActivityType
from tocsin.events.decode import decode_event, parse_event_id
from tocsin.events.models import StoredEvent
from tocsin.events.storage import unpack
from tocsin.http.visit import SignedInVisit
from tocsin.issues.assignees import list_assignees
from tocsin.issues.counters import hour_of, hours_of
from tocsin.issues.errors import IssueNotFoundError
from tocsin.issues.event_queries import find_event, find_latest_event, find_neighbours
from tocsin.issues.external import list_external
from tocsin.issues.merging import list_fingerprints
from tocsin.issues.models import Issue, IssueFingerprint, IssuePriority
from tocsin.issues.queries import IssueLine, find_issue, get_issue_line
from tocsin.kernel.db import read
from tocsin.kernel.errors import NotFoundError
from tocsin.kernel.ids import ActivityId
from tocsin.notifications.broken_channels import list_broken_channels
from tocsin.notifications.queries import list_cards
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Verb
from tocsin.organizations.releases import find_current_release, list_newest_releases
from tocsin.web.event_view import view_event
from tocsin.web.graph import LONGEST, draw_graph
from tocsin.web.place import Place, open_place, show

RELEASES_OFFERED = 50
"""Versions that the field completes; any other can be typed."""
HISTORY_AT_MOST = 100
"""Activities that the page tells, newest first."""

FIRST_SIGHT = [IssueName(), Text(" was seen for the first time")]
"""Told by its card in Slack, and so without a sentence of its own for threads."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened to the issue; `words` are the sentence's parts, each with whether it names a person."""

    words: tuple[tuple[str, bool], ...]
    at: datetime
    via: str
    quote: str = ""
    """Somebody's own words, in their own lines."""
    comment_id: ActivityId | None = None
    """The comment that the visitor may change or take back here; `None` for anything else."""


@dataclass(frozen=True, slots=True)
class OpenIssue:
    """An issue that the visitor may see, with where it is."""

    place: Place
    project: Project
    issue: Issue

    @property
    def address(self) -> str:
        """The issue's path."""
        return f"/{self.place.organization.slug}/issues/{self.issue.id}/"


def open_issue(session: Session, visit: SignedInVisit) -> OpenIssue:
    """The issue that the address names.

    Raises:
        IssueNotFoundError: there is none, it is another organization's, or the visitor may not see its project.
    """
    place = open_place(session, visit)
    issue = find_issue(session, place.organization.id, visit.request.path_params["issue"])
    project = next((each for each in place.projects if issue is not None and each.id == issue.project_id), None)
    if issue is None or project is None:
        raise IssueNotFoundError("There is no such issue, or you may not see it.")
    return OpenIssue(place, project, issue)


def show_issue(visit: SignedInVisit) -> Response:
    """The issue with its newest event; one that was merged leads to the other."""
    with read(visit.deps.database) as session:
        opened = open_issue(session, visit)
        if opened.issue.merged_into_id is not None:
            return RedirectResponse(f"/{opened.place.organization.slug}/issues/{opened.issue.merged_into_id}/", 303)
        facts = issue_facts(session, visit, opened) | event_facts(
            session, opened.issue, find_latest_event(session, opened.issue.id), visit
        )
    return show("issue.html", visit, facts, place=opened.place, section="issues")


def show_event(visit: SignedInVisit) -> Response:
    """The issue with the event that the address names."""
    with read(visit.deps.database) as session:
        opened = open_issue(session, visit)
        event = get_event(session, opened.issue, visit)
        facts = issue_facts(session, visit, opened) | event_facts(session, opened.issue, event, visit)
    return show("issue.html", visit, facts, place=opened.place, section="issues")


def download_event(visit: SignedInVisit) -> Response:
    """The event as it was stored, as a file."""
    with read(visit.deps.database) as session:
        event = get_event(session, open_issue(session, visit).issue, visit)
        payload, name = unpack(event.payload), event.event_id.hex()
    headers = {
        "Content-Disposition": f'attachment; filename="event-{name}.json"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(payload, media_type="application/json", headers=headers)


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
    return {
        "issue": line,
        "priorities": list(IssuePriority),
        **_release_facts(session, opened.project),
        "may_triage": opened.place.may(Verb.TRIAGE),
        "assignees": list_assignees(session, opened.project) if may_assign else None,
        "assignee_key": assignee_key(opened.issue),
        "is_mine": line.assignee_user_id == visit.person.user_id,
        "history": _history(session, line, visit, may_moderate=opened.place.may(Verb.MODERATE)),
        "externals": list_external(session, line.id),
        "fingerprints": list_fingerprints(session, line.id),
        "may_comment": opened.place.may(Verb.COMMENT),
        **card_facts(session, opened),
        "broken_channels": list_broken_channels(session, opened.place.organization.id, [opened.project.id]),
        "notice": "",
        "is_swap": False,
    }


def event_facts(session: Session, issue: Issue, event: StoredEvent | None, visit: SignedInVisit) -> dict[str, Any]:
    """What the page shows of one event, and of how often the issue happens; `None` when all events were retired."""
    hours = hours_of(session, [issue.id], since=hour_of(visit.now) - LONGEST)[issue.id]
    common = {
        "graph": draw_graph(hours, issue.first_seen, now=visit.now) if hours else None,
        "grouping": session.scalars(
            select(IssueFingerprint.method).where(IssueFingerprint.issue_id == issue.id).limit(1)
        ).first(),
    }
    if event is None:
        return {**common, "event": None}
    decoded = decode_event(unpack(event.payload))
    return {
        **common,
        "event": event,
        "event_id": event.event_id.hex(),
        "view": view_event(decoded),
        "happened_at": decoded.timestamp or event.received_at,
        "neighbours": find_neighbours(session, event),
    }


def get_event(session: Session, issue: Issue, visit: SignedInVisit) -> StoredEvent:
    """The issue's event that the address names.

    Raises:
        NotFoundError: it is no id, there is no such event, or it is another issue's.
    """
    event_id = parse_event_id(visit.request.path_params["event"])
    event = find_event(session, issue.id, event_id) if event_id else None
    if event is None:
        raise NotFoundError("There is no such event in this issue; it may have been retired.")
    return event


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


def _history(session: Session, line: IssueLine, visit: SignedInVisit, *, may_moderate: bool) -> list[HistoryLine]:
    rows = session.scalars(
        select(Activity).where(Activity.issue_id == line.id).order_by(Activity.id.desc()).limit(HISTORY_AT_MOST)
    )
    told = [
        _history_line(activity, line.short_id, may_change=may_moderate or activity.user_id == visit.person.user_id)
        for activity in rows
    ]
    return [each for each in told if each is not None]


def _history_line(activity: Activity, short_id: str, *, may_change: bool) -> HistoryLine | None:
    sentence = FIRST_SIGHT if activity.type == ActivityType.FIRST_SEEN else describe(activity)
    if sentence is None:
        return None
    quotes = [part.text for part in sentence if isinstance(part, Quote)]
    return HistoryLine(
        tuple(_words(part, short_id) for part in sentence if not isinstance(part, Quote)),
        activity.at,
        activity.via,
        quote="\n".join(quotes),
        comment_id=activity.id if quotes and may_change else None,
    )


def _words(part: Text | Person | IssueName | Link | OtherIssue, short_id: str) -> tuple[str, bool]:
    if isinstance(part, Person):
        return part.name, True
    if isinstance(part, OtherIssue):
        return part.short_id, False
    return (short_id if isinstance(part, IssueName) else part.text), False
