"""Every button that there is: `action_id` to its row. A new button is a new row here, and drawn in `messages/`."""

from tocsin.issues.act import ISSUE_ACTIONS
from tocsin.slack.actions.issue import FAMILY, handle_issue_actions
from tocsin.slack.actions.row import ActionRow
from tocsin.slack.messages import buttons
from tocsin.slack.messages.buttons import Button


def _issue(button: Button, doc: str) -> tuple[str, ActionRow]:
    verb = ISSUE_ACTIONS[button.action_id.removeprefix(FAMILY)].verb
    return button.action_id, ActionRow(button.label, verb, doc, handle_issue_actions)


ACTIONS: dict[str, ActionRow] = dict(
    [
        _issue(buttons.RESOLVE, "The issue is resolved; when it comes back, it is a regression and opens a new card."),
        _issue(buttons.REOPEN, "A resolved or archived issue is unresolved again."),
        _issue(buttons.ARCHIVE, "The issue is put aside until it escalates."),
        _issue(buttons.ARCHIVE_FOREVER, "The issue is put aside, whatever it does."),
        _issue(buttons.ASSIGN_ME, "Whoever presses has the issue."),
        _issue(buttons.UNASSIGN, "Nobody has the issue any more."),
    ]
)

FAMILIES = sorted({action_id.partition(".")[0] for action_id in ACTIONS})
"""The first words of the ids; Bolt has one listener for each."""
