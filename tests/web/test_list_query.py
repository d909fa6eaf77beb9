"""What the address of the list asks for, by its query, the fields of its form and its tabs."""

import pytest

from tocsin.issues.search_query import SearchError, parse, write
from tocsin.web.list_query import ALL, TABS, asked_query, of_tab, tab_of


@pytest.mark.parametrize(
    ("parameters", "query"),
    [
        ({}, "is:unresolved"),
        ({"q": ""}, ""),
        ({"q": " level:error "}, "level:error"),
        ({"project": "web"}, "project:web is:unresolved"),
        ({"state": "all"}, ""),
        ({"state": "resolved", "project": "web"}, "project:web is:resolved"),
        ({"q": "project:pay", "was": "project:web", "project": "web"}, "project:pay"),
        ({"q": "project:web x", "was": "project:web", "project": ""}, "x"),
        ({"q": "x", "was": "", "seen": ">-24h", "priority": ""}, "last-seen:>-24h x"),
        ({"q": "x", "was": 'a "broken', "environment": "my shop"}, 'environment:"my shop" x'),
        ({"q": 'a "broken', "was": "", "project": ""}, 'a "broken'),
    ],
)
def test_the_form_writes_the_query(parameters, query):
    assert asked_query(parameters, usual="is:unresolved") == query


def test_a_field_beside_a_broken_query_is_refused_as_the_query_is():
    with pytest.raises(SearchError, match="Close the quotes"):
        asked_query({"q": 'a "broken', "was": "", "project": "web"}, usual="")


@pytest.mark.parametrize(
    ("query", "tab"),
    [
        ("", ALL),
        ("is:regressed x", ALL),
        ("x is:archived", "archived"),
        ("is:Resolved", "resolved"),
        ("!is:resolved", ""),
        ("is:resolved,archived", ""),
        ("is:resolved is:archived", ""),
    ],
)
def test_the_tab_shows_what_is_searched(query, tab):
    assert tab_of(parse(query)) == tab


def test_a_tab_keeps_the_rest_of_the_search():
    terms = parse('is:resolved level:error is:new "a b"')

    assert [write(of_tab(terms, tab)) for tab in TABS] == [
        'is:unresolved level:error is:new "a b"',
        'is:resolved level:error is:new "a b"',
        'is:archived level:error is:new "a b"',
        'level:error is:new "a b"',
    ]
