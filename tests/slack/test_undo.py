"""Undo: for five minutes, by whoever did it, and if nobody changed the issue since."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.slack.office import PEOPLE, Card, Office
from tests.slack.test_presses import deactivate, leave_team
from tocsin.activities.describe import describe, plain_text
from tocsin.issues.models import IssueUndo
from tocsin.issues.undo import look
from tocsin.kernel.db import read


def state(office: Office, card: Card) -> dict[str, Any]:
    return look(office.issue(card))


def resolve(office: Office, card: Card) -> None:
    office.press(card, "issue.resolve")


def archive(office: Office, card: Card) -> None:
    office.submit(office.open_form(card, "issue.archive"), until="events", count="10")


def assign(office: Office, card: Card) -> None:
    office.choose(card, "Adam")


def set_priority(office: Office, card: Card) -> None:
    office.submit(office.open_form(card, "issue.set_priority"), priority="low")


@pytest.mark.parametrize("before", [None, "issue.assign_me", "issue.archive_until_escalating"])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (resolve, "Ada undid resolving WEB-1"),
        (archive, "Ada undid archiving WEB-1"),
        (assign, "Ada undid assigning WEB-1"),
        (set_priority, "Ada undid the new priority of WEB-1"),
    ],
)
def test_undoing_restores_exactly_what_was_before(office: Office, before, change, said):
    card = office.card()
    if before is not None:
        office.send(office.payload(card, before, by="olga") | {"response_url": None})
    was = state(office, card)
    change(office, card)

    office.undo(card)

    assert state(office, card) == was
    assert plain_text(describe(office.activities(card)[-1]) or [], issue="WEB-1") == said


def test_whoever_changed_something_is_told_what_and_that_it_can_be_undone(office: Office):
    card = office.card()

    office.press(card, "issue.resolve")

    assert office.told("ada", card) == "Ada resolved WEB-1. For five minutes you can undo it."
    assert office.slack.ephemerals(card.channel, "U0GRACE") == []


def test_the_offer_itself_says_that_it_was_taken(office: Office):
    card = office.card()
    office.press(card, "issue.resolve")

    office.undo(card)

    told = "Undone: WEB-1 is as it was before."
    assert office.slack.wait_for(lambda: office.told("ada", card) == told)
    assert len(office.slack.ephemerals(card.channel, "U0ADA")) == 1


def test_what_somebody_changed_since_stays_and_it_is_said_who(office: Office):
    card = office.card()
    office.press(card, "issue.resolve")
    office.told("ada", card)
    office.send(office.payload(card, "issue.reopen", by="olga"))
    was = state(office, card)

    office.undo(card)

    said = "Olga changed it since, so nothing was undone."
    assert office.slack.wait_for(lambda: office.told("ada", card) == said)
    assert state(office, card) == was


def test_a_comment_since_is_no_change(office: Office):
    card = office.card()
    office.press(card, "issue.resolve")
    office.submit(office.open_form(card, "issue.comment", by="olga"), by="olga", text="Thanks!")

    office.undo(card)

    assert office.issue(card).status == "unresolved"


def test_after_five_minutes_it_is_too_late(office: Office):
    card = office.card()
    office.press(card, "issue.resolve")
    office.told("ada", card)
    office.slack.timestamp_offset(300)
    office.world.clock.now += timedelta(minutes=5)

    office.undo(card)

    assert office.slack.wait_for(lambda: office.told("ada", card).startswith("It is too late to undo that"))
    assert office.issue(card).status == "resolved"


def test_it_is_undone_once(office: Office):
    card = office.card()
    office.press(card, "issue.resolve")
    offer = office.slack.wait_for(lambda: office.slack.ephemerals(card.channel, "U0ADA"))[-1]
    button = {"channel": card.channel, "ts": offer.ts, "action_id": "issue.undo", "user": "U0ADA"}

    results = office.slack.press_together([button, button])

    assert [result.ok for result in results] == [True, True]
    assert [name for name, _ in office.history(card)] == ["resolved", "undone"]


def test_nobody_undoes_what_another_person_did(office: Office):
    card = office.card()
    office.press(card, "issue.resolve")
    stolen = office.payload(card, "issue.undo", by="olga")
    stolen["actions"][0]["value"] += f":{undo_key(office)}"

    office.send(stolen)

    assert office.told("olga", card).startswith("It is too late to undo that")
    assert office.issue(card).status == "resolved"


def test_an_offer_is_worth_nothing_on_another_card(office: Office):
    card, other = office.card(), office.card(title="KeyError")
    office.press(card, "issue.resolve")
    moved = office.payload(other, "issue.undo")
    moved["actions"][0]["value"] += f":{undo_key(office)}"

    office.send(moved)

    assert office.issue(card).status == "resolved"


@pytest.mark.parametrize("change", [leave_team, deactivate])
def test_whoever_may_no_longer_see_the_issue_undoes_nothing(office: Office, change):
    card = office.card("pay")
    office.press(card, "issue.resolve")
    office.told("ada", card)
    office.change(lambda session: change(session, office))

    office.undo(card)

    assert office.slack.wait_for(lambda: "may not see it" in office.told("ada", card))
    assert office.issue(card).status == "resolved"


@pytest.mark.parametrize("detail", ["", ":", ":zzz", ":" + "0" * 32])
def test_an_offer_of_somebodys_invention_is_worth_nothing(office: Office, detail):
    card = office.card()
    office.press(card, "issue.resolve")
    invented = office.payload(card, "issue.undo")
    invented["actions"][0]["value"] += detail

    answer = office.send(invented)

    assert answer.status_code == 200
    assert office.issue(card).status == "resolved"


def test_offers_that_are_over_are_cleared_away(office: Office):
    card = office.card()
    office.press(card, "issue.resolve")
    office.world.clock.now += timedelta(minutes=6)

    office.send(office.payload(card, "issue.reopen"), ahead=0)

    with read(office.database) as session:
        assert [each.at for each in session.scalars(select(IssueUndo))] == [office.world.clock()]


def undo_key(office: Office) -> str:
    with read(office.database) as session:
        return session.scalars(select(IssueUndo.key)).one()


def test_the_offer_names_whoever_pressed_and_nobody_else_sees_it(office: Office):
    card = office.card()

    office.press(card, "issue.resolve", by="olga")

    assert office.told("olga", card).startswith("Olga resolved WEB-1.")
    assert office.slack.ephemerals(card.channel, PEOPLE["ada"]) == []
