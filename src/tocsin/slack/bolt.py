"""Bolt: matches a proved request with its listener, and turns whatever a listener does into an answer for Slack."""

import logging
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from tocsin.kernel.crash_points import crash_point
from tocsin.kernel.ids import random_key
from tocsin.slack.actions.table import ACTIONS, FAMILIES
from tocsin.slack.edge import SlackEdge
from tocsin.slack.press import Press
from tocsin.slack.workspaces import Workspace

log = structlog.get_logger()

NOT_UNDERSTOOD = (
    "This version of Tocsin does not know that button, so nothing was done. "
    "The card is probably older or newer than this server."
)
FAILED = (
    "Something went wrong on Tocsin's side, and what you asked for was probably not done. "
    "Please look at the card and press again; for whoever runs this Tocsin, the log's reference is {reference}."
)

# Bolt's own warnings hold whole request bodies.
_silent = logging.getLogger("tocsin.slack.bolt")
_silent.setLevel(logging.CRITICAL)

EVERYTHING = re.compile(".*", re.DOTALL)


@dataclass(slots=True)
class Gesture:
    """What a listener is given, and what it leaves to be said to the person once Slack has its answer."""

    workspace: Workspace
    press: Press | None
    answer: str | None = None


Dispatch = Callable[[bytes, Gesture], Coroutine[Any, Any, None]]


def make_dispatch(edge: SlackEdge) -> Dispatch:
    """The way through Bolt for one process. Whatever happens, Slack's request counts as taken."""
    app = _make_app()

    async def on_action(ack: AsyncAck, context: AsyncBoltContext) -> None:
        gesture: Gesture = context["gesture"]
        row = None if gesture.press is None else ACTIONS.get(gesture.press.action_id)
        if gesture.press is None or row is None:
            await on_anything(ack, context)
            return
        gesture.answer = await row.handler(edge, gesture.press)
        crash_point("press.before_answer")
        await ack()

    async def on_anything(ack: AsyncAck, context: AsyncBoltContext) -> None:
        log.info("slack.gesture.not_understood")
        context["gesture"].answer = NOT_UNDERSTOOD
        await ack()

    for family in FAMILIES:
        app.action(re.compile(rf"{re.escape(family)}\."))(on_action)
    # Last, because Bolt answers 404 to what no listener matches, and Slack counts that as a failure of ours.
    for listen in (app.action, app.view, app.view_closed, app.shortcut, app.options, app.command, app.event):
        listen(EVERYTHING)(on_anything)

    async def dispatch(raw: bytes, gesture: Gesture) -> None:
        headers: dict[str, str | Sequence[str]] = {"content-type": "application/x-www-form-urlencoded"}
        try:
            request = AsyncBoltRequest(body=raw.decode(), headers=headers, context={"gesture": gesture})
        except (ValueError, RecursionError):  # Bolt reads the parts that we skip, and Python's JSON has other limits
            log.warning("slack.gesture.not_readable")
            gesture.answer = NOT_UNDERSTOOD
            return
        answer = await app.async_dispatch(request)
        if answer.status != 200:
            log.warning("slack.gesture.unmatched", status=answer.status)

    return dispatch


def _make_app() -> AsyncApp:
    """Bolt without the checks that stand before it here: the signature is proved, the workspace found."""
    app = AsyncApp(
        name="tocsin",
        logger=_silent,
        client=AsyncWebClient(logger=_silent, retry_handlers=[]),
        authorize=_authorize,
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        attaching_function_token_enabled=False,
    )
    app.error(_on_error)
    return app


async def _authorize(context: AsyncBoltContext) -> AuthorizeResult:
    """The workspace that the signature proved. No token is handed to Bolt: calls go through our own client."""
    workspace: Workspace = context["gesture"].workspace
    return AuthorizeResult(
        enterprise_id=context.enterprise_id,
        team_id=workspace.team_id,
        user_id=context.user_id,
        bot_id=workspace.bot_id,
        bot_user_id=workspace.bot_user_id,
    )


async def _on_error(error: Exception, context: AsyncBoltContext) -> BoltResponse:
    reference = random_key(8)
    log.error("slack.gesture.failed", reference=reference, exc_info=error)
    context["gesture"].answer = FAILED.format(reference=reference)
    return BoltResponse(status=200)
