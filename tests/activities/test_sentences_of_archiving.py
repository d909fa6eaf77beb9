"""What is said when an issue is put aside, comes back, or gets another priority; whatever its people are called."""

from typing import Any

import pytest

from tests.support.acme import NOW
from tocsin.activities.describe import IssueName, Person, describe, plain_text
from tocsin.activities.models import Activity, ActivityType
from tocsin.kernel.ids import ProjectId, UserId

HOSTILE = "<!channel> *Ada* {data[until]} `x`\n> %s"


def activity(
    activity_type: ActivityType, data: dict[str, Any], *, name: str = "Ada", by_system: bool = False
) -> Activity:
    return Activity(
        project_id=ProjectId(1),
        type=activity_type,
        user_id=None if by_system else UserId(1),
        actor_label="Tocsin" if by_system else name,
        data=data,
        via="page",
        at=NOW,
    )


@pytest.mark.parametrize(
    ("activity_type", "data", "words"),
    [
        (ActivityType.ARCHIVED, {"until": {"kind": "forever"}}, "archived WEB-1 forever"),
        (
            ActivityType.ARCHIVED,
            {"until": {"kind": "until_events", "count": 100, "minutes": 60}},
            "archived WEB-1 until 100 events within 60 minutes",
        ),
        (ActivityType.REOPENED, {}, "reopened WEB-1"),
        (ActivityType.PRIORITY_SET, {"from": "low", "to": "high"}, "changed the priority of WEB-1: low → high"),
    ],
)
@pytest.mark.parametrize("name", ["Ada", HOSTILE])
def test_a_person_is_named_as_they_are_and_as_a_part_of_its_own(
    activity_type: ActivityType, data: dict[str, Any], words: str, name: str
):
    sentence = describe(activity(activity_type, data, name=name))

    assert sentence is not None
    assert sentence[0] == Person(name, UserId(1))
    assert plain_text(sentence, issue="WEB-1") == f"{name} {words}"


@pytest.mark.parametrize(
    ("activity_type", "data", "words"),
    [
        (
            ActivityType.ESCALATING,
            {"forecast": 1200, "count": 3000},
            "WEB-1 escalates: 3,000 events in an hour, where at most 1,200 were to be expected",
        ),
        (
            ActivityType.ESCALATING,
            {"expired": {"kind": "until_users", "count": 10, "minutes": None}},
            "WEB-1 is back: it was archived until 10 more users",
        ),
        (
            ActivityType.REOPENED,
            {"expired": {"kind": "until_moment", "moment": "2026-01-01T09:00:00Z"}},
            "WEB-1 is back: it was archived until 1 January 2026 09:00 UTC",
        ),
    ],
)
def test_what_happens_by_itself_is_told_of_the_issue_alone(
    activity_type: ActivityType, data: dict[str, Any], words: str
):
    sentence = describe(activity(activity_type, data, by_system=True))

    assert sentence is not None
    assert sentence[0] == IssueName()
    assert plain_text(sentence, issue="WEB-1") == words
