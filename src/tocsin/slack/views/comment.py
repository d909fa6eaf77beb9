"""The form by which somebody says something about an issue."""

from datetime import datetime

from sqlalchemy.orm import Session

from tocsin.issues.act import IssueAction
from tocsin.organizations.permit import Verb
from tocsin.slack.actions.issue import act_on_card
from tocsin.slack.answer import Answer
from tocsin.slack.messages.buttons import COMMENT
from tocsin.slack.messages.modals import Input, Write
from tocsin.slack.press import Press
from tocsin.slack.views.row import Asked, FormError, Values, ViewRow

TEXT = "text"
SAID = "Your comment is kept with the issue, and told in the threads of channels that want comments."


def ask(_session: Session, _asked: Asked) -> tuple[Input, ...]:
    """Room for some lines."""
    return (Write(TEXT, "What is to be said", lines=True, required=True),)


def act(session: Session, press: Press, now: datetime) -> Answer | str:
    """Keep the comment.

    Raises:
        FormError: there is none.
    """
    if TEXT not in press.values:
        raise FormError(TEXT, "Write something.")
    return act_on_card(session, press, IssueAction("comment", text=press.values[TEXT]), now=now) or SAID


def blame(_values: Values) -> str:
    """There is one input."""
    return TEXT


COMMENT_VIEW = ViewRow(
    label=COMMENT.label,
    title="Comment",
    submit="Comment",
    verb=Verb.COMMENT,
    doc="A form: something is said about the issue, as its page and its threads tell it.",
    ask=ask,
    act=act,
    blame=blame,
)
