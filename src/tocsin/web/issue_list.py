"""The list of issues: what a query finds, with saved views and tabs of states, a page at a time."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from tocsin.http.forms import refuse_nul
from tocsin.http.visit import SignedInVisit
from tocsin.issues.bulk import find_bulk, find_only_done
from tocsin.issues.bulk_undo import find_offered
from tocsin.issues.counters import last_days, last_hours
from tocsin.issues.models import Issue, IssuePriority, IssueStatus
from tocsin.issues.queries import IssueLine
from tocsin.issues.saved_views import View, list_views
from tocsin.issues.search import SORTS, Counts, Order, Search, count_by_status, list_page, understand
from tocsin.issues.search_fields import FIELDS, Asker
from tocsin.issues.search_query import SearchError, write
from tocsin.kernel.db import read
from tocsin.kernel.ids import random_key
from tocsin.members.organization_service import list_addresses
from tocsin.notifications.queries import list_places
from tocsin.organizations.create import dsn_of
from tocsin.organizations.permit import Verb
from tocsin.organizations.queries import find_project_key, list_teams
from tocsin.web.bulk_words import NOTHING_TYPED, BulkTyped, BulkWords, words_of
from tocsin.web.list_fields import fields_of
from tocsin.web.list_query import ALL, FORM_FIELDS, TABS, USUAL_QUERY, asked_query, field_of, of_tab, tab_of
from tocsin.web.place import Place, open_place, show
from tocsin.web.spark import draw_spark

PAGE_SIZE = 25
ASSIGNEES_OFFERED = 300
GRAPHS = {"24h": "24 hours", "30d": "30 days"}


def show_issues(visit: SignedInVisit) -> Response:
    """One page of the list that the address asks for; a query that makes no sense is told above another list."""
    parameters = dict(visit.request.query_params)
    for value in parameters.values():
        refuse_nul(value)
    return show_list(visit, parameters)


def show_list(
    visit: SignedInVisit,
    asked: Mapping[str, str],
    *,
    notice: str = "",
    typed: BulkTyped = NOTHING_TYPED,
    status: int = 200,
) -> Response:
    """The list for these parameters of an address, with a `notice` of what could not be done, and what was `typed`.

    A page that has become empty, since all of it was resolved, is the first one.
    """
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        views = list_views(session, place.organization.id, visit.person.user_id)
        first = _opens_with(views, asked)
        asker = Asker(session, place.organization.id, visit.person.user_id, place.projects, visit.now)
        search, query, error = _understand(asker, asked, usual=first.query if first else USUAL_QUERY)
        order = _order(asked, first)
        cursors = {name: asked.get(name, "") for name in ("after", "before")}
        page = list_page(session, search, order=order, limit=PAGE_SIZE, **cursors)
        if not page.lines and any(cursors.values()):
            cursors = dict.fromkeys(cursors, "")
            page = list_page(session, search, order=order, limit=PAGE_SIZE, **cursors)
        graph = asked.get("graph", "") if asked.get("graph") in GRAPHS else next(iter(GRAPHS))
        facts = {
            **_found(session, search, order, graph),
            **_rows(session, page.lines, visit, graph),
            **_choices(session, place, search),
            **_nothing(session, visit, place, search, is_empty=not page.lines),
            "bulk": _told(session, visit, asked.get("done", "")),
        }
    facts |= {
        "query": query,
        "shown_query": write(search.terms),
        "error": error and _mistake(query, error),
        "order": order,
        "views": [(view, _address(view.query, view.order, graph)) for view in views],
        "newer": page.before and _address(query, order, graph, before=page.before),
        "older": page.after and _address(query, order, graph, after=page.after),
        "graph": graph,
        "graphs": {each: (label, _address(query, order, each)) for each, label in GRAPHS.items()},
        "notice": notice,
        "typed": typed,
        "cursors": cursors,
        "key": random_key(),
        "may_delete": place.may(Verb.DELETE_ISSUES),
    }
    return show("issues.html", visit, facts, place=place, section="issues", status=400 if error else status)


def _told(session: Session, visit: SignedInVisit, key: str) -> BulkWords | None:
    bulk = find_bulk(session, visit.person.user_id, key) if key else None
    if bulk is None:
        return None
    can_undo = bulk.finished_at is not None and bool(find_offered(session, bulk, now=visit.now))
    return words_of(bulk, one=find_only_done(session, bulk), can_undo=can_undo)


def _opens_with(views: Sequence[View], asked: Mapping[str, str]) -> View | None:
    """The view that the list opens with, for whoever asks for nothing in particular, like the issues of a project."""
    if "q" in asked or asked.keys() & FORM_FIELDS.keys():
        return None
    return next((view for view in views if view.is_default), None)


def _understand(asker: Asker, asked: Mapping[str, str], *, usual: str) -> tuple[Search, str, SearchError | None]:
    """What is searched, the query that was typed, and what is wrong with it; then the list stays as it `was`."""
    query = asked.get("q", usual)
    try:
        query = asked_query(asked, usual=usual)
        return understand(asker, query), query, None
    except SearchError as error:
        for instead in (asked.get("was", USUAL_QUERY), USUAL_QUERY):
            try:
                return understand(asker, instead), query, error
            except SearchError:
                continue
        raise


def _order(asked: Mapping[str, str], first: View | None) -> Order:
    usual = Order.LAST_SEEN if first is None else first.order
    return next((each for each in Order if each == asked.get("sort")), usual)


def _mistake(query: str, error: SearchError) -> dict[str, str]:
    """What is wrong, with the query in three parts, of which the middle one is meant."""
    start, end = error.place.start, error.place.end
    return {"says": str(error), "before": query[:start], "wrong": query[start:end], "after": query[end:]}


def _found(session: Session, search: Search, order: Order, graph: str) -> dict[str, Any]:
    """The tabs with their counts, and how many issues are found."""
    tab = tab_of(search.terms)
    anywhere = search if tab == ALL else understand(search.asker, write(of_tab(search.terms, ALL)))
    counts = count_by_status(session, anywhere)
    found = count_by_status(session, search) if tab == "" else counts
    return {
        "tab": tab,
        "tabs": {
            name: (_address(write(of_tab(search.terms, name)), order, graph), _count_words(counts, name))
            for name in TABS
        },
        "total": _count_words(found, tab or ALL),
    }


def _count_words(counts: Counts, tab: str) -> str:
    count = counts.total if tab == ALL else counts.of_states[IssueStatus(tab)]
    return f"{count:,}{'' if counts.is_whole else '+'}"


def _rows(session: Session, lines: Sequence[IssueLine], visit: SignedInVisit, graph: str) -> dict[str, Any]:
    ids = [line.id for line in lines]
    counts = last_days(session, ids, until=visit.now) if graph == "30d" else last_hours(session, ids, until=visit.now)
    return {
        "lines": lines,
        "places": list_places(session, ids),
        "sparks": {issue_id: draw_spark(each) for issue_id, each in counts.items()},
    }


def _choices(session: Session, place: Place, search: Search) -> dict[str, Any]:
    """What the fields of the form offer, and what they show now."""
    people = list_addresses(session, place.organization.id, limit=ASSIGNEES_OFFERED)
    teams = [team.slug for team in list_teams(session, place.organization.id)]
    return {
        "fields": fields_of(session, search.terms, place.projects, teams=teams, people=people),
        "priorities": list(IssuePriority),
        "sorts": {each: sort.label for each, sort in SORTS.items()},
        "help": FIELDS,
        "assignees": [*people, *((f"#{slug}", "team") for slug in teams)],
        "may_share": place.may(Verb.SHARE_VIEWS),
    }


def _nothing(session: Session, visit: SignedInVisit, place: Place, search: Search, *, is_empty: bool) -> dict[str, Any]:
    """What an empty list teaches: how to send the first event, or what the search may have missed."""
    chosen = [project for project in place.projects if project.slug == field_of(search.terms, "project")]
    project = (chosen or list(place.projects) or [None])[0]
    if not is_empty or project is None:
        return {"has_any": True}
    looked_at = [each.id for each in chosen or place.projects]
    if session.scalar(select(Issue.id).where(Issue.project_id.in_(looked_at)).limit(1)) is not None:
        tags = [term.name for term in search.terms if term.name is not None and term.name.lower() not in FIELDS]
        return {"has_any": True, "taken_for_tags": tags}
    key = find_project_key(session, project.id)
    return {
        "has_any": False,
        "first_project": project,
        "dsn": dsn_of(key, visit.deps.settings.base_url, project.id) if key else None,
    }


def _address(query: str, order: Order, graph: str, **more: str) -> str:
    """The address of a list; what is usual is not named."""
    named = {"q": query, **({"sort": order} if order != Order.LAST_SEEN else {})}
    return "?" + urlencode(named | ({"graph": graph} if graph != next(iter(GRAPHS)) else {}) | more)
