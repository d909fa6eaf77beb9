"""What the address of the list asks for, by its query, the fields of its form and its tabs."""

import pytest

from tocsin.issues.search_query import SearchError, parse, write
from tocsin.web.list_query import ALL, TABS, asked_query, field_of, of_tab, tab_of, with_field


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
        ({"q": "x level:error,fatal", "was": "x level:error,fatal", "level": "error,fatal"}, "x level:error,fatal"),
        ({"q": "x level:error,fatal", "was": "x level:error,fatal", "level": "info"}, "level:info x"),
        ({"q": "firstSeen:>-1h x", "was": "firstSeen:>-1h x", "first_seen": ">-7d"}, "first-seen:>-7d x"),
        (
            {"q": "is:new is:unassigned", "was": "is:new is:unassigned", "state": "resolved"},
            "is:resolved is:unassigned",
        ),
        ({"q": "x", "was": "x", "assigned": "#pay", "release": "shop@2.*"}, "release:shop@2.* assigned:#pay x"),
        ({"q": 'environment:"a*" x', "was": 'environment:"a*" x', "environment": '"a*"'}, 'environment:"a*" x'),
    ],
)
def test_the_form_writes_the_query(parameters, query):
    assert asked_query(parameters, usual="is:unresolved") == query


@pytest.mark.parametrize(
    ("query", "field", "shown"),
    [
        ("x", "project", ""),
        ("project:web", "project", "web"),
        ("!project:web", "project", ""),
        ("project:a,b", "project", "a,b"),
        ("project:a x project:b", "project", "project:a project:b"),
        ("tag.project:x", "project", ""),
        ("is:unresolved is:unassigned", "is", "unresolved"),
        ('release:"shop@1"', "release", "shop@1"),
        ("last_seen:>-1h", "last-seen", ">-1h"),
    ],
)
def test_a_field_shows_what_the_query_says_of_it(query, field, shown):
    assert field_of(parse(query), field) == shown


def test_a_field_replaces_what_it_shows_and_nothing_else():
    terms = parse("timeout project:web !project:docs level:error")

    assert write(with_field(terms, "project", "pay")) == "project:pay timeout !project:docs level:error"
    assert write(with_field(terms, "project", "")) == "timeout !project:docs level:error"


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
