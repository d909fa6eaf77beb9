"""The log of deliveries: what was and is to be said in chat, why it was not, and sending it again."""

import re
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from tocsin.chat.workspaces import list_workspaces
from tocsin.deliveries.models import DeliveryState
from tocsin.deliveries.plan import CARD, EDIT, REMOVAL, REPLY
from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.issues.queries import find_issue
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import NotFoundError
from tocsin.kernel.ids import DeliveryId, IntegrationId, IssueId
from tocsin.members.authorize import authorize
from tocsin.notifications.again import scope_of_delivery, send_again
from tocsin.notifications.broken_channels import list_broken_channels
from tocsin.notifications.log import LogFilter, list_log
from tocsin.organizations.permit import Verb
from tocsin.web.days import beginning_of_day, end_of_day, known_day
from tocsin.web.place import Place, open_place, show
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record

PAGE_SIZE = 50
LAST_PAGE = 200
KINDS = (CARD, REPLY, EDIT, REMOVAL)
NO_ISSUE = IssueId(0)
"""No issue has this id, so a filter by an issue that there is not shows nothing."""
NUMBER = re.compile(r"[1-9][0-9]{0,17}")


def show_deliveries(visit: SignedInVisit) -> Response:
    """One page of the log, narrowed as the address asks; what it asks for in vain is left out."""
    return _page(visit, sentence="", status=200)


def accept_send_again(visit: SignedInVisit) -> Response:
    """Send one delivery again; why it was not is told on the page."""
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        delivery_id = _delivery_id(visit.request.path_params["delivery"])
        scope = scope_of_delivery(session, place.organization.id, delivery_id)
    try:
        with (
            refusals_on_record(visit, target=f"delivery:{delivery_id}"),
            write(visit.deps.database, timeout=WRITER_SECONDS) as session,
        ):
            permit = authorize(session, visit.person.user_id, Verb.EDIT_RULES, scope, source=PAGE)
            send_again(session, permit, delivery_id, now=visit.now)
    except TOLD_ON_THE_PAGE as error:
        return _page(visit, sentence=str(error), status=page_of(error).status)
    # The form stands on the page of an issue, too, and leads back to where it was pressed.
    issue = visit.field("issue")
    back = f"issues/{issue}/" if NUMBER.fullmatch(issue) else "deliveries/"
    return RedirectResponse(f"/{place.organization.slug}/{back}", status_code=303)


def _page(visit: SignedInVisit, *, sentence: str, status: int) -> Response:
    asked = {
        "state": _one_of(visit.query("state"), tuple(DeliveryState)),
        "kind": _one_of(visit.query("kind"), KINDS),
        "workspace": visit.query("workspace") if NUMBER.fullmatch(visit.query("workspace")) else "",
        "channel": visit.query("channel").removeprefix("#")[:80],
        "issue": visit.query("issue")[:80],
        "since": known_day(visit.query("since")),
        "until": known_day(visit.query("until")),
    }
    page = min(int(visit.query("page")), LAST_PAGE) if NUMBER.fullmatch(visit.query("page")) else 1
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        wanted = _filter(session, place, asked)
        lines = list_log(session, place.project_ids(), wanted, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
        workspaces = list_workspaces(session, place.organization.id)
        broken_channels = list_broken_channels(session, place.organization.id, place.project_ids())
    facts = {
        "lines": lines[:PAGE_SIZE],
        "asked": asked,
        "states": list(DeliveryState),
        "kinds": KINDS,
        "workspaces": workspaces,
        "broken_channels": broken_channels,
        "page": page,
        "newer": _address(asked, page - 1) if page > 1 else None,
        "older": _address(asked, page + 1) if len(lines) > PAGE_SIZE and page < LAST_PAGE else None,
        "may_send_again": place.may(Verb.EDIT_RULES),
        "sentence": sentence,
    }
    return show("deliveries.html", visit, facts, place=place, section="workspace", status=status)


def _filter(session: Session, place: Place, asked: dict[str, str]) -> LogFilter:
    issue = find_issue(session, place.organization.id, asked["issue"]) if asked["issue"] else None
    return LogFilter(
        state=DeliveryState(asked["state"]) if asked["state"] else None,
        kind=asked["kind"] or None,
        workspace=IntegrationId(int(asked["workspace"])) if asked["workspace"] else None,
        channel=asked["channel"] or None,
        issue_id=(issue.id if issue else NO_ISSUE) if asked["issue"] else None,
        since=beginning_of_day(asked["since"]),
        until=end_of_day(asked["until"]),
    )


def _delivery_id(text: str) -> DeliveryId:
    if not NUMBER.fullmatch(text):
        raise NotFoundError("There is no such delivery, or you may not see it.")
    return DeliveryId(int(text))


def _one_of(asked: str, known: tuple[str, ...]) -> str:
    return asked if asked in known else ""


def _address(asked: dict[str, str], page: int) -> str:
    return "?" + urlencode({name: value for name, value in asked.items() if value} | {"page": str(page)})
