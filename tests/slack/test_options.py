"""The menu of assignees: names for those alone who may assign, found while one types."""

import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import insert

from tests.slack.office import OPTIONS, PEOPLE, Card, Office
from tests.slack.test_presses import deactivate, leave_team, lose_approval
from tocsin.chat.models import OrganizationIntegration
from tocsin.kernel.db import write
from tocsin.members.models import Member, User
from tocsin.organizations.permit import Role
from tocsin.slack.messages.keys import block_key
from tocsin.slack.messages.menus import Group, Option, draw_groups


def ask(office: Office, card: Card, typed: str = "", *, by: str = "ada", **changes: Any) -> Any:
    """What Slack would be answered, for those tests that ask something else than Slack would."""
    payload = {
        "type": "block_suggestion",
        "team": {"id": "T0ACME"},
        "user": {"id": PEOPLE.get(by, by), "name": by, "team_id": "T0ACME"},
        "channel": {"id": card.channel},
        "container": {"type": "message", "message_ts": card.ts, "channel_id": card.channel},
        "action_id": "issue.assign",
        "block_id": block_key("actions", card.message_key, 1),
        "value": typed,
    }
    return office.post(OPTIONS, urlencode({"payload": json.dumps(payload | changes)}).encode())


def test_me_comes_first_then_teams_and_people_who_can_have_the_issue(office: Office):
    card = office.card("pay")

    offered = office.type_ahead(card)

    assert offered == ["Me", "#pay", "Ada", "Adam", "Mona", "Olga"]


def test_the_choices_stand_under_headings(office: Office):
    card = office.card("pay")

    groups = ask(office, card).json()["option_groups"]

    assert [group["label"]["text"] for group in groups] == ["Suggested", "Teams", "People"]


def test_whoever_dealt_with_the_issue_is_suggested_before_others(office: Office):
    card = office.card()
    office.press(card, "issue.assign_me", by="olga")

    suggested = ask(office, card).json()["option_groups"][0]["options"]

    assert [option["text"]["text"] for option in suggested] == ["Me", "Nobody", "Olga"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("ad", ["Ada", "Adam"]),
        ("AD", ["Ada", "Adam"]),
        ("olga@example.com", ["Olga"]),
        ("#pa", ["#pay"]),
        ("m", ["Me", "Ada", "Adam", "Mona", "Olga", "#pay"]),
        ("(", []),
        ("%", []),
        ("_", []),
        ("zzz", []),
    ],
)
def test_what_is_typed_is_looked_for_in_names_addresses_and_slugs(office: Office, typed, offered):
    card = office.card("pay")

    found = office.type_ahead(card, typed)

    assert set(found) - {"Me"} <= set(offered)
    assert set(offered) - {"Me", "#pay"} <= set(found)


def test_choosing_somebody_assigns(office: Office):
    card = office.card()

    office.choose(card, "Olga")

    assert office.issue(card).assignee_user_id == office.world.people["olga"]
    assert office.history(card) == [("assigned", "Ada")]


def test_choosing_a_team_assigns(office: Office):
    card = office.card("pay")

    office.choose(card, "#pay")

    assert office.issue(card).assignee_team_id is not None


def test_choosing_oneself_and_then_nobody(office: Office):
    card = office.card()

    office.choose(card, "Me")
    had = office.issue(card).assignee_user_id
    office.choose(card, "Nobody")

    assert (had, office.issue(card).assignee_user_id) == (office.world.people["ada"], None)


def test_whoever_is_not_linked_is_offered_the_way_to_link_and_no_name(office: Office):
    card = office.card()

    offered = office.type_ahead(card, by="U0LINUS")
    office.choose(card, offered[0], by="U0LINUS")

    assert offered == ["Link your account first"]
    assert office.told("U0LINUS", card).startswith("Tocsin does not know who you are there yet")
    assert office.history(card) == []


def test_whoever_has_linked_meanwhile_is_told_to_choose_again(office: Office):
    card = office.card()
    office.type_ahead(card, by="U0LINUS")
    office.link("ben", "U0LINUS")

    office.press(card, "issue.assign", by="U0LINUS", chosen="link")

    assert office.told("U0LINUS", card).endswith("Please choose again.")


@pytest.mark.parametrize("who", ["U0GUEST", "U0SINGLE", "U0GONE", "U0OUTSIDE", "U0NOBODY"])
def test_strangers_are_offered_nothing_even_when_linked(office: Office, who):
    office.link("ben", who)
    card = office.card()
    changes: dict[str, Any] = {"user": {"id": who, "team_id": "T0PARTNER"}} if who == "U0OUTSIDE" else {}

    answer = ask(office, card, by=who, **changes)

    assert answer.json() == {"options": []}


@pytest.mark.parametrize("change", [leave_team, deactivate, lose_approval])
def test_whoever_may_no_longer_see_the_issue_is_offered_nothing(office: Office, change):
    card = office.card("pay")
    office.change(lambda session: change(session, office))

    assert ask(office, card).json() == {"options": []}


def test_an_issue_of_another_organization_offers_nothing(office: Office):
    office.share_workspace_with_rival()
    card = office.card("spy")

    assert ask(office, card).json() == {"options": []}


def test_an_organization_that_left_the_workspace_offers_nothing(office: Office):
    card = office.card()
    office.change(lambda session: session.query(OrganizationIntegration).delete())

    assert ask(office, card).json() == {"options": []}


@pytest.mark.parametrize(
    "changes",
    [
        {"block_id": None},
        {"block_id": "actions:7"},
        {"block_id": block_key("actions", "0" * 32, 1)},
        {"action_id": "issue.nothing"},
        {"action_id": None},
        {"user": None},
        {"value": None},
        {"view": {"private_metadata": "v1:forged"}},
    ],
)
def test_a_menu_that_is_not_ours_breaks_nothing(office: Office, changes):
    card = office.card()

    answer = ask(office, card, **changes)

    assert answer.status_code == 200
    assert answer.json() == {"options": []} or changes == {"value": None}


@pytest.mark.parametrize("chosen", ["user:0", "user:99999", "user:x", "team:7", "everybody", "user:" + "9" * 40])
def test_a_choice_that_nobody_was_offered_is_refused(office: Office, chosen):
    card = office.card()
    payload = office.payload(card, "issue.assign")
    payload["actions"][0] = {
        "type": "external_select",
        "action_id": "issue.assign",
        "block_id": block_key("actions", card.message_key, 1),
        "action_ts": "1.2",
        "selected_option": {"value": chosen},
    }

    answer = office.send(payload)

    assert answer.status_code == 200
    assert office.told("ada", card)
    assert office.history(card) == []


def test_of_a_thousand_people_a_hundred_are_offered_within_a_second(office: Office):
    card = office.card()
    enlist(office, 1000)
    office.type_ahead(card)
    began = time.monotonic()

    groups = ask(office, card, "worker").json()["option_groups"]

    assert time.monotonic() - began < 1
    assert sum(len(group["options"]) for group in groups) == 100


def enlist(office: Office, count: int) -> None:
    with write(office.database) as session:
        now = office.world.clock()
        rows = [{"email": f"w{n}@example.com", "name": f"Worker {n:04}", "created_at": now} for n in range(count)]
        ids = list(session.scalars(insert(User).returning(User.id), rows))
        acme = office.world.organizations["acme"]
        session.execute(
            insert(Member),
            [{"organization_id": acme, "user_id": each, "role": Role.MEMBER, "created_at": now} for each in ids],
        )


def test_a_choice_is_offered_once_and_cut_to_what_slack_shows():
    groups = [
        Group("First", (Option("x" * 80, "a"), Option(" \n ", "b"))),
        Group("Second", (Option("again", "a"),)),
        Group("Third", tuple(Option(str(number), str(number)) for number in range(200))),
    ]

    drawn = draw_groups(groups)["option_groups"]

    assert [option["text"]["text"] for option in drawn[0]["options"]] == ["x" * 74 + "…", "(no name)"]
    assert [group["label"]["text"] for group in drawn] == ["First", "Third"]
    assert len(drawn[1]["options"]) == 98
