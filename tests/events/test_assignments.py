"""What stands behind a sensitive name inside of a text is taken out; a sentence about one is left as it is."""

import json

import pytest

from tests.events.test_scrubbing import kept
from tocsin.events.decode import decode_event
from tocsin.events.scrubbing import scrub

ESCAPED = json.dumps(json.dumps({"password": "x y", "a": 1}))


@pytest.mark.parametrize(
    ("text", "filtered"),
    [
        ("{'a': 1, 'password': 'hunter2sec...", "{'a': 1, 'password': [Filtered]"),
        ('{"password": "hunter2 sec', '{"password": [Filtered]'),
        ("{'password': 'cut\nmore", "{'password': [Filtered]\nmore"),
        (r"{'password': 'it\'s', 'a': 1}", "{'password': [Filtered], 'a': 1}"),
        (ESCAPED, r'"{\"password\": [Filtered], \"a\": 1}"'),
        (json.dumps(ESCAPED), r'"\"{\\\"password\\\": [Filtered], \\\"a\\\": 1}\""'),
        (r"body={\"password\": \"cut of", r"body={\"password\": [Filtered]"),
        ("""data='{"password": "x"}'""", """data='{"password": [Filtered]}'"""),
        ("password: hunter2", "password: [Filtered]"),
        ("login of ada with password: hunter2, again", "login of ada with password: [Filtered], again"),
        ("{ user: 'ada', password: 'swordfish' }", "{ user: 'ada', password: [Filtered] }"),
        ("Authorization: abc123", "Authorization: [Filtered]"),
        ("Authorization: Token abc123\nAccept: */*", "Authorization: Token [Filtered]\nAccept: */*"),
        ("curl -H 'X-Api-Key: k1k2' -v", "curl -H 'X-Api-Key: [Filtered]' -v"),
        ('{:password=>"swordfish", :a=>1}', "{:password=>[Filtered], :a=>1}"),
        ("WHERE password = 'swordfish'", "WHERE password = [Filtered]"),
        ("""['run', '--password', 'swordfish', '-v']""", """['run', '--password', [Filtered], '-v']"""),
        ("""["--password","swordfish"]""", """["--password",[Filtered]]"""),
        ("mysql --password hunter2 shop", "mysql --password [Filtered] shop"),
    ],
)
def test_a_value_behind_a_sensitive_name_is_taken_out(text: str, filtered: str) -> None:
    assert kept(text) == filtered
    assert kept(filtered) == filtered


@pytest.mark.parametrize(
    "text",
    [
        "the password: is wrong",
        "password: must have 8 characters",
        "Authorization: required",
        "session: closed",
        "auth: HTTP 401",
        "csrf: 403 Forbidden",
        "invalid token: expected ';'",
        "Unexpected token: '}' in JSON",
        "SyntaxError: Unexpected token: 'else'",
        "token == None",
        "PASSWORD=\nUSER=ada42",
        "Enter your password: ",
        "{'prompt': 'password: ', 'user': 'ada'}",
        "{'fields': 'password=', 'user': 'ada'}",
        "['username', 'password', 'email']",
        "argument --password: expected one argument",
        "--token takes a value",
        "tokens: 1234, max_tokens: 4096",
        "https://shop.example/password/reset",
    ],
)
def test_a_sentence_about_a_secret_is_left_as_it_is(text: str) -> None:
    assert kept(text) == text


@pytest.mark.parametrize(
    ("arguments", "filtered"),
    [
        (["run", "--password", "x", "-v"], ["run", "--password", "[Filtered]", "-v"]),
        (["run", "--db-password", "a=b", "c"], ["run", "--db-password", "[Filtered]", "c"]),
        (["run", "--token", "--verbose"], ["run", "--token", "--verbose"]),
        (["run", "--password=x", "y"], ["run", "--password=[Filtered]", "y"]),
        (["run", "--author", "ada", "password"], ["run", "--author", "ada", "password"]),
    ],
)
def test_what_follows_a_sensitive_option_is_its_value(arguments: list[str], filtered: list[str]) -> None:
    assert kept(arguments) == filtered


def test_what_is_cut_here_is_taken_out_as_well() -> None:
    sent = json.dumps({"message": "x" * 8150 + "{'password': '" + "hunter2 " * 100 + "'}"}).encode()

    scrubbed = scrub(decode_event(sent))

    assert b"hunter2" not in scrubbed.payload
