"""What people do to an issue on its page, and take back; the same verbs as on its card."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.issues.act import act
from tocsin.issues.errors import IssueNotFoundError
from tocsin.issues.event_queries import find_latest_event
from tocsin.issues.undo import look, offer_undo, undo
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import NotFoundError
from tocsin.kernel.writer_queue import Priority
from tocsin.members.errors import NotAllowedError
from tocsin.web.issue import OpenIssue, event_facts, issue_facts, open_issue
from tocsin.web.issue_forms import parse_action
from tocsin.web.place import show
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record
from tocsin.web.told import DONE, Told, tell

TYPED = {"merge": "into", "link": "url", "comment": "text"}
"""The field that people type in, by the action of its form."""


def act_on_issue(visit: SignedInVisit) -> Response:
    """Do what the form says, and show how the issue stands then: also when it was refused, with the reason."""
    return _answer(visit, _act)


def accept_undo(visit: SignedInVisit) -> Response:
    """Take back what the visitor did to the issue, if nobody changed it since, and show how it stands then."""
    return _answer(visit, _undo)


def _answer(visit: SignedInVisit, do: Callable[[SignedInVisit, OpenIssue], Told]) -> Response:
    with read(visit.deps.database) as session:
        opened = open_issue(session, visit)
    try:
        told = do(visit, opened)
    # The issue was found: what is not is another one, a person or a team that the form names.
    except (NotAllowedError, NotFoundError, *TOLD_ON_THE_PAGE) as error:
        return show_outcome(visit, str(error), page_of(error).status)

    if visit.field("action") == "delete":
        return RedirectResponse(opened.issues_address, status_code=303)
    if not visit.is_fragment:
        return RedirectResponse(f"{opened.address}?{DONE}={told.activity_id}", status_code=303)
    return _show_changed(visit, told)


def _act(visit: SignedInVisit, opened: OpenIssue) -> Told:
    action = parse_action(visit.field, now=visit.now)
    before: dict[str, Any] = {}
    with _changing(visit, opened) as session:
        activity = act(
            session,
            user_id=visit.person.user_id,
            source=PAGE,
            issue_id=opened.issue.id,
            action=action,
            now=visit.now,
            show=lambda issue: before.update(look(issue)),
        )
        return tell(opened.issue, activity, offer_undo(session, activity, before, now=visit.now))


def _undo(visit: SignedInVisit, opened: OpenIssue) -> Told:
    with _changing(visit, opened) as session:
        activity = undo(session, visit.field("key"), user_id=visit.person.user_id, source=PAGE, now=visit.now)
        if activity.issue_id != opened.issue.id:
            raise IssueNotFoundError("The offer is of another issue, so nothing was undone.")
        return tell(opened.issue, activity, None)


@contextmanager
def _changing(visit: SignedInVisit, opened: OpenIssue) -> Iterator[Session]:
    """A transaction in which the visitor changes the issue; a refusal is put on record."""
    with (
        refusals_on_record(visit, target=f"issue:{opened.issue.id}"),
        write(visit.deps.database, priority=Priority.PRESS, timeout=WRITER_SECONDS) as session,
    ):
        yield session


def _show_changed(visit: SignedInVisit, told: Told) -> Response:
    with read(visit.deps.database) as session:
        opened = open_issue(session, visit)
        facts = issue_facts(session, visit, opened) | {"told": told, "is_swap": True}
    return show("_issue_changed.html", visit, facts, place=opened.place)


def show_outcome(visit: SignedInVisit, notice: str, status: int) -> Response:
    """How the issue stands after a refusal: the parts of its page that can have changed, or all of it without scripts.

    What was typed stays where it was refused.
    """
    with read(visit.deps.database) as session:
        opened = open_issue(session, visit)
        facts = issue_facts(session, visit, opened) | {"notice": notice}
        if name := TYPED.get(visit.field("action")):
            facts["typed"] = {visit.field("action"): visit.field(name)}
        if not visit.is_fragment:
            facts |= event_facts(session, find_latest_event(session, opened.issue.id))
    if visit.is_fragment:
        # 200 also for a refusal: htmx puts only successful answers into the page, and this one shows the true state.
        return show("_issue_changed.html", visit, facts | {"is_swap": True}, place=opened.place)
    return show("issue.html", visit, facts, place=opened.place, section="issues", status=status)
