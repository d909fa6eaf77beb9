"""How long an issue is archived, in words."""

import pytest

from tocsin.activities.archive_words import until_words


@pytest.mark.parametrize(
    ("until", "words"),
    [
        ({"kind": "until_escalating"}, "until it escalates"),
        ({"kind": "forever"}, "forever"),
        ({"kind": "until_moment", "moment": "2026-01-01T09:00:00Z"}, "until 1 January 2026 09:00 UTC"),
        ({"kind": "until_moment", "moment": "2026-01-01T09:00:00+02:00"}, "until 1 January 2026 07:00 UTC"),
        ({"kind": "until_events", "count": 100, "minutes": None}, "until 100 more events"),
        ({"kind": "until_events", "count": 1, "minutes": None}, "until 1 more event"),
        ({"kind": "until_events", "count": 1000, "minutes": 60}, "until 1,000 events within 60 minutes"),
        ({"kind": "until_users", "count": 10, "minutes": None}, "until 10 more users"),
        ({"kind": "until_users", "count": 1, "minutes": 1}, "until 1 user within 1 minute"),
    ],
)
def test_each_way_of_archiving_says_its_condition(until, words):
    assert until_words(until) == words
