"""What SDKs send goes straight to its endpoint: these requests are the many, and need nothing that pages do."""

import re
from collections.abc import Iterable

import structlog
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

PLACE = "/api/{project_id:int}"
ADDRESS = re.compile(r"/api/([0-9]{1,18})(/[a-z]+/?)")
METHODS = frozenset({"POST", "OPTIONS"})

log = structlog.get_logger()


class IngestFirst:
    """The application, whose endpoints for SDKs are found without its router and its handling of errors for people.

    Everything else, and what is asked of those addresses by another method, goes the usual way.
    """

    def __init__(self, application: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        """`routes` are those of `application`."""
        self._application = application
        self._endpoints: dict[str, ASGIApp] = {
            route.path.removeprefix(PLACE): route.app
            for route in routes
            if isinstance(route, Route) and route.path.startswith(PLACE)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or take part in the server's life."""
        found = ADDRESS.fullmatch(scope["path"]) if scope["type"] == "http" and scope["method"] in METHODS else None
        endpoint = self._endpoints.get(found[2]) if found else None
        if found is None or endpoint is None:
            await self._application(scope, receive, send)
            return
        scope["path_params"] = {"project_id": int(found[1])}
        try:
            await endpoint(scope, receive, send)
        except Exception:  # the outermost place that can still answer
            log.exception("ingest.failed", path=scope["path"])
            failed = JSONResponse({"detail": "something went wrong on our side"}, status_code=500)
            await failed(scope, receive, send)
