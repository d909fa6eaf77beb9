import pytest

from slack_simulator.block_kit import validate_blocks
from tests.slack.messages.drawn import CARDS, DRAWN, REPLIES, kept
from tests.slack.messages.facts import card_facts
from tocsin.activities.describe import SENTENCES
from tocsin.issues.models import IssueStatus, Substatus


@pytest.mark.parametrize("kind", DRAWN)
def test_every_message_is_drawn_as_it_was_when_somebody_last_read_it(kind: str):
    drawn = DRAWN[kind]()

    assert drawn == kept(kind)


@pytest.mark.parametrize("kind", DRAWN)
def test_slack_takes_every_message_that_was_read(kind: str):
    refused = {name: validate_blocks(body["blocks"], surface="message") for name, body in kept(kind).items()}

    assert not any(refused.values()), refused


def test_every_type_of_activity_and_every_state_of_a_card_is_among_them():
    types = {said.type for said in REPLIES.values()}
    states = [card_facts(**changes) for changes in CARDS.values()]

    assert types == set(SENTENCES)
    assert {state.status for state in states} == set(IssueStatus)
    assert {state.substatus for state in states} >= set(Substatus)
