import pytest

from tests.slack.messages.facts import card_facts
from tests.slack.messages.reading import buttons
from tocsin.issues.act import ISSUE_ACTIONS
from tocsin.issues.models import IssueStatus
from tocsin.notifications.facts import AssigneeFacts
from tocsin.slack.actions.issue import FAMILY
from tocsin.slack.actions.table import ACTIONS, FAMILIES
from tocsin.slack.messages.card import draw_card


def drawn() -> dict[str, str]:
    """Every button that any card has, with its words."""
    cards = [
        draw_card(card_facts(status=status, substatus=None, assignee=assignee))
        for status in IssueStatus
        for assignee in (None, AssigneeFacts("user", "Ada"))
    ]
    return {button["action_id"]: button["text"]["text"] for card in cards for button in buttons(card.blocks).values()}


def test_every_button_on_a_card_does_something_and_everything_that_is_done_has_a_button():
    assert drawn() == {action_id: row.label for action_id, row in ACTIONS.items()}


@pytest.mark.parametrize("action_id", ACTIONS)
def test_a_button_asks_for_the_right_that_its_verb_asks_for(action_id):
    assert ACTIONS[action_id].verb == ISSUE_ACTIONS[action_id.removeprefix(FAMILY)].verb


@pytest.mark.parametrize("action_id", ACTIONS)
def test_a_button_is_documented_in_a_sentence(action_id):
    assert ACTIONS[action_id].doc.endswith(".")


def test_every_button_belongs_to_a_family_that_is_listened_to():
    assert {action_id.partition(".")[0] for action_id in ACTIONS} <= set(FAMILIES)
