"""The arguments of one Web API call, however they travelled, and their reading as Slack reads them."""

from __future__ import annotations

import json
import re
from typing import Any

from slack_simulator.errors import SlackError, invalid_arguments
from slack_simulator.json_text import read_json

_TRUE = {"1", "true", "True", "yes"}
_NAME = re.compile(r"[A-Za-z0-9_]{1,60}")
_TS = re.compile(r"\d{1,10}(\.\d{1,6})?")


class Arguments:
    """Named values of a call: text from a query or a form, any JSON from a JSON body; null is as good as absent."""

    def __init__(self, values: dict[str, Any]) -> None:
        if any(not _NAME.fullmatch(name) for name in values):
            raise SlackError("invalid_arg_name")
        self._values = {name: value for name, value in values.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def as_sent(self) -> dict[str, Any]:
        return dict(self._values)

    def text(self, name: str) -> str | None:
        """The value as text; numbers become text, as they do in a form. None when absent or empty."""
        value = self._values.get(name)
        if value is None or value == "" or isinstance(value, (dict, list)):
            return None
        return value if isinstance(value, str) else json.dumps(value)

    def required(self, name: str) -> str:
        """Like `text`; raises `invalid_arguments` in Slack's words when there is none."""
        value = self.text(name)
        if value is None:
            raise invalid_arguments(f"missing required field: {name}")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self._values.get(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        return str(value) in _TRUE

    def structure(self, name: str, *, otherwise: str) -> Any:  # noqa: ANN401 - any JSON the app sent
        """The JSON value, parsed when it came as text; raises the error `otherwise` when that is no JSON."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return read_json(value)
        except ValueError:
            raise SlackError(otherwise) from None

    def limit(self, *, default: int, most: int) -> int:
        """`limit` as a page size; raises `invalid_limit`."""
        text = self.text("limit")
        if text is None:
            return default
        if not re.fullmatch(r"-?\d{1,9}", text) or int(text) < 0:
            raise SlackError("invalid_limit")
        return min(int(text) or default, most)

    def moment(self, name: str, *, otherwise: str) -> str | None:
        """A time as a comparable ts ("1700000000.000100"), whatever its digits; raises the error `otherwise`."""
        text = self.text(name)
        if text is None:
            return None
        if text == "now" and name == "latest":
            return None
        if not _TS.fullmatch(text):
            raise SlackError(otherwise)
        seconds, _, fraction = text.partition(".")
        return f"{seconds.rjust(10, '0')}.{fraction.ljust(6, '0')}"

    def listing(self, name: str) -> list[str]:
        """Comma-separated text, or a JSON array, as a list of trimmed words."""
        value = self._values.get(name)
        words = value if isinstance(value, list) else str(value or "").split(",")
        return [str(word).strip() for word in words if str(word).strip()]
