"""Which issues are like one another."""

import pytest

from tocsin.issues.similar import SimilarIssue, likeness, most_alike
from tocsin.kernel.ids import IssueId


def issue(title, value="", culprit="", number=1, events=1):
    return SimilarIssue(IssueId(number), f"WEB-{number}", title, value, culprit, "unresolved", events)


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        (issue("KeyError", "'basket'", "a"), issue("KeyError", "'basket'", "b"), True),
        (issue("KeyError", "'a 1'", "a"), issue("KeyError", "'z 2'", "a"), True),
        (issue("KeyError", "'basket'", "a"), issue("KeyError", "'user'", "b"), False),
        (issue("TypeError", "no price in basket", "a"), issue("ValueError", "no price in basket", "a"), True),
        (issue("TypeError", "no price", "a"), issue("OSError", "disk full", "a"), False),
        (issue("AssertionError"), issue("AssertionError"), True),
        (issue("OSError", "disk 1 full", "a"), issue("IOError", "disk 1 full", "b"), False),
    ],
)
def test_a_kind_of_error_a_place_and_words_make_issues_alike(one, other, is_alike):
    assert bool(most_alike(one, [other])) is is_alike
    assert likeness(one, other) == likeness(other, one)


def test_the_most_alike_comes_first_then_the_one_with_more_events():
    others = [issue("KeyError", "'x'", "b", 2), issue("KeyError", "'x'", "a", 3), issue("KeyError", "'x'", "b", 4, 9)]

    found = most_alike(issue("KeyError", "'x'", "a"), others)

    assert [each.short_id for each in found] == ["WEB-3", "WEB-4", "WEB-2"]
