"""Every vector in every field of an event: the page has the same elements as one whose event says nothing bad."""

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from tests.support.attack_vectors import VECTORS
from tests.web.hostile import everywhere
from tocsin.events.decode import decode_event
from tocsin.issues.event_queries import Neighbours
from tocsin.web.event_view import view_event
from tocsin.web.place import TEMPLATES

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
HARMLESS = ("plain words", "long " * 200, "many\nlines\n" * 10, "", "a=1", "1773489590")


SEARCH = "/acme/issues/?q="


def is_search(value: str | None) -> bool:
    """Whether an attribute leads to a search: what is looked for is quoted, and may be anything."""
    return value is not None and re.fullmatch(r"/acme/issues/\?q=[A-Za-z0-9%._~/-]*", value) is not None


class Elements(HTMLParser):
    """The elements of a page, each with its attributes, but for those that say when something happened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[tuple[str, tuple[tuple[str, str | None], ...]]] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = [(name, SEARCH if is_search(value) else value) for name, value in attrs]
        self.found.add((tag, tuple(each for each in said if each[0] not in {"datetime", "title"})))


def elements_of(text: str) -> set:
    view = view_event(decode_event(json.dumps(everywhere([text])).encode()), happened_at=NOON)
    facts = {
        "address": "/acme/issues/1/",
        "event_id": "0" * 32,
        "happened_at": NOON,
        "issues_address": "/acme/issues/",
        "neighbours": Neighbours(None, None, None, None),
        "now": NOON,
        "parts": (),
        "view": view,
    }
    return Elements(TEMPLATES.get_template("_event.html").render(facts)).found


@pytest.fixture(scope="module")
def usual() -> set:
    """The elements that pages of harmless events have."""
    return set().union(*(elements_of(text) for text in HARMLESS))


def test_no_vector_in_any_field_adds_an_element_or_an_attribute(usual):
    added = {vector: elements_of(vector) - usual for vector in VECTORS}

    assert {vector: found for vector, found in added.items() if found} == {}


def test_the_comparison_would_see_an_element_that_gets_through(usual):
    assert Elements("<img src=x onerror=alert(1)>").found - usual
