"""The form by which somebody says how urgent an issue is."""

from datetime import datetime

from sqlalchemy.orm import Session

from tocsin.issues.act import IssueAction
from tocsin.issues.models import IssuePriority
from tocsin.organizations.permit import Verb
from tocsin.slack.actions.issue import act_on_card
from tocsin.slack.answer import Answer
from tocsin.slack.messages.buttons import SET_PRIORITY
from tocsin.slack.messages.menus import Option
from tocsin.slack.messages.modals import Choose, Input
from tocsin.slack.press import Press
from tocsin.slack.views.row import Asked, FormError, Values, ViewRow

PRIORITY = "priority"


def ask(_session: Session, asked: Asked) -> tuple[Input, ...]:
    """The present priority is chosen at first."""
    options = tuple(Option(each.capitalize(), each) for each in IssuePriority)
    return (Choose(PRIORITY, "How urgent is it?", options, first=asked.issue.priority),)


def act(session: Session, press: Press, now: datetime) -> Answer | None:
    """Set the priority that the form says.

    Raises:
        FormError: it is none.
    """
    chosen = press.values.get(PRIORITY, "")
    if chosen not in set(IssuePriority):
        raise FormError(PRIORITY, "Choose one of these.")
    return act_on_card(session, press, IssueAction("set_priority", priority=IssuePriority(chosen)), now=now)


def blame(_values: Values) -> str:
    """There is one input."""
    return PRIORITY


PRIORITY_VIEW = ViewRow(
    label=SET_PRIORITY.label,
    title="Priority",
    submit="Set",
    verb=Verb.TRIAGE,
    doc="A form: how urgent the issue is.",
    ask=ask,
    act=act,
    blame=blame,
)
