"""The client: every call to Slack's Web API goes out once, with a deadline, and ends in an answer or an error."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
from prometheus_client import Counter, Histogram
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tocsin.kernel.ids import IntegrationId
from tocsin.kernel.metrics import REGISTRY
from tocsin.slack.errors import InstallDeadError, SlackCallError, UncertainError, UnreachedError, read_refusal

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0
"""A slow answer is given up as a whole, not byte by byte: a drip would reset any read timeout for ever."""
CONNECTIONS = 50

READ_METHODS = frozenset(
    {
        "chat.getPermalink",
        "conversations.history",
        "conversations.info",
        "conversations.list",
        "conversations.members",
        "conversations.replies",
        "team.info",
        "users.conversations",
        "users.info",
        "users.list",
        "users.lookupByEmail",
    }
)
"""Slack takes the arguments of these from the query or a form, never from JSON (docs.slack.dev/apis/web-api)."""

CALLS = Counter("tocsin_slack_calls", "Calls to Slack's Web API.", ["method", "outcome"], registry=REGISTRY)
SECONDS = Histogram("tocsin_slack_call_seconds", "How long Slack took to answer.", ["method"], registry=REGISTRY)

# The SDK's own debug lines would hold message texts; ours never do.
_silent = logging.getLogger("tocsin.slack.sdk")
_silent.setLevel(logging.WARNING)

TokenReader = Callable[[IntegrationId], str]
"""Reads a workspace's bot token from the database; called in a worker thread.

Raises `InstallDeadError` or a `NotFoundError` when the workspace has none that may be used.
"""

NOT_WRITTEN = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""What aiohttp raises while there is no connection yet, so before a byte of the request was written."""

UNREADABLE = (ValueError, TypeError, AttributeError, RecursionError)
"""What slack_sdk raises on a body that is JSON but no object, or no text at all."""


FRESH_SECONDS = 10.0
"""For so long a token is believed. A workspace may be connected anew with another app while the token of the old one
still works, and buttons of cards that the old one went on posting would be answered by nobody."""


@dataclass(frozen=True, slots=True)
class _Workspace:
    token: str
    web: AsyncWebClient
    until: float
    """For so long the token is believed, in monotonic seconds."""


class SlackClient:
    """All workspaces' calls over one connection pool. It belongs to the event loop in which it was opened.

    Nothing is ever sent twice behind the caller's back: `retry_handlers=[]` (slack_sdk's default re-sends a post whose
    connection dropped). Every method returns Slack's answer as a plain dict, or raises a `SlackCallError`:
    `RateLimitedError`, `UnreachedError`, `UncertainError` or a `RefusedError`.
    """

    def __init__(
        self, api_url: str, read_token: TokenReader, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._api_url = api_url
        self._read_token = read_token
        self._monotonic = monotonic
        self._session: aiohttp.ClientSession | None = None
        self._workspaces: dict[IntegrationId, _Workspace] = {}

    async def __aenter__(self) -> Self:
        self.session  # noqa: B018 -- opens the pool in this loop
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection; the client may be used again, and opens new ones."""
        session, self._session = self._session, None
        self._workspaces.clear()
        if session is not None:
            await session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The one connection pool, opened at its first use inside the running loop."""
        if self._session is None:
            # With a session of ours the SDK's own `timeout` is not used, so the deadline stands here.
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=TOTAL_SECONDS, sock_connect=CONNECT_SECONDS),
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            )
        return self._session

    async def post_message(
        self,
        integration_id: IntegrationId,
        *,
        channel: str,
        text: str,
        blocks: list[dict[str, Any]] | None = None,
        thread_ts: str | None = None,
        reply_broadcast: bool | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """`chat.postMessage`; `answer["ts"]` is the new message's id.

        A reply whose parent is gone is posted at the channel's root; the only sign is that `answer["message"]` has no
        `thread_ts` (slack-go/slack#1571), which the caller checks.
        """
        answer = await self.call(
            integration_id,
            "chat.postMessage",
            channel=channel,
            text=text,
            blocks=blocks,
            thread_ts=thread_ts,
            reply_broadcast=reply_broadcast,
            metadata=metadata,
            unfurl_links=False,
            unfurl_media=False,
        )
        return _with_ts("chat.postMessage", answer)

    async def update_message(
        self,
        integration_id: IntegrationId,
        *,
        channel: str,
        ts: str,
        text: str,
        blocks: list[dict[str, Any]],
    ) -> dict[str, Any]:
        """`chat.update`: draw a message anew. Doing it twice is doing it once; metadata stays as it was."""
        answer = await self.call(integration_id, "chat.update", channel=channel, ts=ts, text=text, blocks=blocks)
        return _with_ts("chat.update", answer)

    async def delete_message(self, integration_id: IntegrationId, *, channel: str, ts: str) -> dict[str, Any]:
        """`chat.delete`: take a message of ours away."""
        return await self.call(integration_id, "chat.delete", channel=channel, ts=ts)

    async def post_ephemeral(
        self,
        integration_id: IntegrationId,
        *,
        channel: str,
        user: str,
        text: str,
        blocks: list[dict[str, Any]] | None = None,
        thread_ts: str | None = None,
    ) -> dict[str, Any]:
        """`chat.postEphemeral`: a word that only `user` sees, and that nobody finds again."""
        return await self.call(
            integration_id,
            "chat.postEphemeral",
            channel=channel,
            user=user,
            text=text,
            blocks=blocks,
            thread_ts=thread_ts,
        )

    async def history(
        self,
        integration_id: IntegrationId,
        *,
        channel: str,
        oldest: str | None = None,
        cursor: str | None = None,
        limit: int = 200,
    ) -> dict[str, Any]:
        """One page of `conversations.history`, newest first and without replies, metadata included."""
        return await self.call(
            integration_id,
            "conversations.history",
            channel=channel,
            oldest=oldest,
            inclusive=True,
            include_all_metadata=True,
            cursor=cursor,
            limit=limit,
        )

    async def replies(
        self,
        integration_id: IntegrationId,
        *,
        channel: str,
        thread_ts: str,
        oldest: str | None = None,
        cursor: str | None = None,
        limit: int = 200,
    ) -> dict[str, Any]:
        """One page of `conversations.replies`, the parent first, metadata included."""
        return await self.call(
            integration_id,
            "conversations.replies",
            channel=channel,
            ts=thread_ts,
            oldest=oldest,
            inclusive=True,
            include_all_metadata=True,
            cursor=cursor,
            limit=limit,
        )

    async def open_direct_message(self, integration_id: IntegrationId, user: str) -> str:
        """The channel id of the direct message with `user`, opened when there is none yet."""
        answer = await self.call(integration_id, "conversations.open", users=user)
        channel = answer.get("channel")
        if not isinstance(channel, dict) or not isinstance(channel.get("id"), str):
            raise UncertainError("conversations.open", "no_channel", detail="ok, but without a channel")
        return channel["id"]

    async def call(self, integration_id: IntegrationId, method: str, **arguments: object) -> dict[str, Any]:
        """Call `method` with the workspace's own token; arguments that are `None` are left out.

        Raises:
            SlackCallError: one of the family in `slack.errors`.
        """
        workspace = await self._workspace(integration_id)
        try:
            answer, _ = await _call(workspace.web, method, arguments)
        except InstallDeadError:
            # Another process may have connected the workspace anew. A refused token did nothing, so the same call
            # may go out once more under the new one.
            self.forget_token(integration_id)
            renewed = await self._workspace(integration_id)
            if renewed.token == workspace.token:
                raise
            answer, _ = await _call(renewed.web, method, arguments)
        return answer

    async def call_with_token(self, token: str, method: str, **arguments: object) -> dict[str, Any]:
        """Call `method` with a token that belongs to no workspace of ours yet."""
        answer, _ = await _call(self._web(token), method, arguments)
        return answer

    async def test_token(self, token: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        """`auth.test` and the scopes that the token has, which Slack tells in a header of every answer."""
        answer, headers = await _call(self._web(token), "auth.test", {})
        scopes = (scope.strip() for scope in headers.get("x-oauth-scopes", "").split(","))
        return answer, tuple(scope for scope in scopes if scope)

    async def renew_token(self, integration_id: IntegrationId) -> str:
        """The workspace's token as it is stored now, which calls are made with from now on.

        Raises:
            InstallDeadError: there is none that can be read.
        """
        token = await asyncio.to_thread(self._read_token, integration_id)
        known = self._workspaces.get(integration_id)
        if known is not None and known.token != token:
            self.forget_token(integration_id)
        return token

    def forget_token(self, integration_id: IntegrationId) -> None:
        """Read the workspace's token again at its next call."""
        self._workspaces.pop(integration_id, None)

    async def _workspace(self, integration_id: IntegrationId) -> _Workspace:
        known = self._workspaces.get(integration_id)
        if known is None or self._monotonic() >= known.until:
            token = await asyncio.to_thread(self._read_token, integration_id)
            web = known.web if known is not None and known.token == token else self._web(token)
            known = self._workspaces[integration_id] = _Workspace(token, web, self._monotonic() + FRESH_SECONDS)
        return known

    def _web(self, token: str) -> AsyncWebClient:
        return AsyncWebClient(
            token=token, base_url=self._api_url, session=self.session, retry_handlers=[], logger=_silent
        )


Answer = tuple[dict[str, Any], Mapping[str, str]]
"""The body of Slack's answer, and its headers."""


async def _call(web: AsyncWebClient, method: str, arguments: dict[str, object]) -> Answer:
    """One request on the wire; counts it, whatever becomes of it."""
    outcome, began = "cancelled", time.perf_counter()
    try:
        answer = await _request(web, method, {key: value for key, value in arguments.items() if value is not None})
    except SlackCallError as error:
        outcome = error.code
        raise
    else:
        outcome = "ok"
        return answer
    finally:
        CALLS.labels(method, outcome).inc()
        SECONDS.labels(method).observe(time.perf_counter() - began)


async def _request(web: AsyncWebClient, method: str, arguments: dict[str, object]) -> Answer:
    try:
        if method in READ_METHODS:
            response = await web.api_call(method, http_verb="GET", params=arguments)
        else:
            response = await web.api_call(method, json=arguments)
    except SlackApiError as error:
        raise _refusal(method, error) from error
    except NOT_WRITTEN as error:
        raise UnreachedError(method, type(error).__name__) from error
    except (aiohttp.ClientError, TimeoutError, OSError, *UNREADABLE) as error:
        raise UncertainError(method, type(error).__name__) from error
    answer = response.data
    if not isinstance(answer, dict):
        raise UncertainError(method, "unreadable", detail="an answer that is no JSON object")
    return answer, response.headers


def _refusal(method: str, error: SlackApiError) -> SlackCallError:
    """slack_sdk hands over its own response, or aiohttp's when the body was no JSON."""
    response: Any = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", 0)
    return read_refusal(method, status, getattr(response, "headers", {}), getattr(response, "data", None))


def _with_ts(method: str, answer: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(answer.get("ts"), str):
        raise UncertainError(method, "no_ts", detail="ok, but without the message's id")
    return answer
