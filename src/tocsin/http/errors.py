"""What each error looks like in a browser: a status, a sentence, and what to do next; never a traceback."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from tocsin.chat.platform import ChatRefusedError, ChatTokenRefusedError
from tocsin.http.appearance import appearance_of
from tocsin.http.forms import ForgedFormError
from tocsin.http.headers import protect
from tocsin.http.templates import environment
from tocsin.issues.errors import IssueDeletedError
from tocsin.kernel.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    TocsinError,
    UnreachableError,
    WriterBusyError,
)
from tocsin.members.errors import NotAllowedError, TooManyTriesError

Handler = Callable[[Request, Exception], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What is said about one kind of error beside its own sentence."""

    status: int
    title: str
    advice: str


NOT_FOUND = ErrorPage(
    404,
    "There is nothing here",
    "The address may be mistyped, the thing may be gone, or it belongs to a project that you may not see. "
    "Whoever gave you the link can tell you which; an owner of your organization can let you in.",
)
INVALID = ErrorPage(400, "That could not be used", "Go back, change it and try again.")
CONFLICT = ErrorPage(409, "Somebody was faster", "Go back and reload the page to see how things stand.")
DELETED = ErrorPage(
    410,
    "This issue was deleted",
    "Its events, counts and history are gone for good. Should the same happen again, a new issue tells of it.",
)
FAILED = ErrorPage(
    500,
    "Something went wrong on our side",
    "What you did may not have been done. Try again; if it happens again, tell whoever runs this Tocsin: "
    "the server's log says what happened at this very minute.",
)
PAGES: tuple[tuple[type[TocsinError], ErrorPage], ...] = (
    (NotFoundError, NOT_FOUND),
    (NotAllowedError, ErrorPage(403, "You may see this, but not do that", "Ask one of the people named above.")),
    (ForgedFormError, ErrorPage(403, "This form was not accepted", "Open the page anew and try again.")),
    (TooManyTriesError, ErrorPage(429, "Too many tries", "Wait a little before you try again.")),
    (InvalidInputError, INVALID),
    (ChatTokenRefusedError, INVALID),
    (ChatRefusedError, INVALID),
    (IssueDeletedError, DELETED),
    (ConflictError, CONFLICT),
    (WriterBusyError, ErrorPage(503, "The database is busy", "Try again in a few seconds.")),
    (UnreachableError, ErrorPage(502, "Another system did not answer", "Try again in a minute.")),
    (TocsinError, FAILED),
)
"""Each kind of error with its page; the first that fits counts."""

STATUSES = {
    404: NOT_FOUND,
    405: ErrorPage(405, "That is not how this address is used", "Open it from one of the pages."),
    413: ErrorPage(413, "That is too long", "Shorten it and try again."),
}
RETRY_SECONDS = {503: "2", 502: "30"}

log = structlog.get_logger()

_templates = environment("tocsin.http")


def page_of(error: Exception) -> ErrorPage:
    """What is shown for `error`."""
    if isinstance(error, HTTPException):
        return STATUSES.get(error.status_code) or ErrorPage(error.status_code, "That did not work", INVALID.advice)
    return next((page for kind, page in PAGES if isinstance(error, kind)), FAILED)


async def answer_error(request: Request, error: Exception) -> Response:
    """The answer to a request that ended with `error`: a page for a browser, one sentence for everybody else."""
    page = page_of(error)
    if page is FAILED and isinstance(error, TocsinError):
        # An error of any other kind is raised on by Starlette, and logged by the server; this one ends here.
        log.error("http.request.failed", code=error.code, path=_without_names(request), exc_info=error)
    # Only what we raise on purpose has a sentence meant for people.
    sentence = str(error) if isinstance(error, TocsinError) and page is not FAILED else ""
    headers = _headers(error, page)
    if request.headers.get("HX-Request") == "true" or "text/html" not in request.headers.get("Accept", ""):
        return protect(PlainTextResponse(sentence or f"{page.title}.", status_code=page.status, headers=headers))
    facts = {"page": page, "sentence": sentence, "person": None, "appearance": appearance_of(request)}
    html = _templates.get_template("error.html").render(facts)
    return protect(HTMLResponse(html, status_code=page.status, headers=headers))


def _without_names(request: Request) -> str:
    """The path as its route is written: what stands in an address may let somebody in, and logs are read by many."""
    path = request.scope["path"]
    for name, value in request.path_params.items():
        path = path.replace(f"/{value}/", f"/{{{name}}}/")
    return path


def error_handlers() -> dict[int | type[Exception], Handler]:
    """What Starlette is given as `exception_handlers`; the one for `Exception` answers, and the server logs it."""
    return {HTTPException: answer_error, TocsinError: answer_error, Exception: answer_error}


def _headers(error: Exception, page: ErrorPage) -> dict[str, str]:
    if isinstance(error, HTTPException) and error.headers:
        return dict(error.headers)
    if isinstance(error, TooManyTriesError):
        return {"Retry-After": str(error.retry_after)}
    return {"Retry-After": RETRY_SECONDS[page.status]} if page.status in RETRY_SECONDS else {}
