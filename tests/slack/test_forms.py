"""Forms: authorised when they open and again when they are submitted, and never an end in a lie."""

import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from tests.slack.office import PEOPLE, Office
from tests.slack.test_presses import deactivate, leave_team, lose_approval
from tocsin.issues.archiving import archived_words
from tocsin.issues.change import get_issue_for_update
from tocsin.issues.models import Issue
from tocsin.kernel.db import read, write
from tocsin.organizations.models import Project, Release
from tocsin.organizations.permit import Permit, Scope, Via
from tocsin.organizations.releases import make_release
from tocsin.rules.models import Rule
from tocsin.slack.messages.buttons import MENU
from tocsin.slack.views.table import VIEWS

IN_MENU = {button.action_id for button in MENU}


def release(office: Office, version: str, project: str = "web") -> str:
    """The project has a release; gives its id as a form has it."""
    with write(office.database) as session:
        row = session.get_one(Project, office.world.projects[project])
        permit = Permit.system("tests", Scope(row.organization_id), Via.CLI)
        make_release(session, permit, row, version, now=office.world.clock())
        return str(session.scalars(select(Release.id).where(Release.version == version)).one())


def said_in(office: Office, view_id: str, *, by: str = "ada") -> str:
    """The words of the view that stands there now."""
    view = next(each for each in office.slack.views(PEOPLE.get(by, by)) if each.id == view_id)
    return view.payload["blocks"][0]["text"]["text"]


def rule_of(office: Office) -> Rule:
    with read(office.database) as session:
        return session.scalars(select(Rule)).one()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"how": "resolve"}, "resolved"),
        ({"how": "resolve_in_next_release"}, "resolved_in_release"),
        ({"how": "resolve_in_current_release"}, "resolved_in_release"),
        ({"how": "resolve_in_commit", "commit": "8f3a2c1d00"}, "resolved_in_commit"),
    ],
)
def test_an_issue_is_resolved_as_the_form_says(office: Office, values, said):
    release(office, "web@1.0.0")
    card = office.card()

    submitted = office.submit(office.open_form(card, "issue.resolve_in"), **values)

    assert (submitted.ok, submitted.errors, submitted.shown) == (True, {}, None)
    assert office.issue(card).status == "resolved"
    assert office.history(card) == [(said, "Ada")]


def test_an_issue_is_resolved_in_a_release_that_is_found_by_typing(office: Office):
    release(office, "web@1.0.0")
    wanted = release(office, "web@2.0.0")
    card = office.card()
    view = office.open_form(card, "issue.resolve_in")

    offered = office.slack.type_ahead("issue.release", "2.0", user="U0ADA", view_id=view.id).options
    office.submit(view, how="resolve_in_release", **{"issue.release": wanted})

    assert [(option["text"]["text"], option["value"]) for option in offered] == [("web@2.0.0", wanted)]
    assert office.issue(card).resolved_release_id == int(wanted)


def test_where_there_is_no_release_none_is_offered(office: Office):
    card = office.card()

    view = office.open_form(card, "issue.resolve_in")

    options = view.payload["blocks"][0]["element"]["options"]
    assert [option["value"] for option in options] == ["resolve_in_commit", "resolve"]


def test_a_release_of_another_project_is_not_there(office: Office):
    release(office, "web@1.0.0")
    foreign = release(office, "spy@9", project="spy")
    card = office.card()
    view = office.open_form(card, "issue.resolve_in")
    payload = submission(view, {"how": "resolve_in_release", "issue.release": foreign})

    answer = office.send(payload)

    assert answer.json()["errors"] == {"issue.release": "There is no such release here. Choose another."}
    assert office.history(card) == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"until": "escalating"}, "until it escalates"),
        ({"until": "forever"}, "forever"),
        ({"until": "events", "count": "100"}, "until 100 more events"),
        ({"until": "events", "count": "100", "minutes": "60"}, "until 100 events within 60 minutes"),
        ({"until": "users", "count": "5"}, "until 5 more users"),
    ],
)
def test_an_issue_is_archived_as_the_form_says(office: Office, values, words):
    card = office.card()

    office.submit(office.open_form(card, "issue.archive"), **values)

    issue = office.issue(card)
    assert archived_words(issue.status, issue.archive) == words


@pytest.mark.parametrize(("until", "hours"), [("hour", 1), ("day", 24), ("week", 168), ("month", 720)])
def test_an_issue_is_archived_for_a_time(office: Office, until, hours):
    card = office.card()

    office.submit(office.open_form(card, "issue.archive"), until=until)

    assert office.issue(card).archived_until == office.world.clock() + timedelta(hours=hours)


def test_a_comment_is_kept_with_the_issue(office: Office):
    card = office.card()

    office.submit(office.open_form(card, "issue.comment"), text="Looks like <!channel> the cache.")

    kept = office.activities(card)[-1]
    assert (kept.type, kept.data["text"]) == ("commented", "Looks like <!channel> the cache.")


def test_a_priority_is_set(office: Office):
    card = office.card()

    office.submit(office.open_form(card, "issue.set_priority"), priority="low")

    assert office.issue(card).priority == "low"


def test_a_rule_is_muted_for_a_while_by_those_who_edit_rules(office: Office):
    card = office.card()

    office.submit(office.open_form(card, "rule.mute", by="olga"), by="olga", muted="day")

    assert rule_of(office).muted_until == office.world.clock() + timedelta(days=1)
    assert office.told("olga", card).startswith("The rule first seen → #C0OPS posts nothing until <!date^")
    assert [entry.data["name"] for entry in office.audit("rule.edit")] == ["first seen → #C0OPS"]


def test_a_rule_that_was_muted_for_good_may_speak_again(office: Office):
    card = office.card()
    office.submit(office.open_form(card, "rule.mute", by="olga"), by="olga", muted="good")
    muted = rule_of(office).is_active

    office.submit(office.open_form(card, "rule.mute", by="olga"), by="olga", muted="speak")

    assert (muted, rule_of(office).is_active) == (False, True)


def test_a_muted_rule_posts_nothing_until_its_time_is_over(office: Office):
    card = office.card()
    office.submit(office.open_form(card, "rule.mute", by="olga"), by="olga", muted="hour")
    event = {"exception": {"values": [{"type": "KeyError", "value": "x"}]}}

    office.world.report("web", event)
    meanwhile = len(office.deliveries("card"))
    office.world.clock.now += timedelta(hours=1)
    office.world.report("web", {"exception": {"values": [{"type": "OSError", "value": "x"}]}})

    assert (meanwhile, len(office.deliveries("card"))) == (1, 2)


def test_whoever_may_not_edit_rules_is_told_so_and_sees_no_form(office: Office):
    card = office.card()

    office.press(card, "issue.more", chosen="rule.mute")

    assert office.told("ada", card).startswith("To edit rules you need the role admin; yours is member.")
    assert office.slack.views("U0ADA") == []
    assert [entry.data["verb"] for entry in office.audit("refused")] == ["edit_rules"]


@pytest.mark.parametrize("form", VIEWS)
def test_nobody_who_is_not_linked_sees_a_form(office: Office, form):
    card = office.card()

    button, chosen = ("issue.more", form) if form in IN_MENU else (form, None)
    office.press(card, button, by="U0LINUS", chosen=chosen)

    assert office.told("U0LINUS", card).startswith("Tocsin does not know who you are there yet")
    assert office.slack.views("U0LINUS") == []


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"until": "events"}, {"count": "Give a whole number."}),
        ({"until": "events", "count": "0"}, {"count": "Give a number of events from 1 to 1,000,000."}),
        ({"until": "users", "count": "x"}, {"count": "Give a whole number."}),
        ({"until": "users", "count": "5", "minutes": "1e3"}, {"minutes": "Give a whole number."}),
        ({"until": "users", "count": "5", "minutes": "99999"}, {"count": "Give a number of minutes from 1 to 10,080"}),
        ({"until": "whenever"}, {"until": "Choose one of these."}),
        ({}, {"until": "Choose one of these."}),
    ],
)
def test_what_is_wrong_in_a_form_is_said_under_its_input(office: Office, values, errors):
    card = office.card()
    view = office.open_form(card, "issue.archive")

    answer = office.send(submission(view, values)).json()

    assert answer["response_action"] == "errors"
    assert {name: sentence[: len(errors[name])] for name, sentence in answer["errors"].items()} == errors
    assert office.history(card) == []


def test_a_form_that_was_wrong_can_be_corrected(office: Office):
    card = office.card()
    view = office.open_form(card, "issue.archive")

    wrong = office.submit(view, until="events")
    right = office.submit(view, count="10")

    assert wrong.errors == {"count": "Give a whole number."}
    assert right.errors == {}
    assert office.history(card) == [("archived", "Ada")]


def test_a_form_that_is_submitted_too_late_says_in_its_place_who_was_faster(office: Office):
    card = office.card()
    view = office.open_form(card, "issue.resolve_in")
    office.press(card, "issue.resolve", by="olga")

    submitted = office.submit(view, how="resolve")

    assert submitted.shown is None
    assert said_in(office, view.id) == "WEB-1 is already resolved, by <@U0GRACE>."
    assert office.history(card) == [("resolved", "Olga")]


def test_a_form_that_fails_after_slack_has_its_answer_says_so_beside_the_card(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
):
    card = sqlite_office.card()
    view = sqlite_office.open_form(card, "issue.resolve_in")
    sqlite_office.change(lambda session: session.execute(text("DROP TABLE inbound_deliveries")))
    monkeypatch.setattr("tocsin.slack.routes.DEADLINE_SECONDS", 0.0)

    sqlite_office.submit(view, how="resolve")

    assert said_in(sqlite_office, view.id).startswith("Tocsin is still working on it")
    assert sqlite_office.told("ada", card).startswith("Something went wrong on Tocsin's side")


def test_a_form_of_an_issue_that_is_gone_says_so_in_its_place(office: Office):
    card = office.card()
    view = office.open_form(card, "issue.resolve_in")
    office.change(lambda session: session.delete(session.get_one(Issue, card.issue_id)))

    office.submit(view, how="resolve")

    assert said_in(office, view.id).startswith("Tocsin does not know this card, or not any more: perhaps its issue was")


@pytest.mark.parametrize("change", [leave_team, deactivate, lose_approval])
def test_a_right_that_was_lost_while_the_form_was_open_is_lost(office: Office, change):
    card = office.card("pay")
    view = office.open_form(card, "issue.set_priority")
    office.change(lambda session: change(session, office))

    office.submit(view, priority="low")

    assert "may not see it" in said_in(office, view.id)
    assert office.history(card) == []
    assert [entry.target for entry in office.audit("refused")] == [f"issue:{card.issue_id}"]


def test_a_form_is_worth_nothing_in_other_hands(office: Office):
    card = office.card()
    view = office.open_form(card, "issue.set_priority")
    payload = submission(view, {"priority": "low"}, by="olga")

    answer = office.send(payload).json()

    assert answer["view"]["blocks"][0]["text"]["text"].startswith("This form was opened by an older version of Tocsin")
    assert office.history(card) == []


@pytest.mark.parametrize("sealed", [None, "", "v1:", "v1:gAAAAA", "v0:whatever", "v1:\u00e9", "x" * 3000])
def test_a_form_that_was_not_opened_by_us_does_nothing(office: Office, sealed):
    card = office.card()
    payload = submission(office.open_form(card, "issue.set_priority"), {"priority": "low"})
    payload["view"]["private_metadata"] = sealed

    answer = office.send(payload)

    assert answer.status_code == 200
    assert answer.json()["response_action"] == "update"
    assert office.history(card) == []


def test_what_one_form_was_opened_for_is_worth_nothing_in_another(office: Office):
    card = office.card()
    payload = submission(office.open_form(card, "issue.set_priority"), {"muted": "good"})
    payload["view"]["callback_id"] = "rule.mute"

    answer = office.send(payload).json()

    assert answer["response_action"] == "update"
    assert rule_of(office).is_active


def test_a_form_that_nobody_knows_says_so(office: Office):
    card = office.card()
    payload = submission(office.open_form(card, "issue.set_priority"), {})
    payload["view"]["callback_id"] = "issue.explode"

    answer = office.send(payload).json()

    assert answer["response_action"] == "update"


def test_a_form_that_slack_delivers_twice_is_done_once(office: Office):
    card = office.card()
    view = office.open_form(card, "issue.comment")
    office.slack.fail("delivery.view_submission", "duplicated")

    submitted = office.submit(view, text="Once.")

    assert submitted.shown is None
    assert office.history(card) == [("commented", "Ada")]


def test_a_form_whose_answer_got_lost_says_under_its_input_that_the_correction_was_not_applied(office: Office):
    card = office.card()
    view = office.open_form(card, "issue.comment")
    office.send(submission(view, {"text": "first"}))

    corrected = office.send(submission(view, {"text": "second, corrected"})).json()

    assert corrected["response_action"] == "errors"
    assert corrected["errors"]["text"].startswith(
        "This form was taken as you first sent it (Ada commented on WEB-1: “first”). What it says now was not applied"
    )
    assert [each.data["text"] for each in office.activities(card) if each.type == "commented"] == ["first"]


def test_a_form_that_changed_no_issue_says_that_its_correction_was_not_applied(office: Office):
    view = office.open_form(office.card(), "rule.mute", by="olga")
    office.send(submission(view, {"muted": "hour"}, by="olga"))

    corrected = office.send(submission(view, {"muted": "good"}, by="olga")).json()

    assert corrected["errors"]["muted"].startswith("This form was taken as you first sent it. What it says now was not")
    assert rule_of(office).is_active


def test_a_form_whose_answer_got_lost_closes_when_it_is_sent_again_as_it_was(office: Office):
    card = office.card()
    view = office.open_form(card, "issue.comment")
    office.send(submission(view, {"text": "first"}))

    again = office.send(submission(view, {"text": "first"}))

    assert (again.status_code, again.content) == (200, b"")
    assert office.history(card) == [("commented", "Ada")]


def test_while_the_database_is_busy_the_form_stays_open_and_says_that_nothing_was_done(hurried_office: Office):
    office = hurried_office
    card = office.card()
    view = office.open_form(card, "issue.comment")

    with write(office.database) as session:
        get_issue_for_update(session, card.issue_id)
        submitted = office.submit(view, text="Later.")

    assert submitted.milliseconds < 2500
    assert submitted.errors == {"text": "The database was busy, so nothing was done. Please submit again."}
    assert office.history(card) == []


def test_a_form_opens_while_the_database_is_busy(hurried_office: Office):
    office = hurried_office
    card = office.card()

    with write(office.database) as session:
        session.execute(update(Issue).where(Issue.id == card.issue_id).values(culprit="x"))
        view = office.open_form(card, "issue.comment")

    assert view.is_open


@pytest.mark.parametrize(
    ("fault", "options", "said"),
    [
        ("error", {"error": "expired_trigger_id"}, "That came later than Slack lets a press open a form"),
        ("error", {"error": "invalid_trigger_id"}, "That came later than Slack lets a press open a form"),
        ("error", {"error": "view_too_large"}, "Slack would not show the form (view_too_large)"),
        ("ratelimited", {}, "Slack would not show the form (ratelimited)"),
        ("http_500", {}, "Slack did not say whether it shows the form."),
        ("reset_before_commit", {}, "Slack did not say whether it shows the form."),
    ],
)
def test_a_form_that_slack_does_not_open_is_explained(office: Office, fault, options, said):
    card = office.card()
    office.slack.fail("views.open", fault, **options)

    pressed = office.press(card, "issue.resolve_in")

    assert pressed.ok
    assert office.told("ada", card).startswith(said)


def test_a_slack_that_is_slow_to_open_a_form_does_not_keep_the_press_waiting(hurried_office: Office):
    office = hurried_office
    card = office.card()
    office.slack.fail("views.open", "slow", seconds=5)
    began = time.monotonic()

    pressed = office.press(card, "issue.resolve_in")

    assert pressed.ok
    assert time.monotonic() - began < 2.5
    assert office.told("ada", card).startswith("Slack did not say whether it shows the form.")


def test_a_form_carries_no_word_of_the_issue_but_its_own(office: Office):
    card = office.card(title="SecretPlanError")

    view = office.open_form(card, "issue.comment")

    assert card.message_key not in view.payload["private_metadata"]
    assert len(view.payload["private_metadata"]) < 1000
    assert "SecretPlanError" not in str(view.payload)


def test_a_form_leaves_no_word_in_the_logs(office: Office, caplog):
    caplog.set_level("DEBUG")
    card = office.card()
    view = office.open_form(card, "issue.comment")

    office.submit(view, text="SecretPlan")
    payload = submission(view, {"text": "SecretPlan"}, by="olga")
    office.send(payload)

    assert [word for word in ("SecretPlan", view.payload["private_metadata"]) if word in caplog.text] == []


def submission(view: Any, values: dict[str, str], *, by: str = "ada") -> dict[str, Any]:
    """What Slack would send for a form, for those tests that send something else."""
    user = PEOPLE.get(by, by)
    state = {name: {name: {"type": "plain_text_input", "value": value}} for name, value in values.items()}
    return {
        "type": "view_submission",
        "team": {"id": "T0ACME", "domain": "acme"},
        "user": {"id": user, "name": by, "team_id": "T0ACME"},
        "api_app_id": "A0APP",
        "trigger_id": "1.2.trigger",
        "view": {
            "type": "modal",
            "id": view.id,
            "callback_id": view.payload["callback_id"],
            "private_metadata": view.payload["private_metadata"],
            "state": {"values": state},
        },
    }
