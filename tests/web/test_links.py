"""Addresses in comments: which words become links, and that nothing else becomes more than text."""

import html
import re
import time

import pytest

from tests.support.attack_vectors import VECTORS
from tests.web import events
from tocsin.web.links import with_links

LINK = re.compile(r'<a href="([^"<>]*)" rel="nofollow noopener noreferrer">([^<>]*)</a>')


def addresses_in(text):
    return [html.unescape(address) for address, _ in LINK.findall(with_links(text))]


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("see https://wiki.example.com/a?x=1&y=2#z.", ["https://wiki.example.com/a?x=1&y=2#z"]),
        ("(http://a.example/b), then http://a.example/c_(d)!", ["http://a.example/b", "http://a.example/c_(d)"]),
        ("[https://[::1]:8000/x]", ["https://[::1]:8000/x"]),
        ("javascript:alert(1) data:text/html,x ftp://a.example file:///etc/passwd //a.example", []),
        ("xhttp://a.example https:// http://... HTTPS", []),
        ('https://a.example/"onmouseover=alert(1)', ["https://a.example/"]),
        ("https://a.example/\u202egpj.exe", ["https://a.example/"]),
        ("https://\u0430pple.com", []),
        ("https://tocsin.example.com@evil.example/x http://ada:word@a.example", []),
        ("https://a.example/@ada", ["https://a.example/@ada"]),
    ],
)
def test_only_an_address_of_the_web_becomes_a_link(text, addresses):
    assert addresses_in(text) == addresses


def test_an_address_of_nothing_but_brackets_keeps_no_page_waiting():
    comments = ["https://a.example/" + bracket * 60_000 for bracket in ")]"]

    before = time.thread_time()
    found = [addresses_in(comment) for comment in comments]

    assert found == [["https://a.example/"]] * 2
    assert time.thread_time() - before < 0.5


def test_a_hostile_text_stays_text_around_the_links_that_it_may_have():
    for vector in VECTORS:
        for text in (vector, f"https://a.example/{vector}", f"{vector} https://a.example/x"):
            made = with_links(text)

            left = LINK.sub("", made)
            assert not re.search(r"[<>\"']", left), text
            assert all(each.startswith(("https://", "http://")) for each in addresses_in(text))


def test_a_comment_leads_where_it_says(sqlite_world):
    issue_id = sqlite_world.report("web", events.division())
    ben = sqlite_world.browser_of("ben")
    ben.post(f"/acme/issues/{issue_id}/act/", {"action": "comment", "text": "<b> https://wiki.example.com/a"})

    page = ben.get(f"/acme/issues/{issue_id}/").text

    link = '<a href="https://wiki.example.com/a" rel="nofollow noopener noreferrer">https://wiki.example.com/a</a>'
    assert f"<blockquote>&lt;b&gt; {link}</blockquote>" in page
