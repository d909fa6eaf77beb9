"""What the address of the list of issues asks for: a query, which the fields of its form and its tabs rewrite. Pure."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from tocsin.issues.models import IssueStatus
from tocsin.issues.search_query import SearchError, Term, canonical_name, parse, term_of, write

USUAL_QUERY = "is:unresolved"
ALL = "all"
TABS = (*(str(status) for status in (IssueStatus.UNRESOLVED, IssueStatus.RESOLVED, IssueStatus.ARCHIVED)), ALL)
FORM_FIELDS = {
    "state": "is",
    "project": "project",
    "environment": "environment",
    "level": "level",
    "assigned": "assigned",
    "priority": "priority",
    "release": "release",
    "first_seen": "first-seen",
    "seen": "last-seen",
}
"""Parameters of the address that stand for a field of the query."""
ABOUT_ASSIGNEES = {"assigned", "unassigned"}
"""Values of `is` that are no states."""


def asked_query(parameters: Mapping[str, str], *, usual: str) -> str:
    """The query that is meant by `q` and by those fields of the form that are not as the query `was`.

    A browser sends every field of a form, also those that only repeat what the query said before it was edited. A field
    holds what would be typed behind the colon: `error,fatal` is any of the two.

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


def field_of(terms: Sequence[Term], field: str) -> str:
    """What the form's field for `field` shows of the search; empty where the search does not speak of it.

    That is what stands behind the colon. Where several terms speak of it (`is:unresolved is:new`), none of them can
    stand for the others, and the field shows them all.
    """
    own = [term for term in terms if _is_of(term, field)]
    return own[0].words() if len(own) == 1 else write(own)


def with_field(terms: Sequence[Term], field: str, words: str) -> tuple[Term, ...]:
    """The same search, but with `field:words` instead of all that the form's field shows; nothing for no words."""
    others = tuple(term for term in terms if not _is_of(term, field))
    return (term_of(field, words), *others) if words else others


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


def _is_of(term: Term, field: str) -> bool:
    """Whether the form's field for `field` is about this term; what is turned round is none of its business."""
    if term.name is None or term.is_negated or canonical_name(term.name) != field:
        return False
    return field != "is" or any(value.text.lower() not in ABOUT_ASSIGNEES for value in term.values)


def _is_state(term: Term) -> bool:
    return term.name == "is" and any(value.text.lower() in list(IssueStatus) for value in term.values)


def _is_one_state(term: Term) -> bool:
    return len(term.values) == 1 and not term.is_negated
