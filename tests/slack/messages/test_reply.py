from hypothesis import given

from slack_simulator.block_kit import validate_blocks
from tests.slack.messages.facts import BASE, SENTENCES
from tests.slack.messages.reading import json_length, live_tokens, walk, words_of
from tocsin.activities.describe import IssueName, Link, Person, Text
from tocsin.kernel.ids import UserId
from tocsin.slack.messages.limits import FALLBACK_TEXT, MESSAGE_JSON, cost
from tocsin.slack.messages.reply import draw_sentence

WEB_12 = Link("WEB-12", f"{BASE}/issues/12/")
ADA = UserId(3)


def test_a_reply_reads_as_a_sentence_and_links_the_issue():
    text, blocks = draw_sentence([Person("Ada", ADA), Text(" resolved "), IssueName()], issue_link=WEB_12, names={})

    assert text == words_of(blocks) == "Ada resolved WEB-12"
    assert [part["url"] for part in walk(blocks) if part.get("type") == "link"] == [WEB_12.url]


def test_a_person_is_told_under_the_name_they_have_now():
    text, _ = draw_sentence([Person("Ada Byron", ADA), Text(" left")], issue_link=WEB_12, names={ADA: "Ada Lovelace"})

    assert text == "Ada Lovelace left"


def test_who_has_left_is_told_under_the_name_that_history_kept():
    text, _ = draw_sentence([Person("Ada Byron", ADA)], issue_link=WEB_12, names={UserId(4): "Grace"})

    assert text == "Ada Byron"


@given(SENTENCES)
def test_no_name_and_no_words_make_a_reply_that_slack_refuses_or_that_pings_anybody(sentence):
    text, blocks = draw_sentence(sentence, issue_link=WEB_12, names={})

    assert validate_blocks(blocks, surface="message") == []
    assert live_tokens(text, blocks) == []
    assert json_length(blocks) <= MESSAGE_JSON
    assert cost(text) <= FALLBACK_TEXT
