"""The two ways the simulator says no: Slack's error answers, and things a person in Slack cannot do."""

from __future__ import annotations

from typing import Any


class SlackError(Exception):
    """An `ok: false` answer of a Web API method; `code` is Slack's own error name."""

    def __init__(self, code: str, **fields: Any) -> None:  # noqa: ANN401 - whatever stands beside `error` in Slack's JSON
        super().__init__(code)
        self.code = code
        self.fields = fields

    def body(self) -> dict[str, Any]:
        """The JSON that Slack sends, e.g. `{"ok": false, "error": "missing_scope", "needed": "chat:write"}`."""
        return {"ok": False, "error": self.code, **self.fields}


class NotPossibleError(Exception):
    """What was asked cannot happen in Slack's own client, e.g. pressing a button that is not there."""


def invalid_arguments(*messages: str) -> SlackError:
    """`invalid_arguments` with the sentences that Slack puts into `response_metadata.messages`."""
    return SlackError(
        "invalid_arguments", response_metadata={"messages": [f"[ERROR] {message}" for message in messages]}
    )
