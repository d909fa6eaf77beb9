"""A small real app in slack_bolt that posts an alert card and answers what people do with it."""

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from slack_simulator.running import Simulator

TOKEN = "xoxb-example-bot"
TEAMS = {"checkout": "Checkout", "payments": "Payments", "platform": "Platform"}
EXCERPT = (
    "TypeError: Cannot read properties of undefined (reading 'total')\n"
    "    at renderTotal (checkout/summary.tsx:48:22)\n"
    "    at Summary (checkout/summary.tsx:17:9)"
)

JSON = dict[str, Any]


def card(*, resolved_by: str | None = None) -> list[JSON]:
    """An alert as an error tracker draws it."""
    state = f":white_check_mark: Resolved by <@{resolved_by}>" if resolved_by else ":eyes: Unresolved"
    return [
        _section(":red_circle: *<https://errors.example/issues/12|TypeError: Cannot read properties of undefined>*"),
        _context(
            "checkout/summary.tsx in `renderTotal` · <!date^1790000000^first seen {date_short_pretty} at {time}|x>"
        ),
        _section(f"```{EXCERPT}```"),
        _section("environment: `production`  release: `web@4.12.0`  browser: `Firefox 132`"),
        {
            "type": "section",
            "fields": [
                _mrkdwn("*Events*\n1 284"),
                _mrkdwn("*People*\n317"),
                _mrkdwn(f"*State*\n{state}"),
                _mrkdwn("*Project*\ncheckout-web"),
            ],
        },
        {
            "type": "actions",
            "block_id": f"actions-{resolved_by or 'open'}",
            "elements": [
                _button("Reopen" if resolved_by else "Resolve", "resolve", style=None if resolved_by else "primary"),
                _button("Archive", "archive", confirm=_CONFIRM),
                _button("Details…", "details"),
                {"type": "users_select", "action_id": "assign", "placeholder": _plain("Assign to…")},
                {
                    "type": "overflow",
                    "action_id": "more",
                    "options": [_option("Mute for an hour", "mute"), _option("Copy the link", "copy")],
                },
            ],
        },
        _context(
            "*CART-12* via <https://errors.example/rules/1|Every new issue> · <!date^1790000000^{date_short}|today>"
        ),
    ]


def details_modal() -> JSON:
    """A modal with every kind of input that the product has."""
    return {
        "type": "modal",
        "callback_id": "details",
        "title": _plain("Resolve an issue"),
        "submit": _plain("Resolve"),
        "close": _plain("Cancel"),
        "blocks": [
            _section("*CART-12* TypeError: Cannot read properties of undefined"),
            _input(
                "why",
                "What was it?",
                {"type": "plain_text_input", "multiline": True, "placeholder": _plain("A sentence for the thread")},
            ),
            _input(
                "release",
                "Fixed in",
                {"type": "external_select", "min_query_length": 1, "placeholder": _plain("Choose a release")},
            ),
            _input("owner", "Who", {"type": "users_select", "placeholder": _plain("Choose a person")}),
            _input(
                "team",
                "Team",
                {"type": "static_select", "options": [_option(name, key) for key, name in TEAMS.items()]},
            ),
            _input("until", "Check again on", {"type": "datepicker"}, optional=True),
            _input(
                "how",
                "How",
                {
                    "type": "radio_buttons",
                    "options": [_option("Now", "now"), _option("In the next release", "next")],
                    "initial_option": _option("Now", "now"),
                },
            ),
            _input(
                "tell",
                "Tell",
                {"type": "checkboxes", "options": [_option("The thread", "thread"), _option("The channel", "channel")]},
                optional=True,
            ),
        ],
    }


def home(user: str) -> JSON:
    """The Home tab."""
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": _plain("Your issues :bug:")},
            _section(f"Hello <@{user}>, *two* issues are yours."),
            {"type": "divider"},
            {
                "type": "section",
                "text": _mrkdwn(
                    "*<https://errors.example/issues/12|CART-12>* TypeError: Cannot read properties of undefined"
                ),
                "accessory": _button("Resolve", "home-resolve"),
            },
        ],
    }


def build_app(client: AsyncWebClient, secret: str) -> AsyncApp:  # noqa: C901 -- one listener after the other
    """The app's listeners; each does one visible thing."""
    app = AsyncApp(client=client, signing_secret=secret, process_before_response=True)

    @app.action("resolve")
    async def resolve(ack: Any, body: JSON, client: AsyncWebClient) -> None:
        channel, ts, who = body["channel"]["id"], body["container"]["message_ts"], body["user"]["id"]
        was_open = body["actions"][0]["text"]["text"] == "Resolve"
        await client.chat_update(
            channel=channel, ts=ts, text="An error", blocks=card(resolved_by=who if was_open else None)
        )
        said = f":white_check_mark: <@{who}> resolved *CART-12*" if was_open else f"<@{who}> reopened *CART-12*"
        await client.chat_postMessage(channel=channel, thread_ts=ts, text=said)
        await ack()

    @app.action("archive")
    async def archive(ack: Any, body: JSON, respond: Any) -> None:
        await ack()
        await respond(text=f"Archived by <@{body['user']['id']}>", replace_original=False, response_type="ephemeral")

    @app.action("details")
    async def details(ack: Any, body: JSON, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=details_modal())
        await ack()

    @app.action("assign")
    async def assign(ack: Any, body: JSON, client: AsyncWebClient) -> None:
        channel, ts = body["channel"]["id"], body["container"]["message_ts"]
        chosen = body["actions"][0]["selected_user"]
        await client.chat_postMessage(channel=channel, thread_ts=ts, text=f"Assigned to <@{chosen}>")
        await ack()

    @app.action("more")
    async def more(ack: Any, body: JSON, client: AsyncWebClient) -> None:
        chosen = body["actions"][0]["selected_option"]["text"]["text"]
        await client.chat_postEphemeral(channel=body["channel"]["id"], user=body["user"]["id"], text=f"Done: {chosen}")
        await ack()

    @app.options("release")
    async def releases(ack: Any, payload: JSON) -> None:
        known = [f"web@4.{minor}.{patch}" for minor in range(10, 14) for patch in range(3)]
        await ack(options=[_option(each, each) for each in known if payload["value"] in each])

    @app.view("details")
    async def resolved(ack: Any, view: JSON, body: JSON, client: AsyncWebClient) -> None:
        values = view["state"]["values"]
        why = values["why"]["why"]["value"]
        if len(why) < 5:
            await ack(response_action="errors", errors={"why": "Say a little more."})
            return
        await ack()
        release, owner = (
            values["release"]["release"]["selected_option"]["value"],
            values["owner"]["owner"]["selected_user"],
        )
        text = f"<@{body['user']['id']}> resolved it in `{release}` with <@{owner}>: {why}"
        await client.chat_postMessage(channel="C0OPS", text=text)

    @app.event(re.compile(".*"))
    async def heard(event: JSON, client: AsyncWebClient) -> None:
        if event["type"] == "app_home_opened":
            await client.views_publish(user_id=event["user"], view=home(event["user"]))

    @app.command("/watch")
    async def watch(ack: Any, command: JSON) -> None:
        await ack(f"Watching *{command['text'] or 'everything'}* for you.")

    return app


@contextmanager
def running_app(sim: Simulator) -> Iterator[None]:
    """The app on a loopback port, known to the simulator as the place that everything is sent to."""
    ready: Future[tuple[asyncio.AbstractEventLoop, uvicorn.Server]] = Future()
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: asyncio.run(_serve(sim.url, listening, ready)))
    thread.start()
    loop, server = ready.result()
    sim.set_request_urls(f"http://127.0.0.1:{listening.getsockname()[1]}/slack/events")
    try:
        yield
    finally:
        loop.call_soon_threadsafe(setattr, server, "should_exit", True)
        thread.join()


async def _serve(
    api: str, listening: socket.socket, ready: Future[tuple[asyncio.AbstractEventLoop, uvicorn.Server]]
) -> None:
    handler = AsyncSlackRequestHandler(build_app(AsyncWebClient(token=TOKEN, base_url=api), "example-signing-secret"))

    async def endpoint(request: Request) -> Response:
        return await handler.handle(request)

    routes = [Route("/slack/events", endpoint, methods=["POST"])]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_config=None, lifespan="off"))
    ready.set_result((asyncio.get_running_loop(), server))
    await server.serve(sockets=[listening])


_PLAIN = "plain_text"


def _plain(text: str) -> JSON:
    return {"type": _PLAIN, "text": text, "emoji": True}


def _mrkdwn(text: str) -> JSON:
    return {"type": "mrkdwn", "text": text}


def _section(text: str) -> JSON:
    return {"type": "section", "text": _mrkdwn(text)}


def _context(text: str) -> JSON:
    return {"type": "context", "elements": [_mrkdwn(text)]}


def _option(text: str, value: str) -> JSON:
    return {"text": _plain(text), "value": value}


def _button(text: str, action_id: str, *, style: str | None = None, confirm: JSON | None = None) -> JSON:
    button = {
        "type": "button",
        "text": _plain(text),
        "action_id": action_id,
        "value": "CART-12",
        "style": style,
        "confirm": confirm,
    }
    return {name: value for name, value in button.items() if value is not None}


def _input(name: str, label: str, element: JSON, *, optional: bool = False) -> JSON:
    return {
        "type": "input",
        "block_id": name,
        "label": _plain(label),
        "optional": optional,
        "element": element | {"action_id": name},
    }


_CONFIRM = {
    "title": _plain("Archive this issue?"),
    "text": _mrkdwn("It stays quiet until it happens *again*."),
    "confirm": _plain("Archive"),
    "deny": _plain("Cancel"),
    "style": "danger",
}
