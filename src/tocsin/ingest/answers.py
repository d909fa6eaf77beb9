"""What SDKs are answered when their request is refused, in the words of the protocol."""

from starlette.responses import JSONResponse, Response

from tocsin.events.errors import EnvelopeError, EventError
from tocsin.ingest.errors import (
    BadCompressionError,
    BadKeyError,
    EventFailedError,
    HoldOffError,
    OverloadedError,
    RateLimitedError,
    StorageFailedError,
    TooLargeError,
    TooSlowError,
)
from tocsin.intake.received import IntakeOutcome
from tocsin.kernel.errors import TocsinError

CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-allow-headers": "authorization, baggage, content-encoding, content-type, sentry-trace, "
    "traceparent, x-requested-with, x-sentry-auth",
    "access-control-expose-headers": "retry-after, x-sentry-error, x-sentry-rate-limits",
    "access-control-max-age": "3600",
}
"""Browsers report from any page; no credentials are involved, so any origin may (developer.mozilla.org, CORS)."""

STATUS: dict[type[TocsinError], int] = {
    TooLargeError: 413,
    TooSlowError: 408,
    BadCompressionError: 400,
    EnvelopeError: 400,
    EventError: 400,
    EventFailedError: 400,
    BadKeyError: 403,
    RateLimitedError: 429,
    OverloadedError: 429,
    StorageFailedError: 429,
}
"""429 rather than 5xx when nothing can be stored: SDKs then hold off, and count what they drop."""

OUTCOME: dict[type[TocsinError], IntakeOutcome] = {
    TooLargeError: IntakeOutcome.TOO_LARGE,
    TooSlowError: IntakeOutcome.MALFORMED,
    BadCompressionError: IntakeOutcome.MALFORMED,
    EnvelopeError: IntakeOutcome.MALFORMED,
    EventError: IntakeOutcome.MALFORMED,
    EventFailedError: IntakeOutcome.EVENT_FAILED,
    RateLimitedError: IntakeOutcome.RATE_LIMITED,
    OverloadedError: IntakeOutcome.OVERLOADED,
    StorageFailedError: IntakeOutcome.STORAGE_FAILED,
}
"""As what a refusal counts for its project; without a good key there is none."""

ERRORS_ONLY = "error;default"
"""The categories of events; whoever is over their own limit may go on to report what they dropped."""


_CORS_AS_SENT = [(name.encode(), value.encode()) for name, value in CORS.items()]


def accept(event_id: str | None, *, to_page: bool) -> Response:
    """All is well; `event_id` is that of the event that was stored, if there was one.

    Only browsers, which report for a page, need to be told that it may: each header costs as much as reading one.
    """
    response = Response(f'{{"id":"{event_id}"}}' if event_id else "{}", media_type="application/json")
    if to_page:
        response.raw_headers.extend(_CORS_AS_SENT)
    return response


def refuse(error: TocsinError) -> Response:
    """The protocol's answer: https://develop.sentry.dev/sdk/foundations/transport/ (errors, rate limiting)."""
    headers = dict(CORS)
    if isinstance(error, HoldOffError):
        headers["retry-after"] = str(error.seconds)
        headers["x-sentry-rate-limits"] = rate_limits(error)
    # The reason may quote what was sent; JSON's escapes keep it on one line, and headers hold only our own words.
    headers["x-sentry-error"] = error.code
    return JSONResponse({"detail": str(error)[:300]}, status_code=STATUS[type(error)], headers=headers)


def rate_limits(error: HoldOffError) -> str:
    """`seconds:categories:scope:reason`, as https://develop.sentry.dev/sdk/expected-features/rate-limiting/ has it.

    No category means all of them: where the server itself takes nothing, it takes no report either.
    """
    categories = "" if error.scope == "organization" else ERRORS_ONLY
    return f"{error.seconds}:{categories}:{error.scope}:{error.code.partition('.')[2]}"
