"""Sentences in Slack: the reply in a thread, and the line on a card."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from tocsin.activities.describe import IssueName, Link, OtherIssue, Person, Quote, Sentence, Text, plain_text
from tocsin.kernel.ids import UserId
from tocsin.slack.messages import mrkdwn, rich_text
from tocsin.slack.messages.limits import FALLBACK_TEXT

PART_COST = 600
"""What one part of a sentence may cost in the message's JSON (see `limits.cost`)."""

QUOTE_LENGTH = 1_500
"""Characters of somebody's words that are told in a thread; the whole stands on the issue's page."""

QUOTE_COST = 6_000

Blocks = list[dict[str, Any]]


def draw_sentence(sentence: Sentence, *, issue_link: Link, names: Mapping[UserId, str]) -> tuple[str, Blocks]:
    """One reply: the text of its push notification, and its blocks.

    `names` are people's present names in this workspace; who is not in it keeps the name that history knows. A person
    is always a plain name: nobody is pinged because their name is told.
    """
    told = [_with_present_name(part, names) if isinstance(part, Person) else part for part in sentence]
    line = rich_text.section(*(_drawn(part, issue_link) for part in told if not isinstance(part, Quote)))
    quotes = [rich_text.quote(part.text, QUOTE_LENGTH, QUOTE_COST) for part in told if isinstance(part, Quote)]
    text = mrkdwn.escape_within(plain_text(told, issue=issue_link.text), FALLBACK_TEXT)
    return text, [{"type": "rich_text", "elements": [line, *quotes]}]


def sentence_mrkdwn(sentence: Sentence, *, issue: str, budget: int) -> str:
    """The sentence as mrkdwn without a link, with `issue` for the issue's name, at most `budget` in cost."""
    words = plain_text(sentence, issue=issue)
    return mrkdwn.escape_within(words[:1].upper() + words[1:], budget)


def _with_present_name(person: Person, names: Mapping[UserId, str]) -> Person:
    if person.user_id is None:
        return person
    return Person(names.get(person.user_id, person.name), person.user_id)


def _drawn(
    part: Text | Person | IssueName | Link | OtherIssue, issue_link: Link
) -> list[rich_text.Part] | rich_text.Part:
    match part:
        case Text(text):
            return rich_text.phrase(text, PART_COST)
        case Person(name, _):
            return rich_text.words(name, PART_COST, bold=True)
        case IssueName():
            return rich_text.link(issue_link.url, issue_link.text, PART_COST)
        case OtherIssue(number, short_id):
            return rich_text.link(urljoin(issue_link.url, f"../{number}/"), short_id, PART_COST)
        case Link(text, url):
            return rich_text.link(url, text, PART_COST)
