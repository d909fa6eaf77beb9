"""The control API: `POST /_control/<name>` with a JSON object of arguments answers `{"result": …}`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from slack_simulator.controls import run_control
from slack_simulator.engine import Engine
from slack_simulator.errors import NotPossibleError
from slack_simulator.json_text import json_response, read_json


def control_route(engine: Engine) -> Route:
    """The one route of all controls; 409 with a sentence when something is not possible, 400 for no JSON object."""

    async def control(request: Request) -> Response:
        try:
            arguments = read_json(await request.body() or b"{}")
        except ValueError:
            arguments = None
        if not isinstance(arguments, dict):
            return json_response({"error": "send a JSON object"}, 400)
        try:
            return json_response({"result": await run_control(engine, request.path_params["name"], arguments)})
        except NotPossibleError as refused:
            return json_response({"error": str(refused)}, 409)

    return Route("/_control/{name}", control, methods=["POST"])
