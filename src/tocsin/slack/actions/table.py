"""Every button that there is: `action_id` to its row. A new button is a new row here, and drawn in `messages/`."""

from tocsin.issues.act import ISSUE_ACTIONS
from tocsin.organizations.permit import Verb
from tocsin.slack.actions.approval import handle_member_approval
from tocsin.slack.actions.issue import FAMILY, handle_issue_actions, handle_undo
from tocsin.slack.actions.link import acknowledge
from tocsin.slack.actions.row import ActionRow
from tocsin.slack.messages import approval, buttons
from tocsin.slack.messages.buttons import Button
from tocsin.slack.views.opening import open_view
from tocsin.slack.views.table import VIEWS


def _issue(button: Button, doc: str) -> tuple[str, ActionRow]:
    verb = ISSUE_ACTIONS[button.action_id.removeprefix(FAMILY)].verb
    return button.action_id, ActionRow(button.label, verb, doc, handle_issue_actions)


ACTIONS: dict[str, ActionRow] = dict(
    [
        _issue(buttons.RESOLVE, "The issue is resolved; when it comes back, it is a regression and opens a new card."),
        _issue(buttons.REOPEN, "A resolved or archived issue is unresolved again."),
        _issue(buttons.ARCHIVE, "The issue is put aside until it escalates."),
        _issue(buttons.ASSIGN_ME, "Whoever presses has the issue."),
        _issue(buttons.ASSIGN, "A menu: whoever is chosen has the issue, or nobody."),
        _issue(buttons.UNASSIGN, "Nobody has the issue any more."),
        *((action_id, ActionRow(row.label, row.verb, row.doc, open_view)) for action_id, row in VIEWS.items()),
    ]
) | {
    buttons.UNDO.action_id: ActionRow(
        buttons.UNDO.label,
        Verb.TRIAGE,
        "For five minutes, and if nobody changed it since, the issue is as it was before.",
        handle_undo,
    ),
    buttons.OPEN.action_id: ActionRow(
        buttons.OPEN.label, Verb.SEE, "The issue's page opens in the browser.", acknowledge
    ),
    approval.APPROVE.action_id: ActionRow(
        approval.APPROVE.label,
        Verb.EDIT_MEMBERS,
        "The request is approved, and its person gets a link by mail.",
        handle_member_approval,
    ),
    approval.REJECT.action_id: ActionRow(
        approval.REJECT.label,
        Verb.EDIT_MEMBERS,
        "The request is rejected, and everybody who was asked sees by whom.",
        handle_member_approval,
    ),
    approval.SEE_MEMBERS.action_id: ActionRow(
        approval.SEE_MEMBERS.label, Verb.SEE, "The page of members and requests opens in the browser.", acknowledge
    ),
}

FAMILIES = sorted({action_id.partition(".")[0] for action_id in ACTIONS})
"""The first words of the ids; Bolt has one listener for each."""
