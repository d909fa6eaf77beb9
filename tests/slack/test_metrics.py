"""The figures tell what became of every gesture, once, and of every request that was none."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import text, update

from tests.slack.office import ACTION, OPTIONS, SECRET, Card, Office
from tests.slack.test_forms import submission
from tocsin.chat.models import Integration
from tocsin.kernel.metrics import REGISTRY

GESTURES, LATE = "tocsin_slack_gestures_total", "tocsin_slack_gestures_late_total"
REFUSED, ANSWERED = "tocsin_slack_requests_refused_total", "tocsin_slack_answer_seconds_count"

Figures = dict[tuple[str, ...], float]


@pytest.fixture
def quiet_office(sqlite_office: Office) -> Office:
    """An office that hears of no events: they come whenever they do."""
    sqlite_office.slack.set_request_urls(events=f"{sqlite_office.address}/nowhere/")
    return sqlite_office


def figures(name: str) -> Figures:
    """Every cell of a figure, by the values of its labels."""
    samples = (sample for family in REGISTRY.collect() for sample in family.samples if sample.name == name)
    return {tuple(sample.labels.values()): sample.value for sample in samples}


def moved(name: str, before: Figures) -> Figures:
    """By how much which cells rose."""
    return {cell: value - before.get(cell, 0) for cell, value in figures(name).items() if value != before.get(cell, 0)}


def press(office: Office, card: Card) -> None:
    office.press(card, "issue.resolve")


def press_unlinked(office: Office, card: Card) -> None:
    office.press(card, "issue.resolve", by="U0LINUS")


def press_what_is_not_there(office: Office, card: Card) -> None:
    office.send(office.payload(card, "issue.explode"))


def press_what_no_family_has(office: Office, card: Card) -> None:
    office.send(office.payload(card, "nothing.of.ours"))


def press_while_a_table_is_missing(office: Office, card: Card) -> None:
    office.change(lambda session: session.execute(text("DROP TABLE inbound_deliveries")))
    office.press(card, "issue.resolve")


def press_elsewhere(office: Office, card: Card) -> None:
    office.send(office.payload(card, "issue.resolve", team={"id": "T0NOBODY"}))


def do_something_new(office: Office, _card: Card) -> None:
    office.send({"type": "a_kind_of_their_own", "team": {"id": "T0ACME"}, "user": {"id": "U0ADA"}})


def ask_for_people(office: Office, card: Card) -> None:
    office.type_ahead(card)


def ask_for_people_unlinked(office: Office, card: Card) -> None:
    office.type_ahead(card, by="U0LINUS")


def ask_for_nothing_known(office: Office, _card: Card) -> None:
    asked = {"type": "block_suggestion", "team": {"id": "T0ACME"}, "user": {"id": "U0ADA"}, "action_id": "their.own"}
    office.post(OPTIONS, urlencode({"payload": json.dumps(asked)}).encode())


def type_a_command(office: Office, _card: Card) -> None:
    office.post("/extensions/slack/commands/", b"command=%2Ftocsin&team_id=T0ACME")


def shake_hands(office: Office, _card: Card) -> None:
    office.post("/extensions/slack/event/", b'{"type":"url_verification","challenge":"c"}', kind="application/json")


@pytest.mark.parametrize(
    ("gesture", "kind", "outcome"),
    [
        (press, "press", "done"),
        (press_unlinked, "press", "refused"),
        (press_what_is_not_there, "press", "unknown"),
        (press_what_no_family_has, "press", "unknown"),
        (press_while_a_table_is_missing, "press", "failed"),
        (press_elsewhere, "press", "unconnected"),
        (do_something_new, "other", "unknown"),
        (ask_for_people, "options", "done"),
        (ask_for_people_unlinked, "options", "refused"),
        (ask_for_nothing_known, "options", "unknown"),
        (type_a_command, "command", "unknown"),
        (shake_hands, "event", "done"),
    ],
)
def test_a_gesture_is_counted_once_by_its_kind_and_what_became_of_it(
    quiet_office: Office, gesture: Callable[[Office, Card], Any], kind: str, outcome: str
):
    card = quiet_office.card()
    before = figures(GESTURES)

    gesture(quiet_office, card)

    assert moved(GESTURES, before) == {(kind, outcome): 1}


def test_a_press_that_slack_delivers_again_is_counted_as_a_repetition(quiet_office: Office):
    payload = quiet_office.payload(quiet_office.card(), "issue.resolve")
    before = figures(GESTURES)

    quiet_office.send(payload)
    quiet_office.send(payload)

    assert moved(GESTURES, before) == {("press", "done"): 1, ("press", "repeated"): 1}


@pytest.mark.parametrize(("words", "outcome"), [({"text": "Seen."}, "done"), ({}, "invalid")])
def test_a_form_is_counted_by_whether_it_could_be_taken(quiet_office: Office, words: dict[str, str], outcome: str):
    view = quiet_office.open_form(quiet_office.card(), "issue.comment")
    before = figures(GESTURES)

    quiet_office.send(submission(view, words))

    assert moved(GESTURES, before) == {("form", outcome): 1}


def test_a_press_that_slack_could_not_wait_for_is_counted_as_late_and_by_what_became_of_it(
    quiet_office: Office, monkeypatch: pytest.MonkeyPatch
):
    card = quiet_office.card()
    before, late = figures(GESTURES), figures(LATE)
    monkeypatch.setattr("tocsin.slack.routes.DEADLINE_SECONDS", 0.0)

    quiet_office.press(card, "issue.resolve")

    quiet_office.slack.wait_for(lambda: moved(GESTURES, before) and moved(LATE, late), timeout=10)
    assert (moved(GESTURES, before), moved(LATE, late)) == ({("press", "done"): 1}, {(): 1})


def test_a_press_that_is_answered_in_time_is_not_late(quiet_office: Office):
    card = quiet_office.card()
    late = figures(LATE)

    quiet_office.press(card, "issue.resolve")

    assert moved(LATE, late) == {}


@pytest.mark.parametrize(("gesture", "kind"), [(press, "press"), (ask_for_people, "options")])
def test_how_long_slack_waits_is_measured_for_each_kind(
    quiet_office: Office, gesture: Callable[[Office, Card], Any], kind: str
):
    card = quiet_office.card()
    before = figures(ANSWERED)

    gesture(quiet_office, card)

    assert moved(ANSWERED, before) == {(kind,): 1}


def without_a_secret(office: Office) -> None:
    office.change(lambda session: session.execute(update(Integration).values(sealed_signing_secret="lost")))


@pytest.mark.parametrize(
    ("raw", "secret", "prepare", "status"),
    [
        (b"payload={}", "another secret", None, "401"),
        (b"payload=nonsense", SECRET, None, "400"),
        (b"payload=" + b"x" * 1024 * 1024, SECRET, None, "413"),
        (b"payload={}", SECRET, without_a_secret, "503"),
    ],
)
def test_a_request_that_is_not_taken_is_counted_by_its_status_and_is_no_gesture(
    quiet_office: Office, raw: bytes, secret: str, prepare: Callable[[Office], None] | None, status: str
):
    if prepare is not None:
        prepare(quiet_office)
    refused, gestures = figures(REFUSED), figures(GESTURES)

    quiet_office.post(ACTION, raw, secret=secret)

    assert (moved(REFUSED, refused), moved(GESTURES, gestures)) == ({(status,): 1}, {})
