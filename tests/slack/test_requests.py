import hashlib
import hmac
import json
from urllib.parse import urlencode

import httpx2
import pytest
from sqlalchemy import update

from tests.slack.office import ACTION, Office
from tocsin.chat.models import Integration
from tocsin.chat.platform import WorkspaceFacts
from tocsin.chat.workspaces import connect_workspace
from tocsin.organizations.permit import Permit, Scope, Via

EVENT = "/extensions/slack/event/"
JSON = "application/json"
NOT_CONNECTED = "This Slack workspace is not connected to this Tocsin, so nothing was done."


def pressed(office: Office) -> tuple:
    card = office.card()
    return card, urlencode({"payload": json.dumps(office.payload(card, "issue.resolve"))}).encode()


@pytest.mark.parametrize("ahead", [-299, 0, 298])
def test_a_request_that_slack_signed_within_five_minutes_is_taken(office: Office, ahead):
    card, raw = pressed(office)

    answer = office.post(ACTION, raw, ahead=ahead)

    assert answer.status_code == 200
    assert office.issue(card).status == "resolved"


@pytest.mark.parametrize("ahead", [-301, 302, -86_400])
def test_a_request_that_is_older_or_newer_than_five_minutes_is_not_taken(office: Office, ahead):
    card, raw = pressed(office)

    answer = office.post(ACTION, raw, ahead=ahead)

    assert answer.status_code == 401
    assert office.issue(card).status == "unresolved"


def without_signature(_office, _raw):
    return {}


def empty(office, raw):
    return office.signature(raw) | {"X-Slack-Signature": ""}


def of_another_version(office, raw):
    signed = office.signature(raw)
    return signed | {"X-Slack-Signature": signed["X-Slack-Signature"].replace("v0=", "v1=")}


def of_another_secret(office, raw):
    return office.signature(raw, secret="another secret")


def of_another_body(office, raw):
    return office.signature(raw + b" ")


def of_another_moment(office, raw):
    signed = office.signature(raw)
    return signed | {"X-Slack-Request-Timestamp": str(int(signed["X-Slack-Request-Timestamp"]) + 1)}


def without_moment(office, raw):
    return {"X-Slack-Signature": office.signature(raw)["X-Slack-Signature"]}


def with_a_moment_that_is_none(office, raw):
    return office.signature(raw) | {"X-Slack-Request-Timestamp": "soon"}


def with_two_moments(office, raw):
    signed = office.signature(raw)
    return [*signed.items(), ("X-Slack-Request-Timestamp", "1")]


def beyond_ascii(office, raw):
    return office.signature(raw) | {"X-Slack-Signature": "v0=" + "\u00e9" * 64}


@pytest.mark.parametrize(
    "proof",
    [
        without_signature,
        empty,
        of_another_version,
        of_another_secret,
        of_another_body,
        of_another_moment,
        without_moment,
        with_a_moment_that_is_none,
        with_two_moments,
        beyond_ascii,
    ],
)
def test_a_request_without_slacks_proof_is_not_taken(sqlite_office: Office, proof):
    card, raw = pressed(sqlite_office)
    headers = proof(sqlite_office, raw)
    pairs = headers if isinstance(headers, list) else list(headers.items())

    answer = httpx2.post(
        f"{sqlite_office.address}{ACTION}",
        content=raw,
        headers=[(name.encode(), value.encode("latin-1")) for name, value in pairs],
    )

    assert answer.status_code == 401
    assert sqlite_office.issue(card).status == "unresolved"


def test_the_old_verification_token_proves_nothing(sqlite_office: Office):
    card = sqlite_office.card()
    payload = sqlite_office.payload(card, "issue.resolve", token="legacy-verification-token")

    answer = httpx2.post(f"{sqlite_office.address}{ACTION}", data={"payload": json.dumps(payload)})

    assert answer.status_code == 401


def test_bytes_that_are_no_text_are_not_taken_however_they_are_signed(sqlite_office: Office):
    raw = b"payload=\xff\xfe"
    timestamp = str(int(sqlite_office.world.clock().timestamp()))
    signed = hmac.new(b"example-signing-secret", b"v0:" + timestamp.encode() + b":" + raw, hashlib.sha256).hexdigest()

    answer = httpx2.post(
        f"{sqlite_office.address}{ACTION}",
        content=raw,
        headers={"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={signed}"},
    )

    assert answer.status_code == 401


def test_without_any_secret_nothing_is_taken_at_all(sqlite_office: Office):
    card, raw = pressed(sqlite_office)
    sqlite_office.change(lambda session: session.execute(update(Integration).values(sealed_signing_secret="lost")))

    answer = sqlite_office.post(ACTION, raw)

    assert answer.status_code == 503
    assert sqlite_office.issue(card).status == "unresolved"


def test_a_press_in_a_disconnected_workspace_is_told_so_and_does_nothing(sqlite_office: Office):
    card, raw = pressed(sqlite_office)
    sqlite_office.change(lambda session: session.execute(update(Integration).values(is_active=False)))

    answer = sqlite_office.post(ACTION, raw)

    assert answer.status_code == 200
    assert answer.json()["text"].startswith(NOT_CONNECTED)
    assert sqlite_office.issue(card).status == "unresolved"


def test_a_body_of_more_than_a_mebibyte_is_not_read(sqlite_office: Office):
    answer = sqlite_office.post(ACTION, b"payload=" + b"x" * 1024 * 1024)

    assert answer.status_code == 413


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"payload",
        b"other=1",
        b"payload=",
        b"payload=nonsense",
        b"payload=[]",
        b"payload=7",
        b'payload={"type":7}',
        b'payload={"type":"block_actions","actions":7}',
        b"payload=" + b"[" * 100_000,
        b"&" * 1000 + b"a=1&" * 1000,
    ],
)
def test_a_proved_request_that_makes_no_sense_is_called_so(sqlite_office: Office, raw):
    assert sqlite_office.post(ACTION, raw).status_code == 400


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "block_actions", "team": {"id": "T0ACME"}, "user": None, "channel": None, "actions": None},
        {"type": "block_actions", "team": {"id": "T0ACME"}, "actions": []},
        {"type": "block_actions", "team": {"id": "T0ACME"}, "user": {"id": "U0ADA"}, "actions": [{}]},
        {"type": "view_closed", "team": {"id": "T0ACME"}, "user": {"id": "U0ADA"}, "view": {"callback_id": "x"}},
        {"type": "shortcut", "team": {"id": "T0ACME"}, "user": {"id": "U0ADA"}, "callback_id": "x"},
        {"type": "something_new", "team": {"id": "T0ACME"}},
    ],
)
def test_a_gesture_that_tocsin_has_no_use_for_is_taken_and_left_alone(sqlite_office: Office, payload):
    answer = sqlite_office.send(payload)

    assert (answer.status_code, answer.text) == (200, "")


def test_a_form_that_tocsin_cannot_read_says_so_in_its_place(sqlite_office: Office):
    form = {"type": "view_submission", "team": {"id": "T0ACME"}, "user": {"id": "U0ADA"}, "view": {"callback_id": "x"}}

    answer = sqlite_office.send(form)

    assert (answer.status_code, answer.json()["response_action"]) == (200, "update")


@pytest.mark.parametrize("strange", ["9" * 5000, "[" * 900 + "]" * 900])
def test_a_gesture_with_something_strange_in_it_does_nothing_and_breaks_nothing(sqlite_office: Office, strange):
    card = sqlite_office.card()
    payload = json.dumps(sqlite_office.payload(card, "issue.resolve", strange="here")).replace('"here"', strange)

    answer = sqlite_office.post(ACTION, urlencode({"payload": payload}).encode())

    assert answer.status_code in {200, 400}
    assert sqlite_office.post(ACTION, b"payload={}").status_code == 400


def test_a_press_in_a_workspace_of_an_enterprise_counts_for_the_installation_of_the_whole(sqlite_office: Office):
    sqlite_office.change(lambda session: session.execute(update(Integration).values(external_id="E0ACME")))
    card = sqlite_office.card()
    enterprise = {"team": None, "enterprise": {"id": "E0ACME"}, "is_enterprise_install": True}
    person = {"user": {"id": "U0ADA", "team_id": "E0ACME"}}

    sqlite_office.send(sqlite_office.payload(card, "issue.resolve", **enterprise, **person))

    assert sqlite_office.history(card) == [("resolved", "Ada")]


def test_a_workspace_that_is_not_connected_is_told_so(sqlite_office: Office):
    card = sqlite_office.card()

    answer = sqlite_office.send(sqlite_office.payload(card, "issue.resolve", team={"id": "T0NOBODY"}))

    assert answer.status_code == 200
    assert answer.json()["text"].startswith(NOT_CONNECTED)


def test_whoever_connects_an_app_of_their_own_cannot_sign_for_another_workspace(sqlite_office: Office):
    card = sqlite_office.card()
    connect_partner(sqlite_office, secret="the partner's own secret")

    answer = sqlite_office.send(sqlite_office.payload(card, "issue.resolve"), secret="the partner's own secret")

    assert answer.json()["text"].startswith(NOT_CONNECTED)
    assert sqlite_office.issue(card).status == "unresolved"


def test_a_card_is_pressed_in_its_own_workspace_only(sqlite_office: Office):
    card = sqlite_office.card()
    partner = connect_partner(sqlite_office, secret="the partner's own secret")
    payload = sqlite_office.payload(card, "issue.resolve", team={"id": "T0PARTNER"}, channel={"id": "C0OPS"})
    payload["user"] = {"id": "U0OUTSIDE", "team_id": "T0PARTNER", "name": "otto"}

    sqlite_office.send(payload, secret="the partner's own secret")

    assert partner != sqlite_office.integration_id
    assert sqlite_office.issue(card).status == "unresolved"


def connect_partner(office: Office, *, secret: str) -> int:
    connected = []

    def connect(session):
        facts = WorkspaceFacts("T0PARTNER", "Partner", "", "A0OTHER", "B0OTHER", "U0OTHER", ())
        permit = Permit.system("tests", Scope(office.world.organizations["rival"]), Via.CLI)
        connected.append(
            connect_workspace(
                session,
                permit,
                facts,
                bot_token="xoxb-partner",
                signing_secret=secret,
                secret_box=office.world.deps.secrets,
                now=office.world.clock(),
            ).id
        )

    office.change(connect)
    return connected[0]


def test_slacks_handshake_is_answered_with_its_challenge_as_plain_text(office: Office):
    result = office.slack.verify_url()

    assert result.ok


def test_a_challenge_becomes_no_page_and_no_more_than_two_hundred_characters(sqlite_office: Office):
    challenge = "<script>alert(1)</script>" * 20
    raw = json.dumps({"type": "url_verification", "challenge": challenge}).encode()

    answer = sqlite_office.post(EVENT, raw, kind=JSON)

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == challenge[:200]


def test_a_handshake_without_proof_is_not_answered(sqlite_office: Office):
    body = {"type": "url_verification", "challenge": "abc"}

    answer = httpx2.post(f"{sqlite_office.address}{EVENT}", json=body)

    assert answer.status_code == 401
    assert "abc" not in answer.text


EVENTS = {"type": "event_callback", "team_id": "T0ACME", "event": {"type": "app_home_opened"}, "event_id": "Ev1"}
LIMITED = {"type": "app_rate_limited", "team_id": "T0ACME", "minute_rate_limited": 1}
SUGGESTION = {"type": "block_suggestion", "team": {"id": "T0ACME"}, "user": {"id": "U0ADA"}, "value": "ad"}
OTHERS = {
    "event": (EVENT, json.dumps(EVENTS).encode(), JSON),
    "rate limited": (EVENT, json.dumps(LIMITED).encode(), JSON),
    "command": ("/extensions/slack/commands/", b"command=%2Ftocsin&team_id=T0ACME&text=help", None),
    "options": ("/extensions/slack/options-load/", urlencode({"payload": json.dumps(SUGGESTION)}).encode(), None),
    "setup": ("/extensions/slack/setup/", b"", None),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_nobody_here_asked_for_is_answered_politely(sqlite_office: Office, name):
    path, raw, kind = OTHERS[name]

    answer = sqlite_office.post(path, raw, kind=kind or "application/x-www-form-urlencoded")

    assert answer.status_code == 200
    assert "Tocsin does not" in answer.text or answer.json() == {"options": []}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_built_yet_is_said_to_nobody_else(sqlite_office: Office, name):
    path, raw, kind = OTHERS[name]

    answer = sqlite_office.post(path, raw, secret="another secret", kind=kind or "application/x-www-form-urlencoded")

    assert answer.status_code == 401


def test_a_command_from_a_workspace_that_is_not_connected_is_told_so(sqlite_office: Office):
    answer = sqlite_office.post("/extensions/slack/commands/", b"command=%2Ftocsin&team_id=T0NOBODY")

    assert answer.json()["text"].startswith(NOT_CONNECTED)


@pytest.mark.parametrize("path", [ACTION, EVENT, "/extensions/slack/commands/", "/extensions/slack/options-load/"])
def test_slacks_addresses_are_not_for_looking_at(sqlite_office: Office, path):
    assert httpx2.get(f"{sqlite_office.address}{path}").status_code == 405
