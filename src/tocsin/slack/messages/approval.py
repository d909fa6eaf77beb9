"""The message that asks somebody to decide about a request to come in, and that tells what was decided."""

from typing import Any

from tocsin.members.models import InviteStatus
from tocsin.notifications.approvals import ApprovalFacts
from tocsin.slack.messages import mrkdwn
from tocsin.slack.messages.buttons import Button, plain
from tocsin.slack.messages.card import CardMessage
from tocsin.slack.messages.keys import card_key
from tocsin.slack.messages.limits import FALLBACK_TEXT

NAME, EMAIL, TEAMS = 300, 600, 600

APPROVE = Button("member.approve", "Approve", "primary")
REJECT = Button("member.reject", "Reject")
SEE_MEMBERS = Button("member.see", "See members")

OUTCOMES = {
    InviteStatus.APPROVED: (":white_check_mark:", "approved"),
    InviteStatus.ACCEPTED: (":white_check_mark:", "approved"),
    InviteStatus.REJECTED: (":no_entry_sign:", "rejected"),
    InviteStatus.REVOKED: (":no_entry_sign:", "taken back"),
    InviteStatus.EXPIRED: (":white_check_mark:", "approved"),
}
"""What became of a request; before that it is a question."""


def draw_approval(facts: ApprovalFacts) -> CardMessage:
    """A question with its buttons, or the outcome with who decided and no button but the way to the page."""
    text = mrkdwn.escape_within(_plain(facts), FALLBACK_TEXT)
    words = _outcome(facts) if facts.status in OUTCOMES else _question(facts)
    section = {
        "type": "section",
        "block_id": f"request:{facts.version}",
        "text": {"type": "mrkdwn", "text": words, "verbatim": True},
    }
    return CardMessage(text, [section, _buttons(facts)])


def _question(facts: ApprovalFacts) -> str:
    who = f"*{_email(facts)}*" + (f" ({mrkdwn.escape_within(facts.name, NAME)})" if facts.name else "")
    organization = mrkdwn.escape_within(facts.organization, NAME)
    if facts.asked_by:
        asked = f"*{mrkdwn.escape_within(facts.asked_by, NAME)}* asks to invite {who} to {organization}"
    else:
        asked = f"{who} asks to join {organization}"
    return f":wave: {asked} as {facts.role}{mrkdwn.escape_within(_teams(facts), TEAMS)}."


def _outcome(facts: ApprovalFacts) -> str:
    sign, decision = OUTCOMES[facts.status]
    decided = f"{sign} {facts.request} for *{_email(facts)}* has been {decision} by {_decider(facts)}."
    return f"{decided} They came in." if facts.status == InviteStatus.ACCEPTED else decided


def _plain(facts: ApprovalFacts) -> str:
    if facts.status in OUTCOMES:
        return f"{facts.request} for {facts.email} has been {OUTCOMES[facts.status][1]} by {facts.decided_by}."
    who = f"{facts.asked_by} asks to invite {facts.email} to" if facts.asked_by else f"{facts.email} asks to join"
    return f"{who} {facts.organization} as {facts.role}{_teams(facts)}."


def _teams(facts: ApprovalFacts) -> str:
    """The teams that come with a yes, for each opens its projects."""
    return f", in {', '.join(f'#{slug}' for slug in facts.teams)}" if facts.teams else ""


def _buttons(facts: ApprovalFacts) -> dict[str, Any]:
    see = _button(SEE_MEMBERS, facts) | {"url": facts.members_url}
    decide = [] if facts.status in OUTCOMES else [_button(APPROVE, facts), _button(REJECT, facts)]
    return {"type": "actions", "block_id": f"decide:{facts.version}", "elements": [*decide, see]}


def _button(button: Button, facts: ApprovalFacts) -> dict[str, Any]:
    drawn = {
        "type": "button",
        "action_id": button.action_id,
        "text": plain(button.label),
        "value": card_key(facts.message_key),
    }
    return drawn if button.style is None else drawn | {"style": button.style}


def _email(facts: ApprovalFacts) -> str:
    return mrkdwn.escape_within(facts.email, EMAIL)


def _decider(facts: ApprovalFacts) -> str:
    return mrkdwn.escape_within(facts.decided_by, NAME)
