"""Slack's request addresses: each request is proved first, and whoever sent a proved one gets an answer that helps."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import structlog
from starlette.background import BackgroundTask
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tocsin.http.deps import Deps
from tocsin.kernel.crash_points import crash_point
from tocsin.kernel.errors import WriterBusyError
from tocsin.slack.answer import Answer
from tocsin.slack.bolt import NO_OPTIONS, Gesture, make_dispatch
from tocsin.slack.client import SlackClient
from tocsin.slack.deletions import is_own, note_deletion
from tocsin.slack.edge import SlackEdge
from tocsin.slack.lifecycle import NotLookedError, follow
from tocsin.slack.lifecycle_payloads import read_lifecycle
from tocsin.slack.linking import linking_routes
from tocsin.slack.messages.modals import draw_notice, draw_replacement
from tocsin.slack.metrics import (
    COMMAND,
    EVENT,
    LATE,
    Outcome,
    count_gesture,
    count_refused,
    kind_of,
    observe_answer,
)
from tocsin.slack.payloads import (
    Command,
    EventRequest,
    MalformedPayloadError,
    Nothing,
    Told,
    read_anything,
    read_command,
    read_deletion,
    read_event,
    read_interaction,
)
from tocsin.slack.people import People
from tocsin.slack.press import FORM, Press, get_logging_data, read_press
from tocsin.slack.respond import is_slack_address, respond, send_slack_response
from tocsin.slack.validate import read_body, validate
from tocsin.slack.workspaces import Workspace, Workspaces

log = structlog.get_logger()

DEADLINE_SECONDS = 2.5
"""Slack takes an answer for 3 s; the rest is for the network."""
CHALLENGE_CHARACTERS = 200
PROVED_AT_ONCE = 64 * 1024
"""Bytes times secrets up to which a proof is made where the request is read: it takes less time than finding a
thread does, while presses that wait for the writer may hold all of them."""

NOT_CONNECTED = (
    "This Slack workspace is not connected to this Tocsin, so nothing was done. "
    "Somebody who manages workspaces there can connect it on the page Slack."
)
UNDER_WAY = "Under way"
STILL_WORKING = "Tocsin is still working on it; the card will show what came of it."
NOT_YET = "Tocsin does not do that yet. Its cards, their buttons and their threads work."

Payload = TypeVar("Payload", Told, EventRequest, Command, Nothing)


def slack_routes(deps: Deps, client: SlackClient) -> list[Route]:
    """Slack's addresses, which are those of a Slack app made for a self-hosted Sentry, and the pages for linking."""
    workspaces = Workspaces(deps.database, deps.secrets, deps.clock)
    requests = SlackRequests(SlackEdge(deps, client, People(), workspaces))
    return [
        Route("/extensions/slack/action/", requests.post_action, methods=["POST"]),
        Route("/extensions/slack/options-load/", requests.post_options_load, methods=["POST"]),
        Route("/extensions/slack/event/", requests.post_event, methods=["POST"]),
        Route("/extensions/slack/commands/", requests.post_command, methods=["POST"]),
        Route("/extensions/slack/setup/", requests.set_up, methods=["GET", "POST"]),
        *linking_routes(deps),
    ]


class SlackRequests:
    """The handlers of Slack's requests in one process."""

    def __init__(self, edge: SlackEdge) -> None:
        self._edge = edge
        self._dispatch = make_dispatch(edge)

    async def post_action(self, request: Request) -> Response:
        """A gesture: done, refused with a reason, or provably not done, before Slack's three seconds are over."""
        arrived = time.monotonic()
        told, workspace = await self._receive(request, read_interaction)
        kind = kind_of(told.interaction.type)
        if workspace is None:
            count_gesture(kind, Outcome.UNCONNECTED)
            return _say(NOT_CONNECTED, BackgroundTask(self._tell_unconnected, told.interaction.response_url))
        crash_point("press.proved")
        press = read_press(told.interaction, workspace, arrived=arrived)
        gesture = Gesture(workspace, press)
        with structlog.contextvars.bound_contextvars(**({} if press is None else get_logging_data(press))):
            # A task of its own: what has begun is finished, even when the answer could not wait for it.
            work = asyncio.create_task(self._dispatch(told.text, gesture))
            await asyncio.wait({work}, timeout=DEADLINE_SECONDS - (time.monotonic() - arrived))
            in_time = work.done()
            background = BackgroundTask(self._answer, work, gesture, in_time=in_time)
            body = gesture.body if in_time else _under_way(press)
            observe_answer(kind, arrived)
            return Response(background=background) if body is None else JSONResponse(body, background=background)

    async def post_options_load(self, request: Request) -> Response:
        """The choices of a menu, while somebody types; none in a workspace that is not connected."""
        arrived = time.monotonic()
        told, workspace = await self._receive(request, read_interaction)
        kind = kind_of(told.interaction.type)
        if workspace is None:
            count_gesture(kind, Outcome.UNCONNECTED)
            return JSONResponse(NO_OPTIONS)
        gesture = Gesture(workspace, read_press(told.interaction, workspace, arrived=arrived))
        await self._dispatch(told.text, gesture)
        observe_answer(kind, arrived)
        return JSONResponse(gesture.body or NO_OPTIONS)

    async def post_event(self, request: Request) -> Response:
        """The handshake when the address is entered, and what Slack tells of our messages, of channels and of the app.

        All else is taken and left alone. What is answered with 200 is stored; Slack sends the rest again.
        """
        arrived = time.monotonic()
        event, workspace = await self._receive(request, read_event)
        if event.type == "url_verification":
            count_gesture(EVENT, Outcome.DONE)
            # As text of no other kind, so that nothing which was signed can become a page.
            return PlainTextResponse((event.challenge or "")[:CHALLENGE_CHARACTERS])
        work = None if workspace is None else self._find_work(event, workspace, arrived)
        if work is None:
            count_gesture(EVENT, _of_no_use(workspace))
            return PlainTextResponse(NOT_YET)
        return await self._heed(work)

    async def post_command(self, request: Request) -> Response:
        """A slash command; Slack shows the answer to whoever typed it."""
        _, workspace = await self._receive(request, read_command)
        count_gesture(COMMAND, _of_no_use(workspace))
        return _say(NOT_CONNECTED if workspace is None else NOT_YET)

    async def set_up(self, request: Request) -> Response:
        """Where Slack sends a browser after an installation."""
        if request.method == "POST":
            await self._receive(request, read_anything)
        return PlainTextResponse(
            "Tocsin does not install itself from here yet. Connect the workspace on Tocsin's page Slack, "
            "or with `tocsin slack connect`."
        )

    def _find_work(self, event: EventRequest, workspace: Workspace, arrived: float) -> Awaitable[bool] | None:
        """What an event leads to, which answers whether anything came of it; none for one that nobody heeds."""
        deletion = read_deletion(event)
        if deletion is not None and is_own(deletion, event, workspace):
            return self._edge.in_thread(note_deletion, self._edge, workspace, deletion, arrived=arrived)
        lifecycle = read_lifecycle(event)
        return None if lifecycle is None else follow(self._edge, workspace, lifecycle, arrived=arrived)

    async def _heed(self, work: Awaitable[bool]) -> Response:
        """Do what an event leads to.

        Raises:
            WriterBusyError, HTTPException: 503, nothing was done; Slack tells it again.
        """
        try:
            has_effect = await work
        except WriterBusyError:
            count_refused(503)
            raise
        except NotLookedError as error:
            count_refused(503)
            raise HTTPException(503) from error
        count_gesture(EVENT, Outcome.DONE if has_effect else Outcome.UNKNOWN)
        return Response()

    async def _receive(self, request: Request, parse: Callable[[bytes], Payload]) -> tuple[Payload, Workspace | None]:
        """Prove a request, then read it, then find its workspace; `None` for one that is not connected.

        Raises:
            HTTPException: 413 too long, 503 no secret to prove it with, 401 not proved, 400 proved but not understood.
        """
        try:
            raw = await read_body(request)
            known = self._edge.workspaces.find_known()
            if known is not None and len(raw) * sum(len(each.signing_secrets) for each in known) <= PROVED_AT_ONCE:
                return _prove(self._edge.deps, known, request.headers, raw, parse)
            return await self._edge.in_thread(_look_and_prove, self._edge, request.headers, raw, parse)
        except HTTPException as error:
            count_refused(error.status_code)
            raise

    async def _answer(self, work: asyncio.Task[None], gesture: Gesture, *, in_time: bool) -> None:
        """After Slack has its answer: tell the person what came of it, where neither card nor form will."""
        crash_point("press.after_answer")
        if not in_time:
            LATE.inc()
        if gesture.press is not None and not in_time:
            log.warning("slack.press.late", **get_logging_data(gesture.press))
            if gesture.press.kind != FORM:
                await respond(self._edge, gesture.press, STILL_WORKING)
        await work
        said = gesture.answer or (None if in_time else gesture.refusal)
        if gesture.press is not None and said is not None:
            await respond(self._edge, gesture.press, said)

    async def _tell_unconnected(self, response_url: str | None) -> None:
        if response_url is not None and is_slack_address(response_url, self._edge.deps.settings.slack_api_url):
            await send_slack_response(self._edge.client, response_url, Answer(NOT_CONNECTED))


def _look_and_prove(
    edge: SlackEdge, headers: Headers, raw: bytes, parse: Callable[[bytes], Payload]
) -> tuple[Payload, Workspace | None]:
    return _prove(edge.deps, edge.workspaces.all(), headers, raw, parse)


def _prove(
    deps: Deps,
    workspaces: Sequence[Workspace],
    headers: Headers,
    raw: bytes,
    parse: Callable[[bytes], Payload],
) -> tuple[Payload, Workspace | None]:
    fitting = validate(deps, workspaces, headers, raw)
    try:
        payload = parse(raw)
    except MalformedPayloadError as error:
        raise HTTPException(400) from error
    connected = [each for each in fitting if each.is_active]
    named = (each for team_id in payload.team_ids for each in connected if each.team_id == team_id)
    return payload, next(named, None)


def _of_no_use(workspace: Workspace | None) -> Outcome:
    """What becomes of a request that nothing is done with."""
    return Outcome.UNCONNECTED if workspace is None else Outcome.UNKNOWN


def _under_way(press: Press | None) -> dict[str, Any] | None:
    """What a form is answered with whose outcome is not known yet; a button needs no more than the acknowledgement."""
    if press is None or press.kind != FORM:
        return None
    return draw_replacement(draw_notice(UNDER_WAY, STILL_WORKING))


def _say(sentence: str, background: BackgroundTask | None = None) -> Response:
    answer = {"response_type": "ephemeral", "replace_original": False, "text": sentence}
    return JSONResponse(answer, background=background)
