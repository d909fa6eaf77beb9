import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.web import events
from tests.web.slack_world import connect, world_with_slack
from tocsin.kernel.db import read, write
from tocsin.organizations.audit import AuditEntry
from tocsin.rules.action import decode_actions
from tocsin.rules.models import Rule

RULES = "/acme/projects/web/rules/"


@pytest.fixture
def slack_world(database):
    with world_with_slack(database) as (world, _):
        connect(world)
        yield world


def add(world, person, **changed):
    fields = {"when": ["first_seen"], "channel": "#ops", "workspace": "1", **changed}
    with world.browser_with_slack(person) as browser:
        return browser.post(RULES, fields)


def test_an_admin_adds_a_rule_for_a_channel_by_its_name(slack_world):
    response = add(slack_world, "adam", when=["first_seen", "regressed"])

    page = slack_world.browser_of("ada").get(RULES).text
    assert response.status_code == 303
    assert "an issue is seen for the first time, or a resolved issue comes back → <b>#ops</b>" in page


def test_an_issue_shows_the_card_that_the_rule_planned(slack_world):
    add(slack_world, "adam")

    issue_id = slack_world.report("web", events.division())

    page = slack_world.browser_of("ada").get(f"/acme/issues/{issue_id}/cards/").text
    assert "<b>#ops</b>" in page
    assert "Card queued, planned" in page
    assert 'hx-trigger="load delay:2s"' in page


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"channel": "#no-such-channel"}, "no-such-channel"),
        ({"channel": ""}, "Name the channel"),
        ({"when": []}, "choose when the rule fires"),
        ({"when": ["full_moon"]}, "full_moon"),
    ],
)
def test_a_rule_that_cannot_work_is_told_on_the_page_and_the_form_keeps_what_was_typed(slack_world, changed, sentence):
    response = add(slack_world, "adam", **changed)

    (alert,) = re.findall(r'role="alert">([^<]*)<', response.text)
    assert response.status_code in {400, 404}
    assert sentence in alert
    assert f'name="channel" value="{changed.get("channel", "#ops")}"' in response.text


def test_a_member_sees_the_rules_but_adds_none_and_the_refusal_is_on_record(slack_world):
    response = add(slack_world, "ada")

    with read(slack_world.database) as session:
        refusals = session.scalars(select(AuditEntry).where(AuditEntry.event == "refused")).all()
    assert response.status_code == 403
    assert [(each.actor_label, each.data["verb"]) for each in refusals] == [("Ada", "edit_rules")]


def test_an_admin_removes_a_rule(world):
    rule_id = world.add_rule("web")

    response = world.browser_of("adam").post(f"{RULES}{rule_id}/remove/")

    assert response.headers["Location"] == RULES
    assert "Nobody is alerted yet" in world.browser_of("ada").get(RULES).text


def test_a_rule_of_another_project_is_not_removed_from_here(world):
    rule_id = world.add_rule("pay")

    response = world.browser_of("adam").post(f"{RULES}{rule_id}/remove/")

    assert response.status_code == 404


def test_a_workspace_of_others_cannot_be_chosen(slack_world):
    response = add(slack_world, "adam", workspace="77")

    assert response.status_code == 404


def rule_of(world):
    with read(world.database) as session:
        return session.scalars(select(Rule)).one()


def test_a_rule_is_changed_in_place_without_asking_slack_about_the_same_channel(slack_world):
    rule_id = slack_world.add_rule("web")
    before = decode_actions(rule_of(slack_world).actions)[0]
    fields = {"when": ["first_seen"], "channel": "#ops", "workspace": "1", "name": "Night watch"}

    response = slack_world.browser_of("adam").post(
        f"{RULES}{rule_id}/", fields | {"repeat": "update_only", "new_card_after": "days", "days": "30"}
    )

    rule = rule_of(slack_world)
    after = decode_actions(rule.actions)[0]
    assert response.status_code == 303
    assert (after.uuid, after.repeat, after.new_card_after) == (before.uuid, "update_only", 30)
    assert (rule.name, rule.is_active) == ("Night watch", False)


def test_a_muted_rule_is_seen_to_be_muted_and_speaks_again_when_it_is_kept_switched_on(slack_world):
    rule_id = slack_world.add_rule("web")
    until = slack_world.clock() + timedelta(days=1)
    with write(slack_world.database) as session:
        session.get_one(Rule, rule_id).muted_until = until
    adam = slack_world.browser_of("adam")

    page = adam.get(RULES).text
    adam.post(f"{RULES}{rule_id}/", {"when": ["first_seen"], "channel": "#ops", "workspace": "1", "active": "on"})

    assert f"muted until {until:%Y-%m-%d %H:%M} UTC" in page
    assert (rule_of(slack_world).is_active, rule_of(slack_world).muted_until) == (True, None)


def test_a_rule_can_tell_in_another_channel(slack_world):
    add(slack_world, "adam", channel="#general")

    with slack_world.browser_with_slack("adam") as browser:
        browser.post(
            f"{RULES}{rule_of(slack_world).id}/", {"when": ["first_seen"], "channel": "#ops", "workspace": "1"}
        )

    assert decode_actions(rule_of(slack_world).actions)[0].channel == "C0OPS"


@pytest.mark.parametrize("changed", [{"when": []}, {"new_card_after": "days", "days": "0"}, {"repeat": "shout"}])
def test_a_change_that_cannot_work_is_told_and_changes_nothing(slack_world, changed):
    rule_id = slack_world.add_rule("web")
    before = rule_of(slack_world)

    response = slack_world.browser_of("adam").post(
        f"{RULES}{rule_id}/", {"when": ["first_seen"], "channel": "#ops", "workspace": "1", **changed}
    )

    assert response.status_code == 400
    assert (rule_of(slack_world).conditions, rule_of(slack_world).actions) == (before.conditions, before.actions)


def test_an_admin_tries_a_rule_and_the_page_tells_what_became_of_it(slack_world):
    add(slack_world, "adam")
    [rule_id] = re.findall(r'id="rule-(\d+)"', slack_world.browser_of("adam").get(RULES).text)

    response = slack_world.browser_of("adam").post(f"{RULES}{rule_id}/test/")

    page = slack_world.browser_of("adam").get(RULES).text
    assert response.headers["Location"] == f"{RULES}#rule-{rule_id}"
    assert "Test message to #ops: queued" in page


def test_a_member_tries_no_rule(world):
    rule_id = world.add_rule("web")

    assert world.browser_of("ada").post(f"{RULES}{rule_id}/test/").status_code == 403


COUNTING = {
    "when": ["seen_more_than"],
    "seen_more_than.count": "20",
    "seen_more_than.window": "5m",
    "filter.name": ["environment", "level", ""],
    "filter.operator": ["is", "at least", "is"],
    "filter.value": ["production", "error", ""],
    "interval_minutes": "30",
}


def test_a_rule_that_counts_says_in_a_sentence_what_it_does(slack_world):
    response = add(slack_world, "adam", **COUNTING)

    page = slack_world.browser_of("ada").get(RULES).text
    assert response.status_code == 303
    assert (
        "When an issue is seen more than 20 times in 5 minutes; if environment is production, and level at least "
        "error; at most every 30 minutes for an issue → <b>#ops</b>"
    ) in page


def test_a_rule_that_is_kept_as_its_form_shows_it_stays_as_it_was(slack_world):
    add(slack_world, "adam", **COUNTING)
    before = rule_of(slack_world)
    adam = slack_world.browser_of("adam")

    adam.post(f"{RULES}{before.id}/", fields_of(adam.get(RULES).text, "Keep the changes"))

    after = rule_of(slack_world)
    assert (after.conditions, after.filters) == (before.conditions, before.filters)
    assert (after.match, after.filter_match, after.interval_minutes) == ("any", "all", 30)
    assert (after.name, after.is_active) == (before.name, True)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"seen_more_than.count": "0"}, "cannot be counted"),
        ({"seen_more_than.window": "2h"}, "cannot be counted"),
        ({"filter.value": ["production", "worse", ""]}, "is no filter"),
        ({"filter.operator": ["is set", "at least", "is"]}, "here belongs no value"),
        ({"interval_minutes": "99999"}, "A rule can be quiet for"),
        ({"when": ["first_seen", "regressed"], "match": "all"}, "never true at once"),
        ({"match": "none"}, "any is enough"),
    ],
)
def test_a_number_or_filter_that_cannot_be_is_told_and_the_form_keeps_it(slack_world, changed, sentence):
    response = add(slack_world, "adam", **COUNTING | changed)

    (alert,) = re.findall(r'role="alert">([^<]*)<', response.text)
    typed = fields_of(response.text, "Add the rule")
    assert response.status_code == 400
    assert sentence in html.unescape(alert)
    assert typed["filter.name"] == ["environment", "level", "", "", ""]
    assert typed["filter.value"][:2] == (COUNTING | changed)["filter.value"][:2]


def test_the_form_of_a_rule_can_be_left_and_its_days_say_to_which_choice_they_belong(slack_world):
    add(slack_world, "adam")

    form = slack_world.browser_of("adam").get(RULES).text.partition("Keep the changes")

    assert form[2].startswith(f'</button><a class="button" href="{RULES}">Cancel</a>')
    assert re.search(r'class="days">Days <span class="quiet hint">if so many days were chosen</span>', form[0])


def test_the_page_tells_for_which_issues_a_rule_fired_and_why(slack_world):
    add(slack_world, "adam", when=["seen_more_than"], **{"seen_more_than.count": "2", "seen_more_than.window": "1h"})

    slack_world.report("web", events.division(), times=3)

    page = slack_world.browser_of("ada").get(RULES).text
    assert "Fired 1 time in 7 days" in page
    assert re.search(r">WEB-1</a> .*: an issue is seen more than 2 times in an hour<", page)


def fields_of(page, button):
    """What a browser would send for the form with this button, as it is shown."""
    form = next(each for each in re.findall(r"<form.*?</form>", page, re.DOTALL) if button in each)
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = (re.search(rf'{key}="([^"]*)"', tag) for key in ("name", "value"))
        if name and ("checkbox" not in tag or " checked" in tag):
            fields.setdefault(name[1], []).append(html.unescape(value[1]) if value else "")
    for name, options in re.findall(r'<select name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', options) or re.search(
            r'<option(?: value="([^"]*)")?>([^<]*)', options
        )
        assert chosen is not None
        fields.setdefault(name, []).append(chosen[1] or chosen[2])
    return fields
