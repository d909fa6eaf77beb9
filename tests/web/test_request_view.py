"""A request as a page shows it, and the command that makes it again."""

import shlex

import pytest

from tests.support.attack_vectors import VECTORS
from tocsin.events.schema import Request
from tocsin.web.request_view import curl_of, view_request


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("a=1&b=", (("a", "1"), ("b", ""))),
        ("?q=tea%20cake", (("q", "tea cake"),)),
        ("just words", (("", "just words"),)),
        ([["a", "1"], ["a", "2"], "x"], (("a", "1"), ("a", "2"), ("", "x"))),
        ({"a": 1}, (("a", "1"),)),
        ("", ()),
    ],
)
def test_a_query_is_read_in_every_form_that_sdks_send(sent, shown):
    request = view_request(Request(url="https://shop.example/", query_string=sent))

    assert request is not None
    assert request.query == shown


def test_cookies_of_one_header_are_told_apart():
    request = view_request(Request(url="https://shop.example/", cookies="a=1; b=[Filtered]"))

    assert request is not None
    assert request.cookies == (("a", "1"), ("b", "[Filtered]"))


def test_the_command_asks_the_same_again():
    request = Request(
        method="POST",
        url="https://shop.example/basket",
        query_string="people=0",
        headers={"Accept": "application/json", "Host": "shop.example", "Cookie": "old"},
        cookies={"session": "[Filtered]"},
        data={"people": "0"},
    )

    words = shlex.split(curl_of(request).replace("\\\n", " "))

    assert words == [
        *("curl", "-g", "-X", "POST", "https://shop.example/basket?people=0"),
        *("-H", "Accept: application/json"),
        *("-H", "Cookie: session=[Filtered]"),
        *("--data-raw", '{"people": "0"}'),
    ]


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "file:///etc/passwd", "-K/etc/passwd", "/basket"])
def test_there_is_no_command_without_a_web_address(url):
    assert curl_of(Request(url=url)) == ""


def test_no_text_from_outside_becomes_a_word_of_its_own():
    for text in VECTORS:
        request = Request(method=text, url=f"https://shop.example/{text}", headers={text: text, "X": text}, data=text)

        words = shlex.split(curl_of(request).replace(" \\\n ", " "))

        options = [word for word in words[2:] if word.startswith(("-", "@")) and word not in {text, "-X"}]
        assert set(options) <= {"-H", "--data-raw"}, text
        assert words[words.index("--data-raw") + 1].replace("\\\n", "") == text.replace("\\\n", "")
