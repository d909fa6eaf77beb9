"""The figures of what Slack sends us: what each gesture came to, how soon Slack had its answer, what was not taken."""

import time
from enum import StrEnum

from prometheus_client import Counter, Histogram

from tocsin.kernel.metrics import REGISTRY
from tocsin.slack.answer import Answer, Refused, Repeated, Submitted, Wrong
from tocsin.slack.press import BUTTON, FORM, TYPING

KINDS = {BUTTON: "press", FORM: "form", TYPING: "options"}
"""Slack's words for gestures, and ours. Whoever signs a request could write any word there, so all others are one."""
OTHER, EVENT, COMMAND = "other", "event", "command"


class Outcome(StrEnum):
    """What became of a gesture."""

    DONE = "done"
    REFUSED = "refused"
    INVALID = "invalid"
    """A form that was given back to be corrected."""
    REPEATED = "repeated"
    UNKNOWN = "unknown"
    """No button or menu of this version, or nothing that Tocsin has a use for."""
    UNCONNECTED = "unconnected"
    """From a workspace that is not connected."""
    FAILED = "failed"
    """A fault of ours; the log has the traceback."""


OUTCOMES: dict[type[Submitted], Outcome] = {
    type(None): Outcome.DONE,
    Answer: Outcome.DONE,
    Refused: Outcome.REFUSED,
    Repeated: Outcome.REPEATED,
    Wrong: Outcome.INVALID,
}

GESTURES = Counter("tocsin_slack_gestures", "What people did in Slack.", ["kind", "outcome"], registry=REGISTRY)
LATE = Counter(
    "tocsin_slack_gestures_late", "Gestures that Slack was answered for before they were done.", registry=REGISTRY
)
SECONDS = Histogram(
    "tocsin_slack_answer_seconds",
    "From a request of Slack's coming in to its answer.",
    ["kind"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 3),
    registry=REGISTRY,
)
REFUSED = Counter("tocsin_slack_requests_refused", "Requests that were not taken.", ["status"], registry=REGISTRY)


def kind_of(slack_type: str | None) -> str:
    """The word for a gesture that Slack calls `slack_type` (`block_actions`)."""
    return KINDS.get(slack_type or "", OTHER)


def count_gesture(kind: str, outcome: Outcome) -> None:
    """Count one request by what became of it; once that is certain, which may be after Slack has its answer."""
    GESTURES.labels(kind, outcome).inc()


def observe_answer(kind: str, arrived: float) -> None:
    """Slack has its answer now, to a request that came in at `arrived` (`time.monotonic()`)."""
    SECONDS.labels(kind).observe(time.monotonic() - arrived)


def count_refused(status: int) -> None:
    """Count a request that was not taken: not proved, not understood, too long, or nothing to prove it with."""
    REFUSED.labels(str(status)).inc()
