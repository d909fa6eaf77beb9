"""The proof that a request is Slack's: its signature over the raw bytes, under a secret that lives now."""

import re
from collections.abc import Sequence
from typing import TypeVar

from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier
from sqlalchemy.orm import Session
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request

from tocsin.chat.models import Integration
from tocsin.chat.workspaces import find_workspace, live_signing_secrets, open_signing_secret
from tocsin.http.deps import Deps
from tocsin.kernel.clock import Clock
from tocsin.kernel.secrets import SecretBox

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


def validate(session: Session, deps: Deps, headers: Headers, raw: bytes) -> list[str]:
    """The live secrets under which `raw` is signed; looks at nothing else of it.

    https://docs.slack.dev/authentication/verifying-requests-from-slack; a moment more than five minutes from now, on
    either side, is a replay or a clock that is wrong.

    Raises:
        HTTPException: 401, no live secret made this signature at this time; 503, there is no secret at all.
    """
    secrets = _live_secrets(session, deps)
    if not secrets:
        raise HTTPException(503)
    timestamp = _only(headers.getlist("X-Slack-Request-Timestamp"))
    signature = _only(headers.getlist("X-Slack-Signature"))
    if not timestamp or not TIMESTAMP.fullmatch(timestamp) or not signature or not SIGNATURE.fullmatch(signature):
        raise HTTPException(401)
    now = _Now(deps.clock)
    try:
        fitting = [secret for secret in secrets if SignatureVerifier(secret, now).is_valid(raw, timestamp, signature)]
    except UnicodeDecodeError as error:  # Slack signs text
        raise HTTPException(401) from error
    if not fitting:
        raise HTTPException(401)
    return fitting


def find_proved_workspace(
    session: Session, secret_box: SecretBox, team_ids: Sequence[str], fitting: Sequence[str]
) -> Integration | None:
    """The first workspace of `team_ids` that we know, if the request was signed by that workspace's own app.

    Whoever has an app of their own connected here can sign requests, and could name anybody's workspace in them.
    """
    for team_id in team_ids:
        integration = find_workspace(session, team_id)
        if integration is not None and integration.is_active:
            return integration if open_signing_secret(integration, secret_box) in fitting else None
    return None


def _live_secrets(session: Session, deps: Deps) -> list[str]:
    """Those of the workspaces, else the environment's: Slack checks the address before a workspace is connected."""
    configured = deps.settings.slack_signing_secret
    from_environment = [configured.get_secret_value()] if configured and configured.get_secret_value().strip() else []
    return live_signing_secrets(session, deps.secrets) or from_environment


def _only(values: list[Item]) -> Item | None:
    """The one value; a header that is there twice says nothing."""
    return values[0] if len(values) == 1 else None
