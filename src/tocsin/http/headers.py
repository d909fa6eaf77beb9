"""The headers that make a browser distrust whatever a page might carry."""

from starlette.responses import Response

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Issue addresses name the organization; an outside page that a person opens from an event learns nothing.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    # What is shown to one person leaves no copy in the browser or in a proxy.
    "Cache-Control": "no-store",
}
ONE_YEAR = "max-age=31536000"


def protect(response: Response, *, is_https: bool = False) -> Response:
    """Add the headers that `response` does not bring itself, and give it back."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if is_https:
        response.headers.setdefault("Strict-Transport-Security", ONE_YEAR)
    return response
