"""The events of an issue as a list: narrowed by where, what and when, a page at a time."""

import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.responses import Response

from tocsin.events.decode import decode_event
from tocsin.events.storage import unpack
from tocsin.events.title import title_of
from tocsin.http.visible import visible
from tocsin.http.visit import SignedInVisit
from tocsin.issues.counters import beginning_of
from tocsin.issues.event_queries import EventFilter, EventRow, list_events, names_of
from tocsin.kernel.db import read
from tocsin.web.event_view import who_of
from tocsin.web.issue import OpenIssue, issue_facts, open_issue
from tocsin.web.place import show

PAGE_SIZE = 50
NUMBER = re.compile(r"[1-9][0-9]{0,17}")
HOUR = re.compile(r"[1-9][0-9]{0,6}")
"""Hours since 1970; seven digits reach beyond the year 3000."""
LEVELS = ("fatal", "error", "warning", "info", "debug")


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event as the list shows it; texts are as they are shown, and still to be escaped."""

    event_id: str
    happened_at: datetime
    words: str
    level: str
    environment: str
    release: str
    user: str


def show_events(visit: SignedInVisit) -> Response:
    """One page of the events that the address asks for; what it asks for in vain is left out."""
    with read(visit.deps.database) as session:
        opened = open_issue(session, visit)
        asked, wanted, offered = _asked(session, visit, opened)
        before, after = _row(visit.query("before")), _row(visit.query("after"))
        rows = list_events(session, opened.issue.id, wanted, before=before, after=after, limit=PAGE_SIZE + 1)
        facts = issue_facts(session, visit, opened)
    has_more = len(rows) > PAGE_SIZE
    # Going back, the row too many is the newest one.
    rows = rows[-PAGE_SIZE:] if after is not None else rows[:PAGE_SIZE]
    facts |= {
        "tab": "events",
        "rows": [_line(row) for row in rows],
        "asked": asked,
        "levels": LEVELS,
        "since": wanted.since,
        "until": wanted.until,
        "newer": _address(asked, after=rows[0].id) if rows and (has_more if after is not None else before) else None,
        "older": _address(asked, before=rows[-1].id) if rows and (has_more or after is not None) else None,
        "any_time": _address({name: value for name, value in asked.items() if name not in {"from", "to"}}),
        **offered,
    }
    return show("issue_events.html", visit, facts, place=opened.place, section="issues")


def _asked(
    session: Session, visit: SignedInVisit, opened: OpenIssue
) -> tuple[dict[str, str], EventFilter, dict[str, Any]]:
    """What the address asks for, of what there is; the filter that it means; and what can be chosen."""
    environments, releases = names_of(session, opened.project.id)
    asked = {
        "environment": _one_of(visit.query("environment"), environments),
        "release": _one_of(visit.query("release"), releases),
        "level": _one_of(visit.query("level"), LEVELS),
        "from": visit.query("from") if HOUR.fullmatch(visit.query("from")) else "",
        "to": visit.query("to") if HOUR.fullmatch(visit.query("to")) else "",
    }
    wanted = EventFilter(
        environment_id=environments.get(asked["environment"]),
        release_id=releases.get(asked["release"]),
        level=asked["level"] or None,
        since=beginning_of(int(asked["from"])) if asked["from"] else None,
        until=beginning_of(int(asked["to"])) if asked["to"] else None,
    )
    return asked, wanted, {"environments": list(environments), "releases_offered": list(releases)}


def _line(row: EventRow) -> EventLine:
    event = decode_event(unpack(row.payload))
    title = title_of(event)
    return EventLine(
        row.event_id,
        event.timestamp or row.received_at,
        visible(title.value or title.heading),
        row.level,
        visible(row.environment or ""),
        visible(row.release or ""),
        who_of(event),
    )


def _row(text: str) -> int | None:
    return int(text) if NUMBER.fullmatch(text) else None


def _one_of(asked: str, known: Container[str]) -> str:
    return asked if asked in known else ""


def _address(asked: dict[str, str], **more: int) -> str:
    return "?" + urlencode({name: value for name, value in asked.items() if value} | more)
