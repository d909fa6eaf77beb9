"""A row of `ACTIONS`: everything there is to know about one button."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tocsin.organizations.permit import Verb
from tocsin.slack.answer import Handled
from tocsin.slack.edge import SlackEdge
from tocsin.slack.press import Press

Handler = Callable[[SlackEdge, Press], Awaitable[Handled]]
"""Does what the press asks, in one transaction, and gives what came of it: only the presser is told, if anybody."""


@dataclass(frozen=True, slots=True)
class ActionRow:
    """`label` is what the button says, `verb` what the person must be allowed, `doc` what comes of it."""

    label: str
    verb: Verb
    doc: str
    handler: Handler
