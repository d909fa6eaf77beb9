"""The sentences of resolutions, deploys and what the system decides, whatever releases and people are called."""

import pytest

from tests.slack.messages.facts import ATTACKS
from tests.slack.messages.reading import live_tokens
from tocsin.activities.describe import SENTENCES, Link, Person, plain_text
from tocsin.activities.models import ActivityType
from tocsin.kernel.ids import UserId
from tocsin.slack.messages.reply import draw_sentence

ADA, SYSTEM = Person("Ada", UserId(1)), Person("Tocsin")
GRACE = {"kind": "user", "id": 2, "name": "Grace"}
BACKEND = {"kind": "team", "id": 1, "name": "backend"}


@pytest.mark.parametrize(
    ("activity_type", "actor", "data", "said"),
    [
        (ActivityType.RESOLVED_IN_RELEASE, ADA, {"release": "shop@1.2"}, "Ada resolved WEB-12 in shop@1.2"),
        (ActivityType.RESOLVED_IN_RELEASE, ADA, {"release": None}, "Ada resolved WEB-12 in the next release"),
        (
            ActivityType.RESOLVED_IN_COMMIT,
            ADA,
            {"commit": "8f3a2c1d0e", "release": None},
            "Ada resolved WEB-12 in commit 8f3a2c1",
        ),
        (
            ActivityType.RESOLVED_IN_COMMIT,
            ADA,
            {"commit": "8f3a2c1d0e", "release": "shop@1.2"},
            "Ada resolved WEB-12 in commit 8f3a2c1 of shop@1.2",
        ),
        (ActivityType.RESOLVED_BY_AGE, SYSTEM, {"days": 1}, "Tocsin resolved WEB-12, which was not seen for 1 day"),
        (ActivityType.RESOLVED_BY_AGE, SYSTEM, {"days": 30}, "Tocsin resolved WEB-12, which was not seen for 30 days"),
        (
            ActivityType.DEPLOYED,
            SYSTEM,
            {"environment": "production", "release": "shop@1.2"},
            "The fix of WEB-12 is in production with shop@1.2",
        ),
        (ActivityType.REGRESSED, SYSTEM, {"release": None}, "WEB-12 came back after it was resolved"),
        (
            ActivityType.REGRESSED,
            SYSTEM,
            {"release": "shop@1.3", "resolved_in": None},
            "WEB-12 came back in shop@1.3 after it was resolved",
        ),
        (
            ActivityType.REGRESSED,
            SYSTEM,
            {"release": None, "resolved_in": "shop@1.2"},
            "WEB-12 came back after it was resolved in shop@1.2",
        ),
        (ActivityType.ASSIGNED, SYSTEM, {"assignee": GRACE}, "Tocsin assigned WEB-12 to Grace automatically"),
        (ActivityType.ASSIGNED, SYSTEM, {"assignee": BACKEND}, "Tocsin assigned WEB-12 to #backend automatically"),
        (ActivityType.UNASSIGNED, SYSTEM, {"left": "Grace"}, "Tocsin unassigned WEB-12, since Grace left"),
    ],
)
def test_each_decision_is_told_with_what_it_depends_on(activity_type, actor, data, said):
    assert plain_text(SENTENCES[activity_type](actor, data), issue="WEB-12") == said


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize(
    ("activity_type", "fields"),
    [
        (ActivityType.RESOLVED_IN_RELEASE, ("release",)),
        (ActivityType.RESOLVED_IN_COMMIT, ("commit", "release")),
        (ActivityType.DEPLOYED, ("environment", "release")),
        (ActivityType.REGRESSED, ("release", "resolved_in")),
        (ActivityType.UNASSIGNED, ("left",)),
    ],
)
def test_whatever_a_release_is_called_pings_nobody_and_leads_nowhere(activity_type, fields, name):
    sentence = SENTENCES[activity_type](Person(name), dict.fromkeys(fields, name))

    text, blocks = draw_sentence(sentence, issue_link=Link("WEB-12", "https://tocsin.example/acme/issues/1/"), names={})

    assert live_tokens(text, blocks) == []
