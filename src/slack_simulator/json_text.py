"""JSON as it travels: strict when read, and able to say back whatever was read."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response


def read_json(text: str | bytes) -> Any:  # noqa: ANN401 - any JSON
    """The value; raises ValueError for what is no JSON, NaN and Infinity included, or nests too deep."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deep") from None


def json_response(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer in ASCII, because a lone surrogate that an app sent cannot be written in UTF-8."""
    return Response(json.dumps(body), status, headers, "application/json")


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
