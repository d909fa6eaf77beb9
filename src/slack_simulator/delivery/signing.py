"""Slack's signature of a request (https://docs.slack.dev/authentication/verifying-requests-from-slack)."""

from __future__ import annotations

import hashlib
import hmac


def signature_headers(secret: str, body: bytes, *, timestamp: int) -> dict[str, str]:
    """`X-Slack-Request-Timestamp` and `X-Slack-Signature`; `timestamp` is real time in seconds since 1970."""
    base = b"v0:%d:%b" % (timestamp, body)
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={digest}"}
