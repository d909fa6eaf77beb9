"""Bolt: matches a proved request with its listener, and turns whatever a listener does into an answer for Slack."""

import logging
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from tocsin.kernel.crash_points import crash_point
from tocsin.kernel.ids import random_key
from tocsin.slack.actions.refusals import redraw_outdated, refuse
from tocsin.slack.actions.table import ACTIONS, FAMILIES
from tocsin.slack.answer import Answer, Refused, Submitted, Wrong
from tocsin.slack.edge import SlackEdge
from tocsin.slack.messages.modals import draw_errors, draw_notice, draw_replacement
from tocsin.slack.metrics import OUTCOMES, Outcome, count_gesture, kind_of
from tocsin.slack.options import load_options
from tocsin.slack.press import FORM, TYPING, Press
from tocsin.slack.views.submitting import open_view, submit_view
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

NOT_DONE = "Not done"
NO_OPTIONS: dict[str, Any] = {"options": []}

# Bolt's own warnings hold whole request bodies.
_silent = logging.getLogger("tocsin.slack.bolt")
_silent.setLevel(logging.CRITICAL)

NOT_READABLE = (AttributeError, LookupError, RecursionError, TypeError, ValueError, msgspec.DecodeError)
"""What Bolt raises on a payload that lacks a part: it reads those that we skip.

Whatever goes wrong in a listener of ours comes to `_on_error` instead.
"""
EVERYTHING = re.compile(".*", re.DOTALL)


@dataclass(slots=True)
class Gesture:
    """What a listener is given, and what it leaves to be said to the person once Slack has its answer."""

    workspace: Workspace
    press: Press | None
    answer: Answer | str | None = None
    """Said to the presser alone, afterwards."""
    body: dict[str, Any] | None = None
    """What Slack's request itself is answered with: a menu's choices, or what becomes of a form."""
    refusal: str | None = None
    """What `body` tells, in words, for when Slack no longer waits for it."""
    outcome: Outcome = Outcome.UNKNOWN


Dispatch = Callable[[str, Gesture], Coroutine[Any, Any, None]]
"""Takes the JSON that tells of a gesture, and what its listener is given."""


class Listeners:
    """What Bolt calls for each kind of gesture; what they leave in `Gesture` is said by whoever dispatched it."""

    def __init__(self, edge: SlackEdge) -> None:
        self._edge = edge

    async def on_action(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        """A button, or a menu where something was chosen."""
        gesture: Gesture = context["gesture"]
        row = None if gesture.press is None else ACTIONS.get(gesture.press.action_id)
        if gesture.press is None or row is None:
            await self.on_anything(ack, context)
            return
        _take(gesture, await row.handler(self._edge, gesture.press))
        crash_point("press.before_answer")
        await ack()

    async def on_form(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        """A form that was submitted."""
        gesture: Gesture = context["gesture"]
        if gesture.press is None:
            await self.on_anything(ack, context)
            return
        opened = open_view(self._edge, gesture.press)
        if isinstance(opened, Refused):
            _take(gesture, opened)
        else:
            gesture.press = opened  # at once: even an unexpected failure is told beside the card, if it comes late
            submitted = await submit_view(self._edge, opened)
            crash_point("press.before_answer")
            _take(gesture, submitted)
        await ack()

    async def on_typing(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        """A menu that asks for its choices."""
        gesture: Gesture = context["gesture"]
        if gesture.press is None:
            gesture.body = NO_OPTIONS
        else:
            choices = await load_options(self._edge, gesture.press)
            gesture.body, gesture.outcome = choices.body, choices.outcome
        await ack(options=[])

    async def on_anything(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        """What nobody here knows. It may well be what an older card had, which then learns what it has instead."""
        log.info("slack.gesture.not_understood")
        gesture: Gesture = context["gesture"]
        if gesture.press is None:
            gesture.answer = NOT_UNDERSTOOD
        elif gesture.press.outdated_key is not None:
            _take(gesture, await redraw_outdated(self._edge, gesture.press))
        else:
            edge = self._edge
            _take(gesture, await edge.in_thread(refuse, edge.deps, gesture.press, lambda _session: NOT_UNDERSTOOD))
        if gesture.outcome is Outcome.REFUSED:
            gesture.outcome = Outcome.UNKNOWN
        await ack()


def make_dispatch(edge: SlackEdge) -> Dispatch:
    """The way through Bolt for one process. Whatever happens, Slack's request counts as taken."""
    app, listeners = _make_app(), Listeners(edge)
    for family in FAMILIES:
        app.action(re.compile(rf"{re.escape(family)}\."))(listeners.on_action)
    app.view_submission(EVERYTHING)(listeners.on_form)
    app.options(EVERYTHING)(listeners.on_typing)
    # Last, because Bolt answers 404 to what no listener matches, and Slack counts that as a failure of ours.
    for listen in (app.action, app.view_closed, app.shortcut, app.command, app.event):
        listen(EVERYTHING)(listeners.on_anything)

    async def dispatch(text: str, gesture: Gesture) -> None:
        await _run(app, text, gesture)
        count_gesture(kind_of(None if gesture.press is None else gesture.press.kind), gesture.outcome)

    return dispatch


async def _run(app: AsyncApp, text: str, gesture: Gesture) -> None:
    try:
        # As what comes over a socket: Bolt would take the form apart once more, and its JSON ten times as slowly.
        body = msgspec.json.decode(text)
        request = AsyncBoltRequest(body=body, context={"gesture": gesture}, mode="socket_mode")
        answer = await app.async_dispatch(request)
    except NOT_READABLE:
        log.warning("slack.gesture.not_readable")
        _tell(gesture, NOT_UNDERSTOOD, Outcome.UNKNOWN)
        return
    if answer.status != 200:
        log.warning("slack.gesture.unmatched", status=answer.status)
        _tell(gesture, NOT_UNDERSTOOD, Outcome.UNKNOWN)


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
    _tell(context["gesture"], FAILED.format(reference=reference), Outcome.FAILED)
    return BoltResponse(status=200)


def _tell(gesture: Gesture, sentence: str, outcome: Outcome) -> None:
    """Say that nothing came of it, where this kind of gesture has room for it."""
    kind = None if gesture.press is None else gesture.press.kind
    if kind == TYPING:
        gesture.body = NO_OPTIONS
    elif kind == FORM:
        _take(gesture, Refused(sentence))
    else:
        gesture.answer = sentence
    gesture.outcome = outcome


def _take(gesture: Gesture, handled: Submitted) -> None:
    """Leave what is to be said of it. A form tells its refusals itself, and is closed where nothing is left."""
    gesture.outcome = OUTCOMES[type(handled)]
    is_form = gesture.press is not None and gesture.press.kind == FORM
    match handled:
        case Wrong(errors):
            gesture.body, gesture.refusal = draw_errors(errors), " ".join(errors.values())
        case Refused(sentence) if is_form:
            gesture.body, gesture.refusal = draw_replacement(draw_notice(NOT_DONE, sentence)), sentence
        case Refused(sentence):
            gesture.answer = sentence
        case Answer():
            gesture.answer = handled
