"""What the forms of an issue's page mean."""

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.issues.act import IssueAction
from tocsin.issues.archiving import UntilEvents, UntilMoment, UntilUsers
from tocsin.issues.models import IssuePriority
from tocsin.issues.triage import Assignee
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import TeamId, UserId
from tocsin.web.issue_forms import parse_action

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def parse(**form: str) -> IssueAction:
    return parse_action(lambda name: form.get(name, ""), now=NOW)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"action": "resolve", "to": "user:3"}, IssueAction("resolve")),
        ({"action": "assign", "to": "me"}, IssueAction("assign_me")),
        ({"action": "assign", "to": "nobody"}, IssueAction("unassign")),
        ({"action": "assign", "to": "user:3"}, IssueAction("assign", Assignee(user_id=UserId(3)))),
        ({"action": "assign", "to": "team:2"}, IssueAction("assign", Assignee(team_id=TeamId(2)))),
        ({"action": "set_priority", "priority": "low"}, IssueAction("set_priority", priority=IssuePriority.LOW)),
    ],
)
def test_a_form_says_what_to_do(form, expected):
    assert parse(**form) == expected


@pytest.mark.parametrize(
    ("form", "until"),
    [
        ({"until": "1h"}, UntilMoment(NOW + timedelta(hours=1))),
        ({"until": "1w"}, UntilMoment(NOW + timedelta(days=7))),
        ({"until": "moment", "moment": "2026-12-24T09:00"}, UntilMoment(datetime(2026, 12, 24, 9, tzinfo=UTC))),
        ({"until": "moment", "moment": "2026-12-24T09:00+01:00"}, UntilMoment(datetime(2026, 12, 24, 8, tzinfo=UTC))),
        ({"until": "events", "count": "100", "minutes": ""}, UntilEvents(100)),
        ({"until": "users", "count": " 10 ", "minutes": "60"}, UntilUsers(10, minutes=60)),
    ],
)
def test_a_form_says_until_when_to_archive(form, until):
    assert parse(action="archive", **form) == IssueAction("archive", until=until)


@pytest.mark.parametrize(
    "form",
    [
        {"action": ""},
        {"action": "drop"},
        {"action": "assign"},
        {"action": "assign", "to": "user:0"},
        {"action": "assign", "to": "user:" + "9" * 30},
        {"action": "archive"},
        {"action": "archive", "until": "soon"},
        {"action": "archive", "until": "moment"},
        {"action": "archive", "until": "moment", "moment": "tomorrow"},
        {"action": "archive", "until": "events"},
        {"action": "archive", "until": "events", "count": "-5"},
        {"action": "archive", "until": "events", "count": "١٢"},
        {"action": "archive", "until": "users", "count": "5", "minutes": "1.5"},
        {"action": "archive", "until": "users", "count": "9" * 30},
        {"action": "set_priority"},
        {"action": "set_priority", "priority": "urgent"},
    ],
)
def test_a_form_that_makes_no_sense_is_refused(form):
    with pytest.raises(InvalidInputError):
        parse(**form)
