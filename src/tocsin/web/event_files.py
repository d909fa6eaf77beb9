"""One event outside of its page: as the JSON that is stored, and as Markdown to be pasted into a ticket."""

import json

from starlette.responses import RedirectResponse, Response

from tocsin.events.decode import decode_event
from tocsin.events.storage import unpack
from tocsin.http.visit import SignedInVisit
from tocsin.issues.queries import get_issue_line
from tocsin.kernel.db import read
from tocsin.web.event_markdown import event_markdown
from tocsin.web.event_view import view_event
from tocsin.web.issue import address_of_event, get_event, open_issue, permalink_of

LOCKED = {"Content-Security-Policy": "default-src 'none'; sandbox"}
"""What an event says must run nowhere, also where a browser shows it by itself."""


def show_json(visit: SignedInVisit) -> Response:
    """The event as it was stored, indented; the browser shows it, and keeps it under a name of its own if asked."""
    with read(visit.deps.database) as session:
        opened = open_issue(session, visit)
        event = get_event(session, opened, visit)
        if event.issue_id != opened.issue.id:
            return RedirectResponse(f"{address_of_event(opened, event)}json/", 303)
        payload, name = unpack(event.payload), event.event_id.hex()
    indented = json.dumps(json.loads(payload), ensure_ascii=False, indent=2)
    headers = {**LOCKED, "Content-Disposition": f'inline; filename="event-{name}.json"'}
    return Response(indented, media_type="application/json", headers=headers)


def show_markdown(visit: SignedInVisit) -> Response:
    """The event in words, for a ticket."""
    with read(visit.deps.database) as session:
        opened = open_issue(session, visit)
        event = get_event(session, opened, visit)
        if event.issue_id != opened.issue.id:
            return RedirectResponse(f"{address_of_event(opened, event)}markdown/", 303)
        line = get_issue_line(session, opened.issue.id)
        decoded = decode_event(unpack(event.payload))
    happened_at = decoded.timestamp or event.received_at
    address = f"{permalink_of(visit, opened)}events/{event.event_id.hex()}/"
    text = event_markdown(line, view_event(decoded, happened_at=happened_at), happened_at=happened_at, address=address)
    return Response(text, media_type="text/plain; charset=utf-8", headers=LOCKED)
