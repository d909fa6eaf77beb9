"""Submitting a form: asked again who it is and whether they may, in the transaction that does it."""

import structlog

from tocsin.kernel.errors import InvalidInputError, TocsinError, WriterBusyError
from tocsin.slack.actions.refusals import api_error, refuse_stranger
from tocsin.slack.actions.repeats import answer_repeat, is_first_delivery
from tocsin.slack.answer import Answer, Handled, Refused, Submitted, Wrong
from tocsin.slack.edge import SlackEdge, write_press
from tocsin.slack.press import Press
from tocsin.slack.views.row import FormError, ViewRow
from tocsin.slack.views.seal import FormForeignError, open_sealed
from tocsin.slack.views.table import VIEWS

log = structlog.get_logger()

FORM_FOREIGN = (
    "This form was opened by an older version of Tocsin, or by somebody else, so nothing was done. "
    "Please close it and press the card's button again."
)
BUSY = "The database was busy, so nothing was done. Please submit again."


def open_view(edge: SlackEdge, press: Press) -> Press | Refused:
    """The press as one on the card that the form was opened from, or why it is none."""
    try:
        return open_sealed(edge.deps.secrets, press)
    except FormForeignError as error:
        log.warning("slack.form.foreign", reason=str(error))
        return Refused(FORM_FOREIGN)


async def submit_view(edge: SlackEdge, opened: Press) -> Submitted:
    """Do what the form asks; gives what becomes of the form. `opened` comes from `open_view`."""
    row = VIEWS.get(opened.action_id)
    if row is None:
        return Refused(FORM_FOREIGN)
    if refusal := await refuse_stranger(edge, opened, row.verb):
        return refusal
    return await _answer(edge, opened, row)


async def _answer(edge: SlackEdge, press: Press, row: ViewRow) -> Submitted:
    """What can be mended is said under its input, and what cannot in the form's place."""
    try:
        return await edge.in_thread(_submit, edge, press, row)
    except FormError as error:
        return Wrong({error.name: str(error)})
    except WriterBusyError:
        return Wrong({row.blame(press.values): BUSY})
    except InvalidInputError as error:
        return Wrong({row.blame(press.values): str(error)})
    except TocsinError as error:
        return await edge.in_thread(api_error, edge.deps, press, error, row.verb)


def _submit(edge: SlackEdge, press: Press, row: ViewRow) -> Handled:
    now = edge.deps.clock()
    with write_press(edge.deps.database, press.arrived) as session:
        if not is_first_delivery(session, press, now=now):
            return answer_repeat(session, press)
        said = row.act(session, press, now)
    return Answer(said) if isinstance(said, str) else said
