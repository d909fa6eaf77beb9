"""Deleting an event on its page."""

from starlette.responses import RedirectResponse, Response

from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.issues.event_deleting import delete_event
from tocsin.issues.models import Issue
from tocsin.kernel.db import read, write
from tocsin.members.errors import NotAllowedError
from tocsin.web.issue import get_event, open_issue
from tocsin.web.issue_actions import show_outcome
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record


def accept_end(visit: SignedInVisit) -> Response:
    """Delete the event that the address names, and show its issue; a refusal is told there."""
    with read(visit.deps.database) as session:
        opened = open_issue(session, visit)
        event_id = get_event(session, opened, visit).event_id.hex()
    try:
        with (
            refusals_on_record(visit, target=f"event:{event_id}"),
            write(visit.deps.database, timeout=WRITER_SECONDS) as session,
        ):
            issue = session.get_one(Issue, opened.issue.id)
            me = visit.person.user_id
            issue_id = delete_event(session, issue, event_id, user_id=me, source=PAGE, now=visit.now)
    except (NotAllowedError, *TOLD_ON_THE_PAGE) as error:
        return show_outcome(visit, str(error), page_of(error).status)
    return RedirectResponse(f"{opened.issues_address}{issue_id}/", status_code=303)
