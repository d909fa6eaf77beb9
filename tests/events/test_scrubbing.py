"""Secrets are taken out of events, and nothing else is."""

import json
import tracemalloc
from typing import Any

import pytest

from tocsin.events.decode import decode_event
from tocsin.events.schema import Breadcrumb, Event, ExceptionValue, Frame, LogEntry, Request, Stacktrace, Thread, Value
from tocsin.events.scrubbing import DEFAULT_RULES, ScrubRules, scrub
from tocsin.events.sensitive import FILTERED, is_sensitive_name
from tocsin.events.stacktrace import culprit_of, frames_of

CARD = "4111 1111 1111 1111"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"
PRIVATE_KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabc+/=\n-----END RSA PRIVATE KEY-----"


def kept(value: Any, rules: ScrubRules = DEFAULT_RULES) -> Any:
    """What becomes of `value` when it is something an application adds."""
    event = decode_event(json.dumps({"extra": {"here": value}}).encode())
    return (scrub(event, rules).event.extra or {})["here"]


SENSITIVE = [
    "password",
    "Password",
    "PASSWD",
    "user_password",
    "passwordHash",
    "secret",
    "client-secret",
    "api_key",
    "apiKey",
    "X-Api-Key",
    "apikey",
    "auth",
    "http_auth",
    "Authorization",
    "Proxy-Authorization",
    "credentials",
    "mysql_pwd",
    "DB_PASS",
    "token",
    "accessToken",
    "x-csrf-token",
    "csrfmiddlewaretoken",
    "XSRF",
    "session",
    "sessionid",
    "PHPSESSID",
    "Cookie",
    "Set-Cookie",
    "private_key",
    "privateKey",
    "aws_secret_access_key",
    "credit_card",
    "card-number",
    "cvv",
]


@pytest.mark.parametrize("name", SENSITIVE)
def test_what_stands_under_a_sensitive_name_is_filtered(name: str) -> None:
    assert kept({name: "a1b2"}) == {name: FILTERED}
    assert kept({name: {"deep": ["a1b2"]}}) == {name: FILTERED}
    assert kept([[name, "a1b2"]]) == [[name, FILTERED]]
    assert kept([f"b'{name}'", "b'a1b2'"]) == [f"b'{name}'", FILTERED]
    assert kept(f"{name}=a1b2&x=1") == f"{name}={FILTERED}&x=1"


@pytest.mark.parametrize(
    "name",
    [
        "author",
        "authority",
        "compass",
        "bypass",
        "max_tokens",
        "tokens",
        "passenger",
        "key",
        "user",
        "id",
        "hash",
        "message",
    ],
)
def test_what_stands_under_an_ordinary_name_is_kept(name: str) -> None:
    assert not is_sensitive_name(name)
    assert kept({name: "a1b2"}) == {name: "a1b2"}


@pytest.mark.parametrize("value", [None, True, False, "", "[Filtered]", "None"])
def test_a_flag_or_nothing_under_a_sensitive_name_gives_nothing_away(value: Any) -> None:
    assert kept({"password": value, "is_authorization_token_valid": value}) == {
        "password": value,
        "is_authorization_token_valid": value,
    }


@pytest.mark.parametrize(
    ("text", "filtered"),
    [
        ("password=hunter2", "password=[Filtered]"),
        ("User(name='ada', password='hunter2')", "User(name='ada', password=[Filtered])"),
        ("{'password': 'hunter2', 'a': 1}", "{'password': [Filtered], 'a': 1}"),
        ('{"api_key":"k1", "a":1}', '{"api_key":[Filtered], "a":1}'),
        ('b\'{"token": 12, "a": 1}\'', 'b\'{"token": [Filtered], "a": 1}\''),
        ("https://shop.example/?token=a1&page=2", "https://shop.example/?token=[Filtered]&page=2"),
        ("run --db-password=hunter2 --verbose", "run --db-password=[Filtered] --verbose"),
        ("Unexpected token: }", "Unexpected token: }"),
        ("a=1; page=2; author=ada", "a=1; page=2; author=ada"),
        ("password=", "password="),
        ("password=[Filtered]&a=1", "password=[Filtered]&a=1"),
    ],
)
def test_values_after_sensitive_names_inside_of_texts_are_filtered(text: str, filtered: str) -> None:
    assert kept(text) == filtered


@pytest.mark.parametrize(
    ("text", "filtered"),
    [
        (f"paid with {CARD}.", "paid with [Filtered]."),
        ("card:4111111111111111,", "card:[Filtered],"),
        ("x\n4111-1111-1111-1111\ty", "x\n[Filtered]\ty"),
        ("2026 4111 1111 1111 1111", "2026 [Filtered]"),
        ("3782 822463 10005", "[Filtered]"),
        ("4222222222222", "[Filtered]"),
        (4111111111111111, "[Filtered]"),
        ([4111111111111111], ["[Filtered]"]),
        ("IBAN DE89 3704 0044 0532 0130 00 ok", "IBAN [Filtered] ok"),
        ("GB82WEST12345698765432", "[Filtered]"),
        (f"key {PRIVATE_KEY} end", "key -----BEGIN RSA PRIVATE KEY-----[Filtered]-----END RSA PRIVATE KEY----- end"),
        (PRIVATE_KEY[:50], "-----BEGIN RSA PRIVATE KEY-----[Filtered]"),
        ("Authorization: Bearer a1.b2-c3_d4", "Authorization: Bearer [Filtered]"),
        ("said bearer abcdefgh1 to", "said bearer [Filtered] to"),
        ("Authorization: Basic YWRhOmh1bnRlcjI=", "Authorization: Basic [Filtered]"),
        ("postgresql://ada:hunter2@db.example:5432/shop", "postgresql://ada:[Filtered]@db.example:5432/shop"),
        ("redis://:hunter2@cache", "redis://:[Filtered]@cache"),
        (f"got {JWT}", "got [Filtered]"),
        ("AKIAIOSFODNN7EXAMPLE", "[Filtered]"),
        ("ghp_" + "a1B2" * 9, "[Filtered]"),
        ("github_pat_" + "a1B2" * 10, "[Filtered]"),
        ("xoxb-1234567890-abcdef", "[Filtered]"),
        ("sk_live_" + "a1B2" * 6, "s[Filtered]"),
        ("rk_test_" + "a1B2" * 6, "r[Filtered]"),
        ("AIza" + "a1B2_" * 7, "[Filtered]"),
        ("glpat-" + "a1B2-" * 4, "[Filtered]"),
        ("gho_" + "a1B2" * 9, "[Filtered]"),
        ("ghs_" + "a1B2" * 9, "[Filtered]"),
        ("npm_" + "a1B2" * 9, "[Filtered]"),
        ("sk-proj-" + "a1B2_" * 9, "s[Filtered]"),
        ("sk-ant-" + "a1B2_" * 9, "s[Filtered]"),
        ("whsec_" + "a1B2" * 8, "[Filtered]"),
        (
            "https://hooks.slack.com/services/T0A/B0B/x1y2z3 said no",
            "https://hooks.slack.com/services/[Filtered] said no",
        ),
        ("cloning https://a1b2c3d4e5f6a7b8@git.example/shop", "cloning https://[Filtered]@git.example/shop"),
    ],
)
def test_what_looks_like_a_secret_is_filtered_wherever_it_stands(text: Any, filtered: Any) -> None:
    assert kept(text) == filtered


@pytest.mark.parametrize(
    "value",
    [
        "4111 1111 1111 1112",
        "1234567890123456",
        1767355200500,
        "1767355200500000",
        "20260102100000123",
        "0.4111111111111111",
        0.4111111111111111,
        4111111111111.0,
        "x4111111111111111",
        "420000000000000000",
        "DE89 3704 0044 0532 0130 01",
        "SHA256 and ISO8601",
        "HA25ABCDEFGHIJKLM",
        "bearer of good news",
        "a basic understanding",
        "https://shop.example:8080/cart@2",
        "eyJ is how it begins",
        "-----BEGIN CERTIFICATE-----\nMIIE",
        "sk_live_",
        "sk-project and npm_install and ghost_town",
        "ssh://git@git.example/shop",
        "https://a-very-long-account@git.example/shop",
        "https://hooks.slack.com/",
        "ada@example.com",
        "192.168.100.100 - 550e8400-e29b-41d4-a716-446655440000",
    ],
)
def test_what_only_resembles_a_secret_is_kept(value: Any) -> None:
    assert kept(value) == value


@pytest.mark.parametrize(
    ("line", "filtered"),
    [
        ('    password = "hunter2"', "    password = [Filtered]"),
        ("API_KEY: str = 'a1b2'  # ours", "API_KEY: str = [Filtered]  # ours"),
        ("connect(user='ada', password='hunter2')", "connect(user='ada', password=[Filtered])"),
        ('{"token": "a1b2", "a": "b"}', '{"token": [Filtered], "a": "b"}'),
        ("    password = ask()", "    password = ask()"),
        ('    token = request.headers["token"]', '    token = request.headers["token"]'),
        ("    def login(self, password: str) -> None:", "    def login(self, password: str) -> None:"),
        (f'    pay("{CARD}")', '    pay("[Filtered]")'),
    ],
)
def test_in_source_code_only_literals_are_filtered(line: str, filtered: str) -> None:
    frame = Frame(pre_context=[line, "x"], context_line=line, post_context=["y", line])
    event = Event(exception=[ExceptionValue(type="E", stacktrace=Stacktrace(frames=[frame]))])

    stacktrace = scrub(event).event.exception[0].stacktrace

    assert stacktrace is not None
    assert stacktrace.frames == [
        Frame(pre_context=[filtered, "x"], context_line=filtered, post_context=["y", filtered])
    ]


def test_every_part_of_an_event_is_scrubbed() -> None:
    secret = f"a {CARD} b"
    named: dict[str, Value] = {"password": "hunter2"}
    event = Event(
        request=Request(
            url="/?token=hunter2",
            query_string=[["token", "hunter2"]],
            cookies={"a": "hunter2"},
            headers={"Cookie": "hunter2"},
            data="password=hunter2",
            env=named,
        ),
        exception=[ExceptionValue(type=secret, value=secret, stacktrace=Stacktrace(frames=[Frame(vars=named)]))],
        breadcrumbs=[Breadcrumb(message="token=hunter2", data=named), Breadcrumb(message=secret)],
        logentry=LogEntry(message="token=hunter2", formatted=secret, params=[named]),
        tags={"token": "hunter2", "a": secret},
        user=named,
        contexts={"a": named},
        extra=named,
        transaction=secret,
        fingerprint=[secret],
        server_name=secret,
    )

    scrubbed = scrub(event)

    assert b"hunter2" not in scrubbed.payload
    assert b"4111" not in scrubbed.payload


def test_names_in_what_is_seldom_free_are_looked_at_as_well() -> None:
    page = "https://app.example/token=hunter2/reset?token=hunter2"
    frame = Frame(filename=page, abs_path=page, function="f")
    event = Event(
        exception=[ExceptionValue(type="token=hunter2", stacktrace=Stacktrace(frames=[frame]))],
        threads=[Thread(name="job token=hunter2")],
        server_name="token=hunter2",
        release="token=hunter2",
        logger="token=hunter2",
        fingerprint=["{{ default }}", "token=hunter2"],
    )

    scrubbed = scrub(event)

    assert b"hunter2" not in scrubbed.payload
    assert culprit_of(scrubbed.event) == "token=[Filtered] in f"


def test_two_parts_of_a_fingerprint_are_no_name_and_value() -> None:
    assert scrub(Event(fingerprint=["session", "expired"])).event.fingerprint == ["session", "expired"]


def test_the_event_that_was_given_stays_as_it_was() -> None:
    event = Event(extra={"a": {"password": "hunter2"}, "b": [CARD]})

    scrub(event)

    assert event == Event(extra={"a": {"password": "hunter2"}, "b": [CARD]})


def test_notes_tell_how_many_values_were_filtered() -> None:
    event = Event(extra={"password": "hunter2", "token": "a", "b": [CARD]}, notes=["cut"])

    assert scrub(event).event.notes == [
        "cut",
        "2 values with a sensitive name were filtered",
        "1 values that look like secrets were filtered",
    ]


def test_what_one_call_hands_on_to_the_next_is_filtered_and_counted_in_each() -> None:
    scope: Value = {"path": "/cart", "headers": [["cookie", "s=1"]], "is_ssl": True}
    # Equal for Python, but not what was shown: a flag gives nothing away, a number may.
    almost: Value = {"path": "/cart", "headers": [["cookie", "s=1"]], "is_ssl": 1}

    def locals_after_scrubbing(*of_calls: Value) -> list[Any]:
        frames = [Frame(function="f", vars={"scope": each}) for each in of_calls]
        scrubbed = scrub(Event(exception=[ExceptionValue(stacktrace=Stacktrace(frames=frames))])).event
        assert scrubbed.notes == [f"{len(frames)} values with a sensitive name were filtered"]
        return [(frame.vars or {})["scope"] for frame in frames_of(scrubbed)]

    kept = locals_after_scrubbing(scope, scope, almost)

    assert [each["headers"] for each in kept] == [[["cookie", FILTERED]]] * 3
    assert [repr(each["is_ssl"]) for each in kept] == ["True", "True", "1"]


def test_an_event_without_secrets_is_handed_back_as_it_is() -> None:
    event = Event(extra={"a": [1, "two"]}, request=Request(url="/cart", headers={"Accept": "*/*"}))

    scrubbed = scrub(event)

    assert scrubbed.event is event
    assert decode_event(scrubbed.payload) == event


def test_scrubbing_again_changes_nothing() -> None:
    scrubbed = scrub(Event(extra={"password": "hunter2", "a": f"Bearer a1b2c3d4 {CARD} {JWT} ://a:b@c token=x"}))

    assert scrub(scrubbed.event).payload == scrubbed.payload


def test_a_project_adds_names_and_knows_harmless_ones() -> None:
    rules = ScrubRules(more_names=frozenset({"card-holder"}), harmless_names=frozenset({"session"}))

    assert kept({"cardHolder": "Ada", "session": "s1", "sessions": "s2"}, rules) == {
        "cardHolder": FILTERED,
        "session": "s1",
        "sessions": FILTERED,
    }


@pytest.mark.parametrize(
    "text", ["ada.l+shop@example.co.uk", "to\nada@example.com,bob@example.com\n", "<ada@example.com>"]
)
def test_addresses_are_filtered_where_a_project_asks_for_it(text: str) -> None:
    assert kept(text) == text
    assert "example" not in kept(text, ScrubRules(emails=True))


def test_addresses_of_users_are_filtered_where_a_project_asks_for_it() -> None:
    sent = {"ip_address": "10.0.0.7", "REMOTE_ADDR": "10.0.0.7", "headers": [["X-Forwarded-For", "10.0.0.7"]]}

    assert kept(sent) == sent
    assert "10.0.0.7" not in str(kept(sent, ScrubRules(ip_addresses=True)))


def test_a_version_is_no_address() -> None:
    assert kept({"version": "1.2.3.4"}, ScrubRules(ip_addresses=True)) == {"version": "1.2.3.4"}


def test_long_source_lines_do_not_stay_in_memory() -> None:
    def see(number: int) -> None:
        frame = Frame(function="f", pre_context=[f"{number}.{place}".ljust(1000, "-") for place in range(20)])
        scrub(Event(exception=[ExceptionValue(type="E", stacktrace=Stacktrace(frames=[frame]))]))

    see(0)
    tracemalloc.start()
    try:
        for number in range(1, 41):
            see(number)
        remembered, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert remembered < 200_000  # of 800 000 characters
