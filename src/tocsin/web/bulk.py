"""What people do to many issues from the list: the form, and how far it is while it takes long."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from tocsin.http.errors import page_of
from tocsin.http.visit import SignedInVisit
from tocsin.issues.act import IssueAction
from tocsin.issues.bulk import ISSUES_AT_MOST, WHILE_ONE_WAITS, begin_bulk, begin_undo, find_bulk, finish
from tocsin.issues.errors import UndoTooLateError
from tocsin.issues.models import BulkAct
from tocsin.issues.queries import get_issue_line
from tocsin.issues.search import list_ids, only, understand
from tocsin.issues.search_fields import Asker
from tocsin.issues.triage import Assignee
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import InvalidInputError, NotFoundError
from tocsin.kernel.ids import IssueId, OrganizationId
from tocsin.kernel.writer_queue import Priority
from tocsin.members.models import Member, User
from tocsin.organizations.queries import find_team
from tocsin.web.bulk_words import BulkTyped, words_of
from tocsin.web.issue_forms import TO_ME, TO_NOBODY, parse_action
from tocsin.web.issue_list import show_list
from tocsin.web.list_query import list_address
from tocsin.web.place import Place, open_place, show
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS

OF_THE_LIST = ("q", "sort", "graph", "after", "before")
"""The parameters of a list's address that its forms carry along."""
LONGEST_KEY = 32
LONGEST_ID = 18
SHOWN = 20
"""Issues that are named before they are deleted; of the others it is said how many they are."""


def accept_bulk(visit: SignedInVisit) -> Response:
    """Do what the form says to all that are ticked, or to all that match, and show the list with what became of it.

    More than `WHILE_ONE_WAITS` issues are done in the background; the list then shows how far it is. What cannot be
    undone is asked about first.
    """
    try:
        if visit.field("action") == "delete" and (question := _ask_first(visit)) is not None:
            return question
        bulk = _begin(visit)
    except TOLD_ON_THE_PAGE as error:
        return show_list(visit, _asked(visit), notice=str(error), typed=_typed(visit), status=page_of(error).status)
    return _to_the_list(visit, bulk)


def accept_undo(visit: SignedInVisit) -> Response:
    """Take back what the visitor did to many issues, and show the list with what became of it."""
    try:
        with write(visit.deps.database, priority=Priority.PRESS, timeout=WRITER_SECONDS) as session:
            place = open_place(session, visit)
            bulk = find_bulk(session, visit.person.user_id, visit.field("key")[:LONGEST_KEY])
            if bulk is None or bulk.organization_id != place.organization.id:
                raise UndoTooLateError("It is too late to undo that: it is no longer known what was done.")
            taking_back = begin_undo(session, bulk, now=visit.now)
    except TOLD_ON_THE_PAGE as error:
        return show_list(visit, _asked(visit), notice=str(error), status=page_of(error).status)
    return _to_the_list(visit, taking_back)


def _to_the_list(visit: SignedInVisit, bulk: BulkAct) -> Response:
    """Do it now if it is short, and lead to the list that tells what becomes of it."""
    if bulk.total <= WHILE_ONE_WAITS:
        finish(visit.deps.database, bulk.id, clock=visit.deps.clock)
    asked = _asked(visit) | {"done": bulk.key}
    return RedirectResponse(list_address(visit.request.path_params["organization"], asked), status_code=303)


def show_progress(visit: SignedInVisit) -> Response:
    """How far it is, for the page that asks each second; at the end the whole list is shown anew."""
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        bulk = words_of(find_bulk(session, visit.person.user_id, visit.request.path_params["key"]))
    if bulk is None:
        raise NotFoundError("There is no such piece of work, or it was forgotten.")
    answer = show("_bulk.html", visit, {"bulk": bulk}, place=place)
    if bulk.is_finished:
        answer.headers["HX-Refresh"] = "true"
    return answer


def _asked(visit: SignedInVisit) -> dict[str, str]:
    """The parameters of the list that the form stands on, so that its page is shown again and not the first one."""
    return {name: visit.field(name) for name in OF_THE_LIST}


def _typed(visit: SignedInVisit) -> BulkTyped:
    """What stays in the form that was refused: that of the ticked issues, or an issue's own."""
    ticked = _ticked(visit)
    if visit.field("row"):
        return BulkTyped(row=next(iter(ticked), 0), to=visit.field("to"))
    return BulkTyped(
        action=visit.field("action"),
        issues=frozenset(ticked),
        is_all=bool(visit.field("all")),
        to=visit.field("to"),
        until=visit.field("until"),
        priority=visit.field("priority"),
    )


def _ask_first(visit: SignedInVisit) -> Response | None:
    """The page that says how many issues would be deleted; `None` where the person said yes to just these."""
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        asker = Asker(session, place.organization.id, visit.person.user_id, place.projects, visit.now)
        chosen = _chosen(session, visit, asker)
        if not chosen or len(chosen) > ISSUES_AT_MOST or visit.field("sure") == _sign(chosen):
            return None
        if find_bulk(session, visit.person.user_id, visit.field("key")[:LONGEST_KEY]) is not None:
            return None  # the same form, sent twice: by now fewer match
        lines = [get_issue_line(session, issue_id) for issue_id in chosen[:SHOWN]]
    facts = {
        "total": len(chosen),
        "sure": _sign(chosen),
        "lines": lines,
        "ticked": [] if visit.field("all") else chosen,
        "typed": visit.field,
        "kept": ("key", "all", *OF_THE_LIST),
        "back": list_address(place.organization.slug, _asked(visit)),
    }
    return show("bulk_delete.html", visit, facts, place=place, section="issues")


def _sign(chosen: Sequence[IssueId]) -> str:
    """What stands for just these issues: of all that match, as many others may match by the time somebody is sure."""
    return hashlib.sha256(repr(sorted(chosen)).encode()).hexdigest()


def _begin(visit: SignedInVisit) -> BulkAct:
    key = visit.field("key")[:LONGEST_KEY]
    if not key:
        raise InvalidInputError("This form is not whole; please load the page again.")
    with write(visit.deps.database, priority=Priority.PRESS, timeout=WRITER_SECONDS) as session:
        place = open_place(session, visit)
        asker = Asker(session, place.organization.id, visit.person.user_id, place.projects, visit.now)
        return begin_bulk(
            session,
            key=key,
            organization_id=place.organization.id,
            user_id=visit.person.user_id,
            action=_parse(session, visit, place),
            issue_ids=_chosen(session, visit, asker),
            now=visit.now,
        )


def _chosen(session: Session, visit: SignedInVisit, asker: Asker) -> Sequence[IssueId]:
    """The issues that are ticked, or all that match; of those that the visitor may see."""
    if visit.field("all"):
        return list_ids(session, understand(asker, visit.field("q")), limit=ISSUES_AT_MOST + 1)
    return list_ids(session, only(asker, _ticked(visit)), limit=ISSUES_AT_MOST)


def _ticked(visit: SignedInVisit) -> list[int]:
    return [int(each) for each in visit.form.get("issue", ()) if each.isdecimal() and len(each) <= LONGEST_ID]


def _parse(session: Session, visit: SignedInVisit, place: Place) -> IssueAction:
    """As on the page of an issue, but that a person is typed (`ada@example.com`, `#team`, `me`), and `until` chosen."""
    match visit.field("action"):
        case "assign":
            return _assignment(session, place.organization.id, visit.field("to"))
        case "merge":
            return IssueAction("merge")
        case _:
            return parse_action(visit.field, now=visit.now)


def _assignment(session: Session, organization_id: OrganizationId, to: str) -> IssueAction:
    if to.lower() == TO_ME:
        return IssueAction("assign_me")
    if to.lower() in (TO_NOBODY, "none"):
        return IssueAction("unassign")
    if to.startswith("#"):
        team = find_team(session, organization_id, to.removeprefix("#"))
        if team is not None:
            return IssueAction("assign", Assignee(team_id=team.id))
    of_email = (
        select(User.id)
        .join(Member, Member.user_id == User.id)
        .where(Member.organization_id == organization_id, func.lower(User.email) == to.lower())
    )
    user_id = session.scalar(of_email)
    if user_id is None:
        raise InvalidInputError(f"Nobody here is called {to!r}; type an e-mail, #team, me or nobody.")
    return IssueAction("assign", Assignee(user_id=user_id))
