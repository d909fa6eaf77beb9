"""The words of a search are taken apart, put together again, and refused with the place and a way out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.issues.search_query import (
    MAX_QUERY,
    MAX_TERMS,
    Place,
    SearchError,
    Term,
    parse,
    term_of,
    words_for,
    write,
)

NOWHERE = Place(0, 0)


def read(query: str) -> list[tuple[bool, str | None, list[str]]]:
    """Each term as (is negated, name, values)."""
    return [(term.is_negated, term.name, [value.text for value in term.values]) for term in parse(query)]


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("", []),
        ("   ", []),
        ("timeout", [(False, None, ["timeout"])]),
        ("is:unresolved timeout", [(False, "is", ["unresolved"]), (False, None, ["timeout"])]),
        ("!level:info -is:archived", [(True, "level", ["info"]), (True, "is", ["archived"])]),
        ("level:error,fatal", [(False, "level", ["error", "fatal"])]),
        ('"out of memory"', [(False, None, ["out of memory"])]),
        ('!"out of memory"', [(True, None, ["out of memory"])]),
        ('url:"a, b" x', [(False, "url", ["a, b"]), (False, None, ["x"])]),
        ('say:"a \\"quoted\\" \\\\ word"', [(False, "say", ['a "quoted" \\ word'])]),
        ('"tag with: colon":x', [(False, "tag with: colon", ["x"])]),
        ("first-seen:>-24h", [(False, "first-seen", [">-24h"])]),
        ("last-seen:2026-11-01T14:30", [(False, "last-seen", ["2026-11-01T14:30"])]),
        ("https://example.com/a", [(False, None, ["https://example.com/a"])]),
        ("url:https://example.com/a", [(False, "url", ["https://example.com/a"])]),
        ("a - b !", [(False, None, ["a"]), (False, None, ["-"]), (False, None, ["b"]), (False, None, ["!"])]),
        ("sdk.name:x tag.level:y", [(False, "sdk.name", ["x"]), (False, "tag.level", ["y"])]),
    ],
)
def test_a_query_is_read(query, terms):
    assert read(query) == terms


@pytest.mark.parametrize(
    ("query", "marked", "says"),
    [
        ('is:new "open end', '"open end', "Close the quotes"),
        ("TypeError: boom", "TypeError:", "put it in quotes"),
        ("level:error,", "level:error,", "Say what level is to be"),
        ('level:""', '""', "between the quotes"),
        ('url:"a"b', "b", "Put a blank or a comma"),
        ("x" * (MAX_QUERY + 2), "xx", "Shorten"),
        ("x " * (MAX_TERMS + 1), "x ", "at most"),
        ("a:" + ",".join("b" * 30), "a:" + ",".join("b" * 30), "values at most"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(query, marked, says):
    with pytest.raises(SearchError, match=says) as refused:
        parse(query)

    assert query[refused.value.place.start : refused.value.place.end] == marked


@given(st.text(max_size=MAX_QUERY + 20) | st.text(alphabet='ab:"\\,!-* #/.\n', max_size=60))
def test_any_text_is_read_or_refused_with_a_place_in_it(query):
    places = places_of(query)

    assert all(0 <= place.start < place.end <= len(query) for place in places)


def places_of(query: str) -> list[Place]:
    """Where the terms stand, or what was refused."""
    try:
        return [term.place for term in parse(query)]
    except SearchError as refused:
        return [refused.place]


def bare(terms: tuple[Term, ...]) -> list[Term]:
    """The terms without where they stand; whether a text was in quotes means nothing."""
    return [
        replace(
            term,
            place=NOWHERE,
            values=tuple(
                replace(value, place=NOWHERE, is_quoted=value.is_quoted and term.name is not None)
                for value in term.values
            ),
        )
        for term in terms
    ]


@given(st.text(alphabet='aB:"\\,!-* /.', max_size=40))
def test_what_is_written_again_is_read_as_the_same(query):
    try:
        terms = parse(query)
    except SearchError:
        return

    assert [replace_quoted(term) for term in bare(parse(write(terms)))] == [
        replace_quoted(term) for term in bare(terms)
    ]


def replace_quoted(term: Term) -> Term:
    """A value that only quotes can hold is in quotes once it is written."""
    return replace(
        term, values=tuple(replace(value, is_quoted="*" in value.text and value.is_quoted) for value in term.values)
    )


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ("shop@2.*", "release:shop@2.*"),
        ("shop@1,shop@2", "release:shop@1,shop@2"),
        ('"shop 1,*"', 'release:"shop 1,*"'),
        ("my shop, *", 'release:"my shop, *"'),
        ('a"b', r'release:"a\"b"'),
        ("x level:error", 'release:"x level:error"'),
        ("-x", "release:-x"),
    ],
)
def test_what_stands_in_a_field_is_what_would_stand_behind_the_colon(words, query):
    term = term_of("release", words)

    assert (write([term]), parse(query)[0].says()) == (query, query)
    assert term_of("release", term.words()).says() == query


@pytest.mark.parametrize(
    ("text", "words"), [("web-1", "web-1"), ("a*", '"a*"'), ("my shop", '"my shop"'), ("a,b", '"a,b"')]
)
def test_a_text_is_typed_so_that_it_means_just_itself(text, words):
    (value,) = term_of("environment", words_for(text)).values

    assert (words_for(text), value.text) == (words, text)


def test_a_field_shows_quotes_only_where_they_must_be():
    assert parse('environment:"production","my shop","a*",b*')[0].words() == 'production,"my shop","a*",b*'
