"""The list of issues: by state, project and words, a page at a time."""

import re
from collections.abc import Iterable
from urllib.parse import urlencode

from starlette.responses import Response

from tocsin.http.visit import SignedInVisit
from tocsin.issues.models import IssuePriority, IssueStatus
from tocsin.issues.queries import COUNTED_AT_MOST, SORTS, count_issues, list_issues
from tocsin.kernel.db import read
from tocsin.notifications.queries import worst_card_states
from tocsin.organizations.create import dsn_of
from tocsin.organizations.queries import find_project_key
from tocsin.web.place import open_place, show

PAGE_SIZE = 25
LAST_PAGE = 400
"""Beyond 10 000 issues nobody turns pages; a search finds sooner."""
PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,8}")

TABS: dict[str, IssueStatus | None] = {
    "unresolved": IssueStatus.UNRESOLVED,
    "resolved": IssueStatus.RESOLVED,
    "archived": IssueStatus.ARCHIVED,
    "all": None,
}
SORT_WORDS = {
    "last_seen": "Last seen",
    "first_seen": "First seen",
    "events": "Most events",
    "users": "Most users",
    "priority": "Priority",
}


def show_issues(visit: SignedInVisit) -> Response:
    """One page of the list that the address asks for; what it asks for in vain is left out."""
    tab = _one_of(visit.query("state"), TABS)
    sort = _one_of(visit.query("sort"), SORTS)
    page = _page_number(visit.query("page"))
    words = visit.query("q")[:200]
    asked_priority = visit.query("priority")
    priority = IssuePriority(asked_priority) if asked_priority in list(IssuePriority) else None
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        chosen = [project for project in place.projects if project.slug == visit.query("project")]
        project_ids = [project.id for project in chosen] or place.project_ids()
        lines = list_issues(
            session,
            project_ids,
            status=TABS[tab],
            text=words or None,
            priority=priority,
            sort=sort,
            limit=PAGE_SIZE + 1,
            offset=(page - 1) * PAGE_SIZE,
        )
        counts = count_issues(session, project_ids, text=words or None, priority=priority)
        cards = worst_card_states(session, [line.id for line in lines])
        first = chosen[0] if chosen else next(iter(place.projects), None)
        key = find_project_key(session, first.id) if first is not None and not any(counts.values()) else None

    asked = {
        "state": tab,
        "project": chosen[0].slug if chosen else "",
        "q": words,
        "sort": sort,
        "priority": priority or "",
    }
    facts = {
        "lines": lines[:PAGE_SIZE],
        "cards": cards,
        "counts": _tab_counts(counts),
        "tabs": {name: _address(asked, state=name) for name in TABS},
        "asked": asked,
        "sorts": SORT_WORDS,
        "priorities": list(IssuePriority),
        "page": page,
        "newer": _address(asked, page=page - 1) if page > 1 else None,
        "older": _address(asked, page=page + 1) if len(lines) > PAGE_SIZE and page < LAST_PAGE else None,
        "has_any": any(counts.values()),
        "first_project": first,
        "dsn": dsn_of(key, visit.deps.settings.base_url, first.id) if key and first else None,
    }
    return show("issues.html", visit, facts, place=place, section="issues")


def _one_of(asked: str, known: Iterable[str]) -> str:
    names = tuple(known)
    return asked if asked in names else names[0]


def _page_number(asked: str) -> int:
    if not PAGE_NUMBER.fullmatch(asked):
        return 1
    return min(int(asked), LAST_PAGE)


def _tab_counts(counts: dict[IssueStatus, int]) -> dict[str, str]:
    def words(count: int) -> str:
        return f"{COUNTED_AT_MOST}+" if count > COUNTED_AT_MOST else str(count)

    return {name: words(sum(counts.values()) if status is None else counts[status]) for name, status in TABS.items()}


def _address(asked: dict[str, str], **changed: str | int) -> str:
    """The address of the same list, but for what is `changed`; what is usual is not named."""
    wanted = {**asked, **changed}
    usual = {"state": next(iter(TABS)), "sort": next(iter(SORTS)), "project": "", "q": "", "priority": "", "page": 1}
    return "?" + urlencode({name: value for name, value in wanted.items() if value != usual[name]})
