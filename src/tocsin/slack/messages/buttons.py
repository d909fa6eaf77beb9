"""The buttons of a card: which there are in which state, and the opaque key that each carries."""

from dataclasses import dataclass
from typing import Any

from tocsin.issues.models import IssueStatus
from tocsin.notifications.facts import CardFacts
from tocsin.slack.messages.limits import BUTTON_TEXT, cut

VALUE_VERSION = "v1"
"""Raised when a button's value means something else; an older card is then told apart from a forged one."""


@dataclass(frozen=True, slots=True)
class Button:
    """What a button shows and says: `action_id` is a row of `ACTIONS`."""

    action_id: str
    label: str
    style: str | None = None


RESOLVE = Button("issue.resolve", "Resolve", "primary")
RESOLVE_PLAINLY = Button("issue.resolve", "Resolve")
REOPEN = Button("issue.reopen", "Reopen")
ARCHIVE = Button("issue.archive_until_escalating", "Archive")
ARCHIVE_FOREVER = Button("issue.archive_forever", "Archive forever")
ASSIGN_ME = Button("issue.assign_me", "Assign to me")
UNASSIGN = Button("issue.unassign", "Unassign")

BUTTONS: dict[IssueStatus, tuple[Button, ...]] = {
    IssueStatus.UNRESOLVED: (RESOLVE, ARCHIVE, ARCHIVE_FOREVER),
    IssueStatus.RESOLVED: (REOPEN, ARCHIVE),
    IssueStatus.ARCHIVED: (REOPEN, RESOLVE_PLAINLY),
}
"""What a person can do in each state, but for who has the issue. Only one button is ever green."""


def draw_buttons(facts: CardFacts) -> list[dict[str, Any]]:
    """The buttons of the issue's present state, the one about its assignee last."""
    assignment = (ASSIGN_ME,) if facts.assignee is None else (UNASSIGN,)
    return [_draw(button, facts) for button in (*BUTTONS[facts.status], *assignment)]


def card_key(message_key: str) -> str:
    """The value of every button of one card."""
    return f"{VALUE_VERSION}:{message_key}"


def read_card_key(value: object) -> str | None:
    """The `message_key` in a button's value; `None` when no button of today's making says this."""
    version, _, message_key = value.partition(":") if isinstance(value, str) else ("", "", "")
    return message_key if version == VALUE_VERSION and 0 < len(message_key) <= 32 else None


def _draw(button: Button, facts: CardFacts) -> dict[str, Any]:
    drawn = {
        "type": "button",
        "action_id": button.action_id,
        "text": {"type": "plain_text", "text": button.label},
        "value": card_key(facts.message_key),
        "accessibility_label": cut(f"{button.label} {facts.short_id}", BUTTON_TEXT),
    }
    return drawn if button.style is None else drawn | {"style": button.style}
