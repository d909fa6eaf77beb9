import pytest
from hypothesis import given

from tests.slack.messages.facts import UNTRUSTED
from tests.slack.messages.reading import live_tokens
from tocsin.slack.messages.limits import cost, cut
from tocsin.slack.messages.mrkdwn import clean, escape, escape_within, link, one_line


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("plain words", "plain words"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("<!channel>", "&lt;!channel&gt;"),
        ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
        ("*bold*", "*\u200bbold*\u200b"),
        ("`code`", "`\u200bcode`\u200b"),
        ("my_app", "my_app"),
        ("_my app_", "_\u200bmy app_\u200b"),
        ("two\nlines", "two lines"),
        ("> said nobody", "\u200b&gt; said nobody"),
        ("pay\u202elive", "pay⟨U+202E⟩live"),
    ],
)
def test_words_of_others_stay_words(given_text, shown):
    assert escape(given_text) == shown


@given(UNTRUSTED)
def test_no_words_of_others_ping_anybody(text):
    assert live_tokens(escape(text), []) == []


@given(UNTRUSTED)
def test_escaped_words_keep_to_their_share_of_the_message(text):
    assert cost(escape_within(text, 240)) <= 240


@given(UNTRUSTED)
def test_no_words_of_others_leave_the_link_they_label(text):
    linked = link("https://tocsin.example/a b|c>", text, 200)

    assert linked.startswith("<https://tocsin.example/a%20b%7Cc%3E|")
    assert linked.count("<") == linked.count(">") == linked.count("\n") + 1


@pytest.mark.parametrize(
    ("given_text", "cleaned"),
    [
        ("\x1b[31mred\x00", "␛[31mred␀"),
        ("soft\u00adhyphen\u200b\ufeff", "softhyphen"),
        ("\u2066isolate\u2069", "⟨U+2066⟩isolate⟨U+2069⟩"),
        ("half \ud800 a pair", "half \ufffd a pair"),
        ("one\r\ntwo\u2028three\x85four", "one\ntwo\nthree\nfour"),
        ("\tindented", "\tindented"),
        ("ad\u200dmin", "admin"),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\U000e0041tagged", "tagged"),
    ],
)
def test_what_hides_or_reorders_words_is_shown_or_dropped(given_text, cleaned):
    assert clean(given_text) == cleaned


@given(UNTRUSTED)
def test_cleaning_twice_is_cleaning_once(text):
    assert one_line(one_line(text)) == one_line(text)


@given(UNTRUSTED)
def test_a_cut_keeps_to_its_budget_and_to_the_beginning(text):
    kept = cut(text, 120)

    assert cost(kept) <= 120
    assert text.startswith(kept.removesuffix("…"))


def test_a_text_within_its_budget_is_not_cut():
    assert cut("x" * 120, 120) == "x" * 120
