"""The proof that a request is Slack's: its signature over the raw bytes, under a secret that lives now."""

import re
from collections.abc import Sequence
from typing import TypeVar

from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request

from tocsin.http.deps import Deps
from tocsin.kernel.clock import Clock
from tocsin.slack.workspaces import Workspace

MOST_BYTES = 1024 * 1024
"""Slack's own largest payload, a view, is 250 kB."""

TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)

Item = TypeVar("Item")


class _Now(SignatureClock):
    """slack_sdk asks for whole seconds since 1970."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock().timestamp()


async def read_body(request: Request) -> bytes:
    """The raw bytes, which are what was signed.

    Raises:
        HTTPException: 413, more than a mebibyte; what is beyond is not read.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413)
    return bytes(body)


def validate(deps: Deps, workspaces: Sequence[Workspace], headers: Headers, raw: bytes) -> list[Workspace]:
    """Those of the `workspaces` whose app signed `raw`; looks at nothing else of it.

    Whoever has an app of their own connected here can sign requests, and could name anybody's workspace in them: so a
    request counts for these workspaces only. While none is connected the secret in the environment counts, too: Slack
    checks the address before a workspace is connected.

    https://docs.slack.dev/authentication/verifying-requests-from-slack; a moment more than five minutes from now, on
    either side, is a replay or a clock that is wrong.

    Raises:
        HTTPException: 401, no live secret made this signature at this time; 503, there is no secret that can be read.
    """
    configured = deps.settings.slack_signing_secret
    is_first = not any(workspace.is_active for workspace in workspaces)
    first_secret = "" if not is_first or configured is None else configured.get_secret_value().strip()
    if not any(workspace.signing_secrets for workspace in workspaces) and not first_secret:
        raise HTTPException(503)
    timestamp = _only(headers.getlist("X-Slack-Request-Timestamp"))
    signature = _only(headers.getlist("X-Slack-Signature"))
    if not timestamp or not TIMESTAMP.fullmatch(timestamp) or not signature or not SIGNATURE.fullmatch(signature):
        raise HTTPException(401)

    def fits(*secrets: str) -> bool:
        # Each is tried, whichever fits: how long it takes tells nothing of which secret it was.
        signing = [
            each for each in secrets if SignatureVerifier(each, _Now(deps.clock)).is_valid(raw, timestamp, signature)
        ]
        return bool(signing)

    try:
        fitting = [workspace for workspace in workspaces if fits(*workspace.signing_secrets)]
        if not fitting and not (first_secret and fits(first_secret)):
            raise HTTPException(401)
    except UnicodeDecodeError as error:  # Slack signs text
        raise HTTPException(401) from error
    return fitting


def _only(values: list[Item]) -> Item | None:
    """The one value; a header that is there twice says nothing."""
    return values[0] if len(values) == 1 else None
