"""The two cookies: the key of a sign-in, and the token of forms that are shown before it."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from tocsin.members.sessions import NewSignIn

SIGN_IN = "tocsin-sign-in"
FORM = "tocsin-form"


def read_cookie(request: Request, name: str, *, is_https: bool) -> str | None:
    """The cookie's value, if the browser sent it."""
    return request.cookies.get(_full_name(name, is_https=is_https))


def set_cookie(response: Response, name: str, value: str, *, is_https: bool, seconds: int | None = None) -> None:
    """Give the browser a cookie that no script reads; without `seconds` it goes when the browser is closed."""
    response.set_cookie(
        _full_name(name, is_https=is_https),
        value,
        max_age=seconds,
        path="/",
        secure=is_https,
        httponly=True,
        # Strict would sign people out of links that they follow from Slack.
        samesite="lax",
    )


def give_key(response: Response, new: NewSignIn, *, now: datetime, is_https: bool) -> None:
    """Let the browser go on under another key, for as long as its session lasts."""
    seconds = int((new.expires_at - now).total_seconds())
    set_cookie(response, SIGN_IN, new.key, is_https=is_https, seconds=seconds)


def drop_cookie(response: Response, name: str, *, is_https: bool) -> None:
    """Take the cookie back."""
    set_cookie(response, name, "", is_https=is_https, seconds=0)


def _full_name(name: str, *, is_https: bool) -> str:
    """Browsers hold `__Host-` cookies to TLS, this very host and the whole path (RFC 6265bis 4.1.3.2)."""
    return f"__Host-{name}" if is_https else name
