"""Submitting a form: asked again who it is and whether they may, in the transaction that does it."""

import textwrap

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.activities.describe import describe, plain_text
from tocsin.activities.models import Activity
from tocsin.chat.models import InboundDelivery
from tocsin.issues.models import Issue
from tocsin.kernel.errors import InvalidInputError, TocsinError, WriterBusyError
from tocsin.slack.actions.presser import find_issue_of_card
from tocsin.slack.actions.refusals import api_error, refuse_stranger
from tocsin.slack.actions.repeats import answer_repeat, is_corrected, is_first_delivery
from tocsin.slack.answer import Answer, Refused, Submitted, Wrong
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
TAKEN = (
    "This form was taken as you first sent it{deed}. What it says now was not applied: "
    "to do that, too, close the form and press the card's button again."
)
DEED_LENGTH = 200
"""Characters of what was done that are told under an input, where there is little room."""


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


def _submit(edge: SlackEdge, press: Press, row: ViewRow) -> Submitted:
    now = edge.deps.clock()
    with write_press(edge.deps.database, press.arrived) as session:
        if not is_first_delivery(session, press, now=now):
            return _answer_again(session, press, row)
        said = row.act(session, press, now)
    return Answer(said) if isinstance(said, str) else said


def _answer_again(session: Session, press: Press, row: ViewRow) -> Submitted:
    """A form whose answer got lost stays open: who corrects it and sends it again must not take it for done."""
    if not is_corrected(session, press):
        return answer_repeat(session, press)
    return Wrong({row.blame(press.values): TAKEN.format(deed=_tell_deed(session, press))})


def _tell_deed(session: Session, press: Press) -> str:
    """What the first submission did to the issue, in the words of its history; empty where it did something else."""
    found = find_issue_of_card(session, press, press.card_key)
    if found is None:
        return ""
    done = session.execute(
        select(Activity, Issue.short_id)
        .join(Issue, Issue.id == Activity.issue_id)
        .join(InboundDelivery, InboundDelivery.received_at == Activity.at)
        .where(
            InboundDelivery.key == press.delivery_key,
            Activity.issue_id == found[0],
            Activity.integration_id == press.integration_id,
            Activity.slack_user_id == press.slack_user_id,
        )
        .order_by(Activity.id.desc())
        .limit(1)
    ).one_or_none()
    sentence = None if done is None else describe(done[0])
    if done is None or sentence is None:
        return ""
    return f" ({textwrap.shorten(plain_text(sentence, issue=done[1]), DEED_LENGTH, placeholder=' …')})"
