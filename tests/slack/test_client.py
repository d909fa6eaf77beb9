import asyncio
import json
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.slack.wire import hangs_up, says, says_nothing, serving
from tocsin.kernel.ids import IntegrationId
from tocsin.slack.client import FRESH_SECONDS, TOTAL_SECONDS, SlackClient
from tocsin.slack.errors import (
    InstallDeadError,
    PlaceGoneError,
    RateLimitedError,
    SlackCallError,
    UncertainError,
    UnreachedError,
)

ACME = IntegrationId(1)
POSTED = b'{"ok": true, "ts": "1700000000.000100", "channel": "C1", "message": {}}'


@asynccontextmanager
async def calling(url: str, read_token=lambda _id: "xoxb-one", **more):
    async with SlackClient(url, read_token, **more) as client:
        yield client


async def post_to(answer, **client_arguments) -> tuple[Any, list[bytes]]:
    async with serving(answer) as wire, calling(wire.url, **client_arguments) as client:
        try:
            return await client.post_message(ACME, channel="C1", text="hello"), wire.requests
        except SlackCallError as error:
            return error, wire.requests


def test_a_message_goes_out_as_json_under_the_workspaces_own_token():
    answer, requests = asyncio.run(post_to(says(POSTED)))

    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert answer["ts"] == "1700000000.000100"
    assert b"Authorization: Bearer xoxb-one" in head
    assert json.loads(body) == {"channel": "C1", "text": "hello", "unfurl_links": False, "unfurl_media": False}


@pytest.mark.parametrize(
    "answer",
    [
        hangs_up,
        says(b"<html>sign in to the hotel's network</html>", kind="text/html"),
        says(b"upstream timed out", status="504 Gateway Timeout", kind="text/plain"),
        says(b"{", status="200 OK"),
        says(b"[1]"),
        says(b"7"),
        says(b"null"),
        says(b"\xff\xfe", kind="application/json"),
        says(b"[" * 100_000),
        says(b"ok", kind="text/plain"),
        says(b""),
        says(b'{"ok": true}'),
        says(b'{"ok": true, "ts": 1700000000.0001}'),
        says(b'{"ok": false, "error": "internal_error"}'),
        says(b'{"ok": false, "error": "never heard of"}'),
        says(b"{}", status="500 Internal Server Error"),
    ],
)
def test_an_answer_that_says_nothing_leaves_the_post_uncertain_and_is_not_asked_for_twice(answer):
    error, requests = asyncio.run(post_to(answer))

    assert (type(error), len(requests)) == (UncertainError, 1)


def test_a_server_that_drips_is_given_up_at_the_deadline_for_the_whole_call(monkeypatch):
    monkeypatch.setattr("tocsin.slack.client.TOTAL_SECONDS", 0.05)  # the deadline is ten seconds in earnest

    error, requests = asyncio.run(post_to(says_nothing))

    assert (type(error), len(requests)) == (UncertainError, 1)


def test_no_call_may_last_longer_than_ten_seconds():
    async def read_timeout():
        async with calling("http://127.0.0.1:1/api/") as client:
            return client.session.timeout

    assert asyncio.run(read_timeout()) == aiohttp.ClientTimeout(total=TOTAL_SECONDS, sock_connect=3.0)


def test_a_connection_that_never_came_about_wrote_nothing():
    async def post_to_nobody():
        server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        async with calling(f"http://127.0.0.1:{port}/api/") as client:
            await client.post_message(ACME, channel="C1", text="hello")

    with pytest.raises(UnreachedError):
        asyncio.run(post_to_nobody())


def test_being_told_to_slow_down_says_for_how_long():
    limit = says(b'{"ok": false, "error": "ratelimited"}', status="429 Too Many Requests", headers="Retry-After: 7\r\n")

    error, _ = asyncio.run(post_to(limit))

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == 7


def test_a_refusal_names_what_stands_in_the_way():
    error, _ = asyncio.run(post_to(says(b'{"ok": false, "error": "is_archived"}')))

    assert isinstance(error, PlaceGoneError)


def test_a_workspace_connected_anew_elsewhere_is_called_with_its_new_token():
    tokens = iter(["xoxb-old", "xoxb-new"])
    answers = iter([b'{"ok": false, "error": "token_revoked"}', POSTED])

    async def answer(writer):
        await says(next(answers))(writer)

    answer_got, requests = asyncio.run(post_to(answer, read_token=lambda _id: next(tokens)))

    assert answer_got["ok"] is True
    assert [b"xoxb-new" in request for request in requests] == [False, True]


def test_a_workspace_connected_anew_with_another_app_is_soon_called_with_its_token_though_the_old_one_works():
    tokens, now = iter(["xoxb-old", "xoxb-new"]), [0.0]

    async def post_three_times() -> list[bytes]:
        def read(_id):
            return next(tokens)

        async with serving(says(POSTED)) as wire, calling(wire.url, read, monotonic=lambda: now[0]) as client:
            for moment in (0.0, FRESH_SECONDS - 0.1, FRESH_SECONDS):
                now[0] = moment
                await client.post_message(ACME, channel="C1", text="hello")
            return wire.requests

    requests = asyncio.run(post_three_times())

    assert [b"xoxb-new" in request for request in requests] == [False, False, True]


def test_a_dead_token_is_not_tried_twice():
    error, requests = asyncio.run(post_to(says(b'{"ok": false, "error": "token_revoked"}')))

    assert (type(error), len(requests)) == (InstallDeadError, 1)


def test_reading_methods_put_their_arguments_into_the_query_as_slack_wants_them():
    async def read():
        async with serving(says(b'{"ok": true, "messages": []}')) as wire, calling(wire.url) as client:
            await client.history(ACME, channel="C1", oldest="1700000000.000100")
            return wire.requests[0]

    line = asyncio.run(read()).split(b"\r\n")[0]

    assert line.startswith(b"GET /api/conversations.history?")
    assert b"include_all_metadata=1" in line
    assert b"oldest=1700000000.000100" in line
