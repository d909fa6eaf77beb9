"""The style sheet, the scripts and the drawings of all pages; served from memory, cached by their content."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tocsin.http.headers import protect

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
FOREVER = "public, max-age=31536000, immutable"
"""For an address that names the content: a changed file has another address."""
ASK_EACH_TIME = "no-cache"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file; `version` is the beginning of its SHA-256."""

    content: bytes
    content_type: str
    version: str


def _load() -> dict[str, StaticFile]:
    loaded = {}
    for entry in files("tocsin.http").joinpath("static").iterdir():
        content_type = CONTENT_TYPES.get(entry.name[entry.name.rfind(".") :])
        if content_type is not None:
            content = entry.read_bytes()
            loaded[entry.name] = StaticFile(content, content_type, hashlib.sha256(content).hexdigest()[:12])
    return loaded


FILES = _load()


def static_address(name: str) -> str:
    """Where a page finds the file, for as long as its content stays the same."""
    return f"/static/{name}?v={FILES[name].version}"


async def serve_static(request: Request) -> Response:
    """Give a file out; the only pages' response that a proxy may keep."""
    file = FILES.get(request.path_params["name"])
    if file is None:
        return protect(Response("There is no such file.", status_code=404, media_type="text/plain"))
    etag = f'"{file.version}"'
    named = request.query_params.get("v") == file.version
    headers = {"Cache-Control": FOREVER if named else ASK_EACH_TIME, "ETag": etag}
    if request.headers.get("If-None-Match") == etag:
        return protect(Response(status_code=304, headers=headers))
    return protect(Response(file.content, media_type=file.content_type, headers=headers))


def static_routes() -> list[Route]:
    """The one route under which every page finds its files."""
    return [Route("/static/{name}", serve_static, name="static")]
