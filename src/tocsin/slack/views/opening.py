"""Opening a form: authorised first, and within the three seconds in which Slack lets a press open one."""

import asyncio
import time
from typing import Any

import structlog

from tocsin.issues.models import Issue
from tocsin.kernel.db import read
from tocsin.kernel.errors import TocsinError
from tocsin.slack.actions.presser import permit_on_card
from tocsin.slack.actions.refusals import api_error, refuse_stranger
from tocsin.slack.answer import Handled, Refused, Repeated
from tocsin.slack.edge import SlackEdge
from tocsin.slack.errors import SlackCallError, TriggerGoneError, UncertainError
from tocsin.slack.messages.modals import draw_form
from tocsin.slack.press import Press
from tocsin.slack.views.row import Asked, ViewRow
from tocsin.slack.views.seal import seal_card
from tocsin.slack.views.table import VIEWS

log = structlog.get_logger()

OPEN_SECONDS = 2.0
"""From the press coming in to Slack's answer; the acknowledgement waits for it."""

EXCHANGED = "exchanged_trigger_id"
"""Slack's word for a trigger that opened its form already. Nobody has it but us: the same press came before."""

TOO_LATE = (
    "That came later than Slack lets a press open a form. If you see none, please press again; nothing was done yet."
)
UNSURE = "Slack did not say whether it shows the form. If you do not see it, please press again; nothing was done yet."
NOT_OPENED = "Slack would not show the form ({reason}), so nothing was done. Everything can be done in Tocsin, too."


async def open_view(edge: SlackEdge, press: Press) -> Handled:
    """Show the form that the button leads to; the only call to Slack that comes before an acknowledgement.

    https://docs.slack.dev/reference/methods/views.open: a `trigger_id` lives three seconds and opens one form.
    """
    row = VIEWS[press.action_id]
    if refusal := await refuse_stranger(edge, press, row.verb):
        return refusal
    try:
        view = await edge.in_thread(_draw, edge, press, row)
    except TocsinError as error:
        return await edge.in_thread(api_error, edge.deps, press, error, row.verb)
    return await _show(edge, press, view)


async def _show(edge: SlackEdge, press: Press, view: dict[str, Any]) -> Refused | Repeated | None:
    try:
        async with asyncio.timeout(max(0.0, OPEN_SECONDS - (time.monotonic() - press.arrived))):
            await edge.client.call(press.integration_id, "views.open", trigger_id=press.trigger_id, view=view)
    except TriggerGoneError as error:
        # To note the press first, as others are noted, would make its form wait for the writer.
        return Repeated() if error.slack_code == EXCHANGED else Refused(TOO_LATE)
    except (TimeoutError, UncertainError) as error:
        log.warning("slack.view.unsure", reason=str(error))
        return Refused(UNSURE)
    except SlackCallError as error:
        log.warning("slack.view.not_opened", slack_code=error.slack_code, detail=error.detail)
        return Refused(NOT_OPENED.format(reason=error.slack_code))
    return None


def _draw(edge: SlackEdge, press: Press, row: ViewRow) -> dict[str, Any]:
    deps = edge.deps
    with read(deps.database) as session:
        issue_id, _ = permit_on_card(session, press, row.verb)
        asked = Asked(session.get_one(Issue, issue_id), press.card_key or "", deps.clock())
        return draw_form(
            callback_id=press.action_id,
            title=row.title,
            submit=row.submit,
            sealed=seal_card(deps.secrets, press),
            inputs=row.ask(session, asked),
        )
