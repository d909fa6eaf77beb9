"""What people do to an issue on its page; the same verbs as on its card."""

from starlette.responses import RedirectResponse, Response

from tocsin.activities.describe import describe, plain_text
from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.issues.act import act
from tocsin.issues.event_queries import find_latest_event
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import NotFoundError
from tocsin.kernel.writer_queue import Priority
from tocsin.members.errors import NotAllowedError
from tocsin.web.issue import OpenIssue, event_facts, issue_facts, open_issue
from tocsin.web.issue_forms import parse_action
from tocsin.web.place import show
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record

TYPED = {"merge": "into", "link": "url", "comment": "text"}
"""The field that people type in, by the action of its form."""


def act_on_issue(visit: SignedInVisit) -> Response:
    """Do what the form says, and show how the issue stands then: also when it was refused, with the reason."""
    with read(visit.deps.database) as session:
        opened = open_issue(session, visit)
    status = 200
    try:
        notice = _act(visit, opened)
    # The issue was found: what is not is another one, a person or a team that the form names.
    except (NotAllowedError, NotFoundError, *TOLD_ON_THE_PAGE) as error:
        notice, status = str(error), page_of(error).status

    if visit.field("action") == "delete" and status == 200:
        return RedirectResponse(opened.issues_address, status_code=303)
    if not visit.is_fragment and status == 200:
        return RedirectResponse(opened.address, status_code=303)
    return show_outcome(visit, notice, status)


def _act(visit: SignedInVisit, opened: OpenIssue) -> str:
    """The sentence of what was done."""
    action = parse_action(visit.field, now=visit.now)
    with (
        refusals_on_record(visit, target=f"issue:{opened.issue.id}"),
        write(visit.deps.database, priority=Priority.PRESS, timeout=WRITER_SECONDS) as session,
    ):
        activity = act(
            session,
            user_id=visit.person.user_id,
            source=PAGE,
            issue_id=opened.issue.id,
            action=action,
            now=visit.now,
        )
        sentence = describe(activity)
    return plain_text(sentence, issue=opened.issue.short_id) + "." if sentence else ""


def show_outcome(visit: SignedInVisit, notice: str, status: int) -> Response:
    """The parts of the page that can have changed; or all of it, for a form without scripts that was refused.

    What was typed stays where it was refused.
    """
    with read(visit.deps.database) as session:
        opened = open_issue(session, visit)
        facts = issue_facts(session, visit, opened) | {"notice": notice}
        if status != 200 and (name := TYPED.get(visit.field("action"))):
            facts["typed"] = {visit.field("action"): visit.field(name)}
        if not visit.is_fragment:
            facts |= event_facts(session, find_latest_event(session, opened.issue.id))
    if visit.is_fragment:
        # 200 also for a refusal: htmx puts only successful answers into the page, and this one shows the true state.
        return show(
            "_issue_changed.html", visit, facts | {"is_swap": True, "is_refused": status != 200}, place=opened.place
        )
    return show("issue.html", visit, facts, place=opened.place, section="issues", status=status)
