"""Changing and taking back a comment on the page of its issue."""

from starlette.responses import RedirectResponse, Response

from tocsin.activities.models import Activity
from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.issues.comments import edit_comment, remove_comment
from tocsin.issues.errors import CommentNotFoundError
from tocsin.kernel.db import read, write
from tocsin.kernel.ids import ActivityId
from tocsin.members.errors import NotAllowedError
from tocsin.web.issue import OpenIssue, open_issue
from tocsin.web.issue_actions import show_outcome
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record


def accept_change(visit: SignedInVisit) -> Response:
    """Let the comment say something else, or take it back; a refusal is told on the issue's page."""
    with read(visit.deps.database) as session:
        opened = open_issue(session, visit)
        comment_id = _get_comment_id(visit, opened, session.get(Activity, _number(visit)))
    try:
        with (
            refusals_on_record(visit, target=f"comment:{comment_id}"),
            write(visit.deps.database, timeout=WRITER_SECONDS) as session,
        ):
            me = visit.person.user_id
            if visit.field("do") == "remove":
                remove_comment(session, comment_id, user_id=me, source=PAGE, now=visit.now)
            else:
                edit_comment(session, comment_id, visit.field("text"), user_id=me, source=PAGE, now=visit.now)
    except (NotAllowedError, *TOLD_ON_THE_PAGE) as error:
        return show_outcome(visit, str(error), page_of(error).status)
    return RedirectResponse(opened.address, status_code=303)


def _number(visit: SignedInVisit) -> int:
    said = visit.request.path_params["comment"]
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else 0


def _get_comment_id(visit: SignedInVisit, opened: OpenIssue, found: Activity | None) -> ActivityId:
    """The comment that the address names, if it is this issue's.

    Raises:
        CommentNotFoundError: it is not.
    """
    if found is None or found.issue_id != opened.issue.id:
        raise CommentNotFoundError(f"There is no comment {visit.request.path_params['comment']} on this issue.")
    return found.id
