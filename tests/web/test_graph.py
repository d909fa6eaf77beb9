from datetime import UTC, datetime, timedelta

import pytest

from tocsin.issues.counters import hour_of
from tocsin.web.graph import draw_graph

NOW = datetime(2026, 3, 14, 12, 20, tzinfo=UTC)
HOUR = hour_of(NOW)


def ago(hours):
    return NOW - timedelta(hours=hours)


@pytest.mark.parametrize(
    ("first_seen_hours", "words", "bars"),
    [
        (1, "24 hours", 24),
        (23, "24 hours", 24),
        (24, "14 days", 28),
        (24 * 15, "90 days", 30),
        (24 * 800, "90 days", 30),
    ],
)
def test_a_graph_reaches_back_to_the_first_event_if_it_can(first_seen_hours, words, bars):
    graph = draw_graph({HOUR: 1}, ago(first_seen_hours), now=NOW)

    assert (graph.words, len(graph.bars)) == (words, bars)


def test_each_hour_stands_in_the_bar_of_its_time():
    graph = draw_graph({HOUR: 2, HOUR - 1: 1, HOUR - 23: 4}, ago(23), now=NOW)

    counts = [bar.count for bar in graph.bars]
    assert (counts[-1], counts[-2], counts[0], graph.total) == (2, 1, 4, 7)


def test_a_bar_of_many_hours_holds_them_all_and_says_when_they_began():
    graph = draw_graph({HOUR - place: 1 for place in range(24)}, ago(13 * 24), now=NOW)

    last = graph.bars[-1]
    assert [bar.count for bar in graph.bars[-3:]] == [0, 12, 12]
    assert last.begins_at == datetime(2026, 3, 14, 1, tzinfo=UTC)


def test_what_lies_before_a_graph_is_not_in_its_total():
    graph = draw_graph({HOUR - 91 * 24: 500, HOUR: 3}, ago(91 * 24), now=NOW)

    assert (graph.total, graph.bars[0].count) == (3, 0)


def test_the_tallest_bar_is_full_and_the_smallest_still_to_be_seen():
    graph = draw_graph({HOUR: 300, HOUR - 5: 1}, ago(6), now=NOW)

    heights = sorted({bar.height for bar in graph.bars})
    assert heights == [0, 1, 100]
