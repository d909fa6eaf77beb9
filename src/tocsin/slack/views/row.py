"""A row of `VIEWS`: everything there is to know about one form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from tocsin.issues.models import Issue
from tocsin.kernel.errors import InvalidInputError, NotFoundError
from tocsin.organizations.permit import Verb
from tocsin.slack.answer import Answer
from tocsin.slack.messages.modals import Input
from tocsin.slack.press import Press

Values = Mapping[str, str]
"""What a form holds, by the name of the input; what is empty is not there."""


class FormError(InvalidInputError):
    """One input of a form cannot be taken as it is."""

    code = "slack.form"

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name


class RuleGoneError(NotFoundError):
    """The rule that posted the card is no longer there."""

    code = "slack.rule_gone"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form is drawn for: `issue` of the card, and the card's opaque key."""

    issue: Issue
    message_key: str
    now: datetime


@dataclass(frozen=True, slots=True)
class ViewRow:
    """`label` is what leads to the form, `verb` what the person must be allowed, `doc` what comes of it."""

    label: str
    title: str
    submit: str
    verb: Verb
    doc: str
    ask: Callable[[Session, Asked], tuple[Input, ...]]
    """The inputs, as they begin."""
    act: Callable[[Session, Press, datetime], Answer | str | None]
    """Does what the filled-in form asks, in one transaction; raises `FormError` for an input that is wrong."""
    blame: Callable[[Values], str]
    """Under which input a refusal by the domain stands."""
