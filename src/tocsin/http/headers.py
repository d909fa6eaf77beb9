"""The headers that make a browser distrust whatever a page might carry; added to every response that lacks them."""

from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PRIVATE = "no-store"
"""`Cache-Control` of whatever is shown to one person: no copy stays in the browser or in a proxy."""

HEADERS: tuple[tuple[str, str], ...] = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    # Issue addresses name the organization; an outside page that a person opens from an event learns nothing.
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cache-Control", PRIVATE),
)
HTTPS_HEADERS = (("Strict-Transport-Security", "max-age=31536000"),)


class SecurityHeaders:
    """ASGI middleware; a header that the response brings already is left as it is."""

    def __init__(self, app: ASGIApp, *, is_https: bool = False) -> None:
        self.app = app
        self.headers = HEADERS + (HTTPS_HEADERS if is_https else ())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_missing(MutableHeaders(scope=message), self.headers)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _add_missing(present: MutableHeaders, headers: Iterable[tuple[str, str]]) -> None:
    for name, value in headers:
        present.setdefault(name, value)
