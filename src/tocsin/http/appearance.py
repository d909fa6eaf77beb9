"""Light or dark: what the system says, unless somebody chose otherwise in this browser."""

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "tocsin-appearance"
CHOICES = ("light", "dark")
ONE_YEAR = 365 * 86_400


def appearance_of(request: Request) -> str:
    """`light` or `dark` as it was chosen; empty where the system decides."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in CHOICES else ""


def keep_appearance(response: Response, chosen: str, *, is_https: bool) -> None:
    """Remember the choice in this browser; anything but `CHOICES` leaves it to the system."""
    is_known = chosen in CHOICES
    response.set_cookie(
        COOKIE,
        chosen if is_known else "",
        max_age=ONE_YEAR if is_known else 0,
        secure=is_https,
        httponly=True,
        samesite="lax",
    )
