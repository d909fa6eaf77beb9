"""Saved views on the list of issues: keeping, renaming and removing one, and choosing with which the list opens."""

import re

from starlette.responses import RedirectResponse, Response

from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.issues.saved_views import (
    ViewNotFoundError,
    get_view,
    open_first,
    remove_view,
    rename_view,
    save_view,
    verb_of,
)
from tocsin.issues.search import Order
from tocsin.kernel.db import write
from tocsin.kernel.errors import InvalidInputError
from tocsin.members.authorize import authorize
from tocsin.members.errors import NotAllowedError
from tocsin.web.issue_list import show_list
from tocsin.web.list_query import list_address
from tocsin.web.place import open_place
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record

VIEW_ID = re.compile(r"[1-9][0-9]{0,17}")


def accept_view(visit: SignedInVisit) -> Response:
    """Keep the search of the page under a name, for oneself or for all."""
    asked = {"q": visit.field("q"), "sort": visit.field("sort")}
    is_shared = visit.field("shared") == "on"
    try:
        with (
            refusals_on_record(visit, target="view"),
            write(visit.deps.database, timeout=WRITER_SECONDS) as session,
        ):
            place = open_place(session, visit)
            user_id, verb = visit.person.user_id, verb_of(is_shared=is_shared)
            permit = authorize(session, user_id, verb, place.scope, source=PAGE)
            order = next((each for each in Order if each == asked["sort"]), Order.LAST_SEEN)
            view = save_view(
                session,
                permit,
                name=visit.field("name"),
                query=asked["q"],
                order=order,
                is_shared=is_shared,
                now=visit.now,
            )
            if visit.field("first") == "on":
                open_first(session, place.organization.id, user_id, view.id)
    except (NotAllowedError, *TOLD_ON_THE_PAGE) as error:
        return show_list(visit, asked, notice=str(error), status=page_of(error).status)
    return RedirectResponse(list_address(place.organization.slug, asked), status_code=303)


def accept_change(visit: SignedInVisit) -> Response:
    """`do` is `rename`, `remove`, `open_first`, or `open_usual`: the list then opens with the usual search."""
    view_id = _view_id(visit.request.path_params["view"])
    asked = {"q": visit.field("q"), "sort": visit.field("sort")}
    try:
        with (
            refusals_on_record(visit, target=f"view:{view_id}"),
            write(visit.deps.database, timeout=WRITER_SECONDS) as session,
        ):
            place = open_place(session, visit)
            organization_id, user_id = place.organization.id, visit.person.user_id
            view = get_view(session, organization_id, user_id, view_id)
            match visit.field("do"):
                case "rename" | "remove" as deed:
                    verb = verb_of(is_shared=view.user_id is None)
                    permit = authorize(session, user_id, verb, place.scope, source=PAGE)
                    if deed == "rename":
                        rename_view(session, permit, view_id, name=visit.field("name"), now=visit.now)
                    else:
                        remove_view(session, permit, view_id, now=visit.now)
                case "open_first":
                    open_first(session, organization_id, user_id, view_id)
                case "open_usual":
                    open_first(session, organization_id, user_id, None)
                case _:
                    raise InvalidInputError("That is nothing that can be done to a view.")
    except (NotAllowedError, *TOLD_ON_THE_PAGE) as error:
        return show_list(visit, asked, notice=str(error), status=page_of(error).status)
    return RedirectResponse(list_address(place.organization.slug, asked), status_code=303)


def _view_id(asked: str) -> int:
    if not VIEW_ID.fullmatch(asked):
        raise ViewNotFoundError("There is no such view, or it is somebody else's.")
    return int(asked)
