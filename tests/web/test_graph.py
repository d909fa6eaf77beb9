from datetime import UTC, datetime, timedelta

import pytest

from tests.web import events
from tocsin.issues.counters import hour_of
from tocsin.kernel.db import read
from tocsin.web.graph import draw_bars, graphs_of

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
END = hour_of(NOON) + 1


@pytest.mark.parametrize(("width", "since"), [(1, END - 3), (24, END - 72)])
def test_bars_stand_side_by_side_and_end_with_the_present(width, since):
    bars = draw_bars([4, 0, 1], end=END, width=width)

    spans = [(bar.since, bar.until) for bar in bars]
    assert spans == [(since + place * width, since + (place + 1) * width) for place in range(3)]


def test_the_tallest_bar_is_full_and_the_smallest_still_to_be_seen():
    bars = draw_bars([300, 1, 0], end=END, width=1)

    assert [bar.height for bar in bars] == [100, 1, 0]


def test_an_issue_without_recent_events_has_flat_bars():
    bars = draw_bars([0, 0], end=END, width=1)

    assert [bar.height for bar in bars] == [0, 0]


def test_a_bar_says_when_it_began():
    (bar,) = draw_bars([1], end=END, width=1)

    assert bar.begins_at == NOON


def test_an_issue_is_drawn_by_the_hours_of_a_day_and_the_days_of_a_month(world):
    for hours in (0, 0, 5, 30, 24 * 40):
        issue_id = world.report("web", events.division(), ago=timedelta(hours=hours))

    with read(world.database) as session:
        day, month = graphs_of(session, issue_id, now=world.clock())

    assert [(graph.total, len(graph.bars)) for graph in (day, month)] == [(3, 24), (4, 30)]
    assert [month.bars[-1].count, month.bars[-2].count] == [3, 1]
