"""Breadcrumbs as a page shows them."""

import json

import pytest

from tocsin.events.decode import decode_event
from tocsin.web.crumb_view import crumbs_of

NOON = 1773489600.0


def crumbs(*sent):
    event = decode_event(json.dumps({"message": "x", "timestamp": NOON, "breadcrumbs": sent}).encode())
    return crumbs_of(event, event.timestamp)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (NOON - 9.9, ("11:59:50", "−9.9 s")),
        ("2026-03-14T11:58:00Z", ("11:58:00", "−2 min")),
        ("2026-03-14T12:58:00+01:00", ("11:58:00", "−2 min")),
        (NOON - 90_000, ("11:00:00", "−1 d")),
        (NOON + 3, ("12:00:03", "+3.0 s")),
        (NOON, ("12:00:00", "0 s")),
        ("soon", ("", "")),
        (None, ("", "")),
        (1e300, ("", "")),
    ],
)
def test_a_breadcrumb_says_how_long_before_the_event_it_was(sent, told):
    (crumb,) = crumbs({"timestamp": sent, "message": "tick"})

    assert (crumb.time, crumb.before) == told


def test_the_last_breadcrumb_comes_first():
    assert [crumb.text for crumb in crumbs({"message": "first"}, {"message": "last"})] == ["last", "first"]


@pytest.mark.parametrize(
    ("sent", "level", "is_bad"),
    [
        ("critical", "fatal", True),
        ("Warning", "warning", True),
        ("debug", "debug", False),
        ("x hidden", "info", False),
        (None, "info", False),
    ],
)
def test_a_level_is_one_of_those_that_we_know(sent, level, is_bad):
    (crumb,) = crumbs({"level": sent, "message": "x"})

    assert (crumb.level, crumb.is_bad) == (level, is_bad)


def test_a_type_is_told_only_where_it_says_more_than_the_category():
    told = crumbs({"type": "http", "category": "http"}, {"type": "default", "category": "ui"}, {"type": "navigation"})

    assert [(crumb.category, crumb.type) for crumb in told] == [("navigation", ""), ("ui", ""), ("http", "")]
