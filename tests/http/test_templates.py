from datetime import UTC, datetime, timedelta

import pytest

from tocsin.http.templates import ago, plural, short_number

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (44, "just now"),
        (45, "1 min ago"),
        (119, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (86_399, "23 h ago"),
        (86_400 * 29, "29 d ago"),
        (86_400 * 65, "2 mo ago"),
        (86_400 * 800, "2 y ago"),
        (-7200, "in 2 h"),
    ],
)
def test_a_moment_is_told_in_the_largest_unit_that_fits(seconds, words):
    assert ago(NOW - timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0"), (999, "999"), (1234, "1\u2009234"), (10_000, "10k"), (12_350, "12.3k"), (3_100_000, "3.1M")],
)
def test_a_count_is_as_short_as_people_read_it(count, words):
    assert short_number(count) == words


@pytest.mark.parametrize(("count", "words"), [(1, "1 reply"), (2, "2 replies"), (0, "0 replies")])
def test_a_count_agrees_with_its_noun(count, words):
    assert plural(count, "reply", "replies") == words
