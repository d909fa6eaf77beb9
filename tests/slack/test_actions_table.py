import pytest

from tests.slack.messages.facts import card_facts
from tests.slack.messages.reading import walk
from tocsin.issues.act import ISSUE_ACTIONS
from tocsin.issues.models import IssueStatus
from tocsin.notifications.facts import AssigneeFacts
from tocsin.slack.actions.issue import FAMILY
from tocsin.slack.actions.table import ACTIONS, FAMILIES
from tocsin.slack.messages.buttons import UNDO
from tocsin.slack.messages.card import draw_card

ELSEWHERE = {UNDO.action_id, *(action_id for action_id in ACTIONS if action_id.startswith("member."))}
"""What stands on other messages than cards: the offer to undo, and requests to come in."""


def drawn() -> dict[str, str]:
    """Everything that any card lets people use, with its words."""
    cards = [
        draw_card(card_facts(status=status, substatus=None, assignee=assignee))
        for status in IssueStatus
        for assignee in (None, AssigneeFacts("user", "Ada"))
    ]
    used: dict[str, str] = {}
    for part in (part for card in cards for part in walk(card.blocks)):
        match part:
            case {"type": "button"}:
                used[part["action_id"]] = part["text"]["text"]
            case {"type": "external_select"}:
                used[part["action_id"]] = part["placeholder"]["text"]
            case {"type": "overflow"}:
                used |= {option["value"]: option["text"]["text"] for option in part["options"]}
    return used


def test_everything_on_a_card_does_something_and_everything_that_is_done_stands_on_one():
    assert drawn() == {action_id: row.label for action_id, row in ACTIONS.items() if action_id not in ELSEWHERE}


@pytest.mark.parametrize(
    "action_id", [each for each in ACTIONS if each.removeprefix(FAMILY) in ISSUE_ACTIONS and each.startswith(FAMILY)]
)
def test_a_button_asks_for_the_right_that_its_verb_asks_for(action_id):
    assert ACTIONS[action_id].verb == ISSUE_ACTIONS[action_id.removeprefix(FAMILY)].verb


@pytest.mark.parametrize("action_id", ACTIONS)
def test_a_button_is_documented_in_a_sentence(action_id):
    assert ACTIONS[action_id].doc.endswith(".")


def test_every_button_belongs_to_a_family_that_is_listened_to():
    assert {action_id.partition(".")[0] for action_id in ACTIONS} <= set(FAMILIES)
