"""Many at once, the same again, and almost right: one effect, everybody told the truth, and no secret in the log."""

import itertools
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from structlog.testing import capture_logs

from tests.slack.mutations import flip, mutate
from tests.slack.office import ACTION, OPTIONS, PEOPLE, Card, Office
from tests.slack.requests import ask_to_join, decision
from tests.slack.test_forms import submission
from tests.slack.test_requests import EVENT
from tests.slack.test_undo import undo_key
from tocsin.slack.actions.refusals import BUSY
from tocsin.slack.messages.keys import block_key

PAIRS, NIGHTLY_PAIRS = 100, 1_000
PAYLOADS, NIGHTLY_PAYLOADS = 1_000, 10_000
SHARES = 4
COMMAND = "/extensions/slack/commands/"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CANARIES = {
    "response_url": "https://hooks.slack.com/actions/CANARYresponse",
    "trigger_id": "CANARYtrigger",
    "token": "CANARYtoken",
    "value": "CANARYtyped",
    "text": "CANARYcommand",
}
A_MESSAGE = {
    "type": "event_callback",
    "team_id": "T0ACME",
    "api_app_id": "A0APP",
    "event_id": "Ev1",
    "event_time": 1700000000,
    "event": {"type": "message", "channel": "C0OPS", "user": "U0ADA", "text": "Words.", "ts": "1700000000.000100"},
    "authorizations": [{"team_id": "T0ACME", "user_id": "U0BOT", "is_bot": True}],
}
HANDSHAKE = {"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}
A_COMMAND = {
    "command": "/tocsin",
    "team_id": "T0ACME",
    "team_domain": "acme",
    "channel_id": "C0OPS",
    "user_id": "U0ADA",
    "user_name": "ada",
    "api_app_id": "A0APP",
}


def together(*work: Callable[[], Any]) -> list[Any]:
    """Run these at the same moment, each in a thread of its own."""
    gate = threading.Barrier(len(work))

    def run(each: Callable[[], Any]) -> Any:
        gate.wait()
        return each()

    with ThreadPoolExecutor(len(work)) as people:
        return list(people.map(run, work))


def press(office: Office, card: Card, action_id: str, who: str, number: int) -> int:
    payload = office.payload(card, action_id, by=who)
    payload["actions"][0]["action_ts"] = f"{number}.1"
    return office.send(payload).status_code


def told(office: Office, who: str) -> list[str]:
    return [each.text for each in office.slack.ephemerals("C0OPS", PEOPLE[who])]


def race(office: Office, pairs: int) -> list[str]:
    """Ada and Olga press the same button at once, again and again; gives whatever was not as it should be."""
    card, wrong = office.card(), []
    for number, (action_id, state) in zip(range(pairs), itertools.cycle(STATES), strict=False):
        heard = {who: len(told(office, who)) for who in ("ada", "olga")}
        statuses = together(
            lambda n=number, a=action_id: press(office, card, a, "ada", n),
            lambda n=number, a=action_id: press(office, card, a, "olga", n),
        )
        history = office.history(card)
        office.slack.wait_for(lambda h=heard: all(len(told(office, who)) > count for who, count in h.items()))
        winner = history[-1][1].lower()
        loser = {"ada": "olga", "olga": "ada"}[winner]
        # Where the machine is busy the loser may have waited too long: then nothing was done, and that is true.
        lost = (f"WEB-1 is already {state}, by <@{PEOPLE[winner]}>.", BUSY)
        won = told(office, winner)[-1].startswith(winner.capitalize())
        if (statuses, len(history), told(office, loser)[-1] in lost, won) != ([200, 200], number + 1, True, True):
            wrong.append(f"{number}: {statuses} {len(history)} {told(office, loser)[-1]} {told(office, winner)[-1]}")
    return wrong


STATES = (("issue.resolve", "resolved"), ("issue.reopen", "unresolved"))


def test_of_a_hundred_pairs_who_press_at_once_one_wins_each_time_and_both_hear_the_truth(office: Office):
    assert race(office, PAIRS) == []


@pytest.mark.nightly
def test_so_of_a_thousand(office: Office):
    assert race(office, NIGHTLY_PAIRS) == []


def a_button(office: Office, card: Card) -> dict[str, Any]:
    return office.payload(card, "issue.resolve")


def a_menu(office: Office, card: Card) -> dict[str, Any]:
    payload = office.payload(card, "issue.assign")
    chosen = {"type": "external_select", "value": None, "selected_option": {"value": "me"}}
    payload["actions"][0] |= chosen | {"block_id": block_key("actions", card.message_key, 1)}
    return payload


def a_form(office: Office, card: Card) -> dict[str, Any]:
    return submission(office.open_form(card, "issue.comment"), {"text": "Once."})


def an_undo(office: Office, card: Card) -> dict[str, Any]:
    office.press(card, "issue.resolve")
    payload = office.payload(card, "issue.undo")
    payload["actions"][0]["value"] += f":{undo_key(office)}"
    return payload


@pytest.mark.parametrize("gesture", [a_button, a_menu, a_form, an_undo])
def test_the_same_request_delivered_five_times_has_one_effect(office: Office, gesture):
    card = office.card()
    payload = gesture(office, card)
    before = len(office.history(card))

    answers = together(*[lambda: office.send(payload).status_code] * 5)

    assert answers == [200] * 5
    assert len(office.history(card)) == before + 1


def as_gesture(payload: dict[str, Any]) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


def as_json(payload: dict[str, Any]) -> bytes:
    return json.dumps(payload).encode()


def as_fields(payload: dict[str, Any]) -> bytes:
    return urlencode(payload).encode()


@dataclass(frozen=True)
class Kind:
    """Something that Slack sends, where to, and how it writes it."""

    path: str
    payload: dict[str, Any]
    write: Callable[[dict[str, Any]], bytes] = as_gesture

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Type": "application/json"} if self.write is as_json else FORM


def everything(office: Office) -> list[Kind]:
    """One of each kind, for a card, for a request to come in, and for the addresses of events and commands."""
    card, request = office.card(), ask_to_join(office, "hedy@example.com")
    suggestion = {"type": "block_suggestion", "action_id": "issue.assign", "value": ""}
    suggestion |= {"block_id": block_key("actions", card.message_key, 1)}
    comment = submission(office.open_form(card, "issue.comment"), {"text": "Words."})
    mute = submission(office.open_form(card, "rule.mute", by="olga"), {"muted": "hour"}, by="olga")
    decisions = [decision(office, request, f"member.{word}", PEOPLE["olga"]) for word in ("approve", "reject")]
    gestures = [a_button(office, card), a_menu(office, card), comment, *decisions]
    gestures += [an_undo(office, card), office.payload(card, "rule.mute", by="olga"), mute]
    return [
        *(Kind(ACTION, gesture) for gesture in gestures),
        Kind(OPTIONS, office.payload(card, "issue.assign") | suggestion),
        Kind(EVENT, A_MESSAGE, as_json),
        Kind(EVENT, HANDSHAKE, as_json),
        Kind(COMMAND, A_COMMAND, as_fields),
    ]


def storm(office: Office, first: int, count: int) -> tuple[list[str], str]:
    """Signed payloads that are almost Slack's; gives those that broke something, and what was logged."""
    kinds = everything(office)
    broken = []
    with capture_logs() as lines, httpx2.Client(base_url=office.address, timeout=20) as slack:
        for seed in range(first, first + count):
            kind = kinds[seed % len(kinds)]
            raw = kind.write(mutate(kind.payload, seed) | CANARIES)
            status = slack.post(kind.path, content=raw, headers=kind.headers | office.signature(raw)).status_code
            if status not in {200, 400}:
                broken.append(f"{seed}: {status}")
    return broken, repr(lines)


def test_what_the_storm_spoils_is_taken_while_it_is_whole(sqlite_office: Office):
    kinds = everything(sqlite_office)

    answers = [
        sqlite_office.post(each.path, each.write(each.payload), kind=each.headers["Content-Type"]) for each in kinds
    ]

    assert [answer.status_code for answer in answers] == [200] * len(kinds)
    assert [len(sqlite_office.audit(event)) for event in ("member.invite", "rule.edit")] == [1, 1]


@pytest.mark.parametrize("share", range(SHARES))
def test_no_payload_however_wrong_breaks_anything_or_leaves_a_secret_in_the_log(sqlite_office: Office, share, caplog):
    caplog.set_level("DEBUG")

    broken, logged = storm(sqlite_office, share * PAYLOADS // SHARES, PAYLOADS // SHARES)

    assert broken == []
    assert "CANARY" not in logged + caplog.text


@pytest.mark.nightly
@pytest.mark.parametrize("share", range(SHARES))
def test_so_of_ten_thousand(sqlite_office: Office, share, caplog):
    caplog.set_level("DEBUG")

    broken, logged = storm(sqlite_office, PAYLOADS + share * NIGHTLY_PAYLOADS // SHARES, NIGHTLY_PAYLOADS // SHARES)

    assert broken == []
    assert "CANARY" not in logged + caplog.text


def forge(office: Office, count: int) -> list[int]:
    """Requests of which one byte is not the one that was signed; gives their statuses."""
    card = office.card()
    raw = urlencode({"payload": json.dumps(a_button(office, card) | CANARIES)}).encode()
    headers = FORM | office.signature(raw)
    with httpx2.Client(base_url=office.address, headers=headers, timeout=20) as nobody:
        sent = [nobody.post(ACTION, content=flip(raw, seed)).status_code for seed in range(count)]
    assert office.history(card) == []
    return sent


def test_nothing_whose_signature_does_not_fit_has_any_effect(sqlite_office: Office):
    assert set(forge(sqlite_office, PAYLOADS)) == {401}


@pytest.mark.nightly
def test_so_of_ten_thousand_forgeries(sqlite_office: Office):
    assert set(forge(sqlite_office, NIGHTLY_PAYLOADS)) == {401}
