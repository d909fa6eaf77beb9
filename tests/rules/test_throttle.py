"""How often a rule tells the same issue."""

from datetime import timedelta

import pytest

from tests.support.acme import NOW
from tocsin.rules.models import LastFiring
from tocsin.rules.throttle import is_over, may_fire

HOUR = timedelta(hours=1)


def fired(minutes_ago: int, *, crossed: bool) -> LastFiring:
    at = NOW - timedelta(minutes=minutes_ago)
    return LastFiring(fired_at=at, crossed_at=at if crossed else None)


@pytest.mark.parametrize(
    ("last", "interval", "is_moment", "may"),
    [
        (None, None, False, True),
        (None, HOUR, False, True),
        (fired(1, crossed=True), None, False, False),
        (fired(1, crossed=True), None, True, True),
        (fired(1, crossed=False), None, False, True),
        (fired(600, crossed=True), None, False, False),
        (fired(59, crossed=True), HOUR, False, False),
        (fired(59, crossed=False), HOUR, True, False),
        (fired(60, crossed=True), HOUR, False, True),
    ],
)
def test_a_rule_tells_a_crossing_once_and_all_else_at_most_once_in_its_interval(last, interval, is_moment, may):
    assert may_fire(last, interval, is_moment=is_moment, now=NOW) == may


@pytest.mark.parametrize(
    ("minutes_ago", "crossed", "held_before", "over"),
    [
        (60, True, False, True),
        (60, True, True, False),
        (59, True, False, False),
        (60, False, False, False),
    ],
)
def test_a_crossing_is_over_once_there_were_fewer_and_its_window_has_passed(minutes_ago, crossed, held_before, over):
    last = fired(minutes_ago, crossed=crossed)

    assert is_over(last, HOUR, held_before=held_before, now=NOW) == over
