"""The tags of an issue on a page: how its events are distributed over the values of each."""

from starlette.responses import Response

from tocsin.http.visit import SignedInVisit
from tocsin.issues.tags import list_distributions, list_values
from tocsin.kernel.db import read
from tocsin.web.issue import issue_facts, open_issue
from tocsin.web.place import show

VALUES_SHOWN = 5
"""Values of each tag at first; the others are a press away."""


def show_tags(visit: SignedInVisit) -> Response:
    """All tags with their most frequent values; or every value that is kept of the one that the address names."""
    name = visit.query("tag")
    with read(visit.deps.database) as session:
        opened = open_issue(session, visit)
        one = list_values(session, opened.issue.id, name) if name else None
        all_of_them = list_distributions(session, opened.issue.id, values=VALUES_SHOWN)
        facts = issue_facts(session, visit, opened) | {
            "tab": "tags",
            "one": one,
            "all_tags": [one] if one is not None else all_of_them,
        }
    return show("issue_tags.html", visit, facts, place=opened.place, section="issues")
