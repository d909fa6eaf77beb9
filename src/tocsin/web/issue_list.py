"""The list of issues: what a query finds, by tabs of states, a page at a time."""

from urllib.parse import urlencode

from starlette.responses import Response

from tocsin.http.visit import SignedInVisit
from tocsin.issues.models import IssuePriority
from tocsin.issues.search import COUNTED_AT_MOST, SORTS, Order, count_by_status, list_page, understand
from tocsin.issues.search_fields import Asker
from tocsin.issues.search_query import write
from tocsin.kernel.db import read
from tocsin.notifications.queries import worst_card_states
from tocsin.organizations.create import dsn_of
from tocsin.organizations.queries import find_project_key
from tocsin.web.list_query import ALL, TABS, USUAL_QUERY, asked_query, of_tab, tab_of
from tocsin.web.place import open_place, show

PAGE_SIZE = 25


def show_issues(visit: SignedInVisit) -> Response:
    """One page of the list that the address asks for."""
    order = next((each for each in Order if each == visit.query("sort")), Order.LAST_SEEN)
    query = asked_query(visit.request.query_params, usual=USUAL_QUERY)
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        asker = Asker(session, place.organization.id, visit.person.user_id, place.projects, visit.now)
        search = understand(asker, query)
        page = list_page(
            session, search, order=order, limit=PAGE_SIZE, after=visit.query("after"), before=visit.query("before")
        )
        counts = count_by_status(session, understand(asker, write(of_tab(search.terms, ALL))))
        cards = worst_card_states(session, [line.id for line in page.lines])
        first = next(iter(place.projects), None)
        key = find_project_key(session, first.id) if first is not None and not any(counts.values()) else None
    tab = tab_of(search.terms)
    facts = {
        "lines": page.lines,
        "cards": cards,
        "counts": {name: str(sum(counts.values()) if name == ALL else counts[name]) for name in TABS},
        "tabs": {name: "?" + urlencode({"q": write(of_tab(search.terms, name))}) for name in TABS},
        "asked": {"state": tab, "project": "", "q": query, "sort": order, "priority": ""},
        "sorts": {each: sort.label for each, sort in SORTS.items()},
        "priorities": list(IssuePriority),
        "page": 1,
        "newer": "?" + urlencode({"q": query, "sort": order, "before": page.before}) if page.before else None,
        "older": "?" + urlencode({"q": query, "sort": order, "after": page.after}) if page.after else None,
        "has_any": any(counts.values()),
        "first_project": first,
        "dsn": dsn_of(key, visit.deps.settings.base_url, first.id) if key and first else None,
        "most": COUNTED_AT_MOST,
    }
    return show("issues.html", visit, facts, place=place, section="issues")
