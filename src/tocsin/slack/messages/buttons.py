"""The buttons and menus of a card: which there are in which state."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tocsin.issues.models import IssueStatus
from tocsin.notifications.facts import CardFacts
from tocsin.slack.messages.keys import block_key, card_key
from tocsin.slack.messages.limits import BUTTON_TEXT, cut

Element = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Button:
    """What a button shows and says: `action_id` is a row of `ACTIONS`."""

    action_id: str
    label: str
    style: str | None = None


RESOLVE = Button("issue.resolve", "Resolve", "primary")
RESOLVE_PLAINLY = Button("issue.resolve", "Resolve")
RESOLVE_IN = Button("issue.resolve_in", "Resolve in…")
REOPEN = Button("issue.reopen", "Reopen")
ARCHIVE = Button("issue.archive_until_escalating", "Archive")
ARCHIVE_UNTIL = Button("issue.archive", "Archive until…")
ASSIGN_ME = Button("issue.assign_me", "Assign to me")
ASSIGN = Button("issue.assign", "Assign to…")
UNASSIGN = Button("issue.unassign", "Unassign")
COMMENT = Button("issue.comment", "Comment…")
SET_PRIORITY = Button("issue.set_priority", "Priority…")
MUTE_RULE = Button("rule.mute", "Mute this rule…")
OPEN = Button("link.open", "Open in Tocsin")
UNDO = Button("issue.undo", "Undo")

BUTTONS: dict[IssueStatus, tuple[Button, ...]] = {
    IssueStatus.UNRESOLVED: (RESOLVE, RESOLVE_IN, ARCHIVE),
    IssueStatus.RESOLVED: (REOPEN, ARCHIVE),
    IssueStatus.ARCHIVED: (REOPEN, RESOLVE_PLAINLY),
}
"""What a person can do in each state, but for who has the issue. Only one button is ever green."""

MENU = (ARCHIVE_UNTIL, COMMENT, SET_PRIORITY, MUTE_RULE, OPEN)
"""What stands behind the three dots: what is wanted less often. Slack takes five there at most."""

MENU_ID = "issue.more"
"""The menu's own id; what is chosen in it is one of `MENU`, and counts as that button."""


def draw_actions(facts: CardFacts) -> dict[str, Any]:
    """The row of buttons of the issue's present state, then who has it, then the rest."""
    assignment = ASSIGN_ME if facts.assignee is None else UNASSIGN
    return {
        "type": "actions",
        "block_id": block_key("actions", facts.message_key, facts.version),
        "elements": [
            *(_button(button, facts) for button in (*BUTTONS[facts.status], assignment)),
            _ask_for_assignee(),
            {"type": "overflow", "action_id": MENU_ID, "options": list(_menu(facts))},
        ],
    }


def draw_undo(message_key: str, undo_key: str) -> dict[str, Any]:
    """The row with which somebody is offered to take back what they just did."""
    undo = {
        "type": "button",
        "action_id": UNDO.action_id,
        "text": plain(UNDO.label),
        "value": card_key(message_key, undo_key),
    }
    return {"type": "actions", "block_id": block_key("undo", message_key, "1"), "elements": [undo]}


def plain(words: str) -> dict[str, Any]:
    """Words of ours that are no markup."""
    return {"type": "plain_text", "text": words}


def _button(button: Button, facts: CardFacts) -> Element:
    drawn = {
        "type": "button",
        "action_id": button.action_id,
        "text": plain(button.label),
        "value": card_key(facts.message_key),
        "accessibility_label": cut(f"{button.label} {facts.short_id}", BUTTON_TEXT),
    }
    return drawn if button.style is None else drawn | {"style": button.style}


def _ask_for_assignee() -> Element:
    """A menu that asks us for its choices while somebody types, and at once when it is opened."""
    return {
        "type": "external_select",
        "action_id": ASSIGN.action_id,
        "placeholder": plain(ASSIGN.label),
        "min_query_length": 0,
    }


def _menu(facts: CardFacts) -> Iterator[Element]:
    for button in MENU:
        option = {"text": plain(button.label), "value": button.action_id}
        yield option | {"url": facts.issue_url} if button is OPEN else option
