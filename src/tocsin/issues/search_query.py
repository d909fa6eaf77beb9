"""The words of a search, taken apart and put together again: `is:unresolved !level:info "out of memory"`. Pure.

A query is a list of terms, all of which must hold. A term is a text to look for, or `name:value`; `!` or `-` before it
turns it round, several values are parted by commas, quotes keep blanks, commas and colons.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tocsin.kernel.errors import InvalidInputError

MAX_QUERY = 500
"""Characters; a page's address has to hold it."""
MAX_TERMS = 25
MAX_VALUES = 25

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*(?=:)(?!://)")
_BARE = re.compile(r'[^\s",]+')
"""A value without quotes."""
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a query something stands: from this character to the one before `end`."""

    start: int
    end: int


class SearchError(InvalidInputError):
    """A query that cannot be understood; the message says what to write instead, `place` where."""

    code = "issues.search"

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True, slots=True)
class Value:
    """One of the values that a term names. In quotes a `*` is an ordinary character."""

    text: str
    is_quoted: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Term:
    """`name:value,value`, or a text to look for where `name` is None (then with one value)."""

    name: str | None
    values: tuple[Value, ...]
    is_negated: bool
    place: Place

    def says(self) -> str:
        """The term as somebody would type it; `parse` reads the same from it."""
        words = ",".join(_quoted(value) for value in self.values)
        if self.name is not None:
            typed = f"{self.name}:{words}"
            name = _NAME.match(typed)
            is_plain = name is not None and name[0] == self.name
            words = typed if is_plain else f"{_in_quotes(self.name)}:{words}"
        return f"!{words}" if self.is_negated else words

    def words(self) -> str:
        """The values as a field of a form shows them: what stands behind the colon, in quotes only where it must."""
        return ",".join(words_for(value.text) if value.is_quoted else _quoted(value) for value in self.values)


def parse(query: str) -> tuple[Term, ...]:
    """The terms of `query`, in their order.

    Raises:
        SearchError: quotes are not closed, nothing follows a colon, or there is too much of it.
    """
    if len(query) > MAX_QUERY:
        raise SearchError(f"Shorten the search to {MAX_QUERY} characters.", Place(MAX_QUERY, len(query)))
    terms = tuple(_terms(query))
    if len(terms) > MAX_TERMS:
        raise SearchError(f"Search for {MAX_TERMS} things at most.", Place(terms[MAX_TERMS].place.start, len(query)))
    return terms


def write(terms: Iterable[Term]) -> str:
    """The query that means these terms."""
    return " ".join(term.says() for term in terms)


def term_of(name: str, words: str) -> Term:
    """`name:words`; words that cannot stand behind a colon as they are (`my shop`) are meant as one text in quotes."""
    try:
        terms = parse(f"{name}:{words}")
    except SearchError:
        terms = ()
    if len(terms) == 1:
        return terms[0]
    nowhere = Place(0, 0)
    return Term(name, (Value(words, is_quoted=True, place=nowhere),), is_negated=False, place=nowhere)


def words_for(text: str) -> str:
    """What to type behind a colon to mean just this text: in quotes where it would mean something else."""
    return _quoted(Value(text, is_quoted="*" in text, place=Place(0, 0)))


def canonical_name(name: str) -> str:
    """`firstSeen`, `first_seen` and `First-Seen` are `first-seen`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower().replace("_", "-")


def _terms(query: str) -> Iterator[Term]:
    at = _after_blanks(query, 0)
    while at < len(query):
        term = _read_term(query, at)
        yield term
        at = _after_blanks(query, term.place.end)


def _after_blanks(query: str, at: int) -> int:
    while at < len(query) and query[at].isspace():
        at += 1
    return at


def _read_term(query: str, start: int) -> Term:
    follows = query[start + 1 : start + 2]
    is_negated = query[start] in "!-" and bool(follows) and not follows.isspace()
    term = _read_unnegated(query, start + 1 if is_negated else start)
    return replace(term, is_negated=is_negated, place=Place(start, term.place.end))


def _read_unnegated(query: str, start: int) -> Term:
    if query[start] == '"':
        text = _read_quoted(query, start)
        if query[text.place.end : text.place.end + 1] == ":":
            return _read_values(query, start, text.text, text.place.end + 1)
        return Term(None, (text,), is_negated=False, place=text.place)
    name = _NAME.match(query, start)
    if name is not None:
        return _read_values(query, start, name[0], name.end() + 1)
    word = _WORD.match(query, start)
    assert word is not None
    place = Place(start, word.end())
    return Term(None, (Value(word[0], is_quoted=False, place=place),), is_negated=False, place=place)


def _read_values(query: str, start: int, name: str, at: int) -> Term:
    """The values that follow the colon of `name`, of which the first stands at `at`."""
    values = [_read_value(query, start, name, at)]
    while query[values[-1].place.end : values[-1].place.end + 1] == ",":
        values.append(_read_value(query, start, name, values[-1].place.end + 1))
    end = values[-1].place.end
    if query[end : end + 1] not in ("", " ") and not query[end].isspace():
        raise SearchError(f"Put a blank or a comma between what is in quotes and {query[end]!r}.", Place(end, end + 1))
    if len(values) > MAX_VALUES:
        raise SearchError(f"Name {MAX_VALUES} values at most.", Place(start, end))
    return Term(name, tuple(values), is_negated=False, place=Place(start, end))


def _read_value(query: str, start: int, name: str, at: int) -> Value:
    if query[at : at + 1] == '"':
        return _read_quoted(query, at)
    bare = _BARE.match(query, at)
    if bare is None:
        text = query[start:at]
        raise SearchError(
            f'Say what {name} is to be, right after "{text}"; to look for this as a text, put it in quotes.',
            Place(start, at),
        )
    return Value(bare[0], is_quoted=False, place=Place(at, bare.end()))


def _read_quoted(query: str, start: int) -> Value:
    """What stands between the quotes that open at `start`; after a backslash a quote is a part of it."""
    text, at = [], start + 1
    while at < len(query) and query[at] != '"':
        if query[at] == "\\" and query[at + 1 : at + 2] in ('"', "\\"):
            at += 1
        text.append(query[at])
        at += 1
    place = Place(start, at + 1)
    if at >= len(query):
        raise SearchError("Close the quotes that begin here.", Place(start, len(query)))
    if not text:
        raise SearchError("Write something between the quotes.", place)
    return Value("".join(text), is_quoted=True, place=place)


def _quoted(value: Value) -> str:
    """The value as it is typed: in quotes where it was, or where it needs them."""
    is_plain = not value.is_quoted and _BARE.fullmatch(value.text) is not None
    return value.text if is_plain else _in_quotes(value.text)


def _in_quotes(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def given_over(query: str, old: str, new: str) -> str | None:
    """`query` with `assigned:new` for `assigned:old`, an e-mail or `#team`; `None` where it says nothing of it."""
    try:
        terms = parse(query)
    except SearchError:
        return None
    renamed = tuple(_given_over(term, old, new) for term in terms)
    return None if renamed == terms else write(renamed)


def _given_over(term: Term, old: str, new: str) -> Term:
    if term.name is None or term.name.lower() != "assigned":
        return term
    return replace(
        term, values=tuple(replace(value, text=new) if value.text.lower() == old else value for value in term.values)
    )
