from datetime import UTC, datetime, timedelta

import pytest

from tocsin.web.graph import draw_graph

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


def hours_ago(*hours):
    return [NOW - timedelta(hours=each) for each in hours]


@pytest.mark.parametrize(
    ("first_seen_hours", "words", "bars"),
    [
        (1, "24 hours", 24),
        (24, "24 hours", 24),
        (25, "14 days", 28),
        (24 * 15, "90 days", 30),
        (24 * 800, "90 days", 30),
    ],
)
def test_a_graph_reaches_back_to_the_first_event_if_it_can(first_seen_hours, words, bars):
    graph = draw_graph(hours_ago(0.5), *hours_ago(first_seen_hours), is_cut=False, now=NOW)

    assert (graph.words, len(graph.bars)) == (words, bars)


def test_each_event_stands_in_the_bar_of_its_time():
    graph = draw_graph(hours_ago(0, 0.1, 1.5, 23.9), *hours_ago(23.95), is_cut=False, now=NOW)

    counts = [bar.count for bar in graph.bars]
    assert (counts[-1], counts[-2], counts[0], graph.total) == (2, 1, 1, 4)


def test_the_tallest_bar_is_full_and_the_smallest_still_to_be_seen():
    graph = draw_graph(hours_ago(*([0.5] * 300), 5.5), *hours_ago(6), is_cut=False, now=NOW)

    heights = sorted({bar.height for bar in graph.bars})
    assert heights == [0, 1, 100]


def test_a_graph_claims_no_quiet_before_what_it_knows():
    graph = draw_graph(hours_ago(1, 20 * 24), *hours_ago(800 * 24), is_cut=True, now=NOW)

    assert graph.words == "14 days"
