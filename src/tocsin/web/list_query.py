"""What the address of the list of issues asks for: a query, which the fields of its form and its tabs rewrite. Pure."""

from collections.abc import Mapping
from urllib.parse import urlencode

from tocsin.issues.models import IssueStatus
from tocsin.issues.search_query import SearchError, Term, field_of, parse, with_field, write

USUAL_QUERY = "is:unresolved"
ALL = "all"
TABS = (*(str(status) for status in (IssueStatus.UNRESOLVED, IssueStatus.RESOLVED, IssueStatus.ARCHIVED)), ALL)
FORM_FIELDS = {
    "state": "is",
    "project": "project",
    "environment": "environment",
    "priority": "priority",
    "seen": "last-seen",
}
"""Parameters of the address that stand for a field of the query."""


def asked_query(parameters: Mapping[str, str], *, usual: str) -> str:
    """The query that is meant by `q` and by those fields of the form that are not as the query `was`.

    A browser sends every field of a form, also those that only repeat what the query said before it was edited.

    Raises:
        SearchError: a field was changed beside a query that cannot be understood.
    """
    query = parameters.get("q", usual).strip()
    was = parse_kindly(parameters.get("was", ""))
    changed = {
        field: value.strip()
        for parameter, field in FORM_FIELDS.items()
        if (value := parameters.get(parameter)) is not None and value.strip() != field_of(was, field)
    }
    if not changed:
        return query
    terms = parse(query)
    for field, value in changed.items():
        terms = with_field(terms, field, "" if (field, value) == ("is", ALL) else value)
    return write(terms)


def list_address(organization: str, asked: Mapping[str, str]) -> str:
    """Where the list for these parameters is."""
    return (
        f"/{organization}/issues/?{urlencode({name: value for name, value in asked.items() if value or name == 'q'})}"
    )


def parse_kindly(query: str) -> tuple[Term, ...]:
    """The terms of a query; none of one that cannot be understood."""
    try:
        return parse(query)
    except SearchError:
        return ()


def tab_of(terms: tuple[Term, ...]) -> str:
    """The tab of `TABS` that shows what is searched; empty for a choice of states that no tab is for."""
    asked = [term for term in terms if _is_state(term)]
    if not asked:
        return ALL
    return asked[0].values[0].text.lower() if len(asked) == 1 and _is_one_state(asked[0]) else ""


def of_tab(terms: tuple[Term, ...], tab: str) -> tuple[Term, ...]:
    """The same search, in the states of that tab."""
    others = tuple(term for term in terms if not _is_state(term))
    return others if tab == ALL else (*parse(f"is:{tab}"), *others)


def _is_state(term: Term) -> bool:
    return term.name == "is" and any(value.text.lower() in list(IssueStatus) for value in term.values)


def _is_one_state(term: Term) -> bool:
    return len(term.values) == 1 and not term.is_negated
