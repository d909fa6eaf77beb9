"""Scripted misbehaviour: which call goes wrong, how, and whether Slack did the work before it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from slack_simulator.errors import NotPossibleError

AnswerKind = Literal[
    "normal",
    "hang",
    "reset",
    "error_page",
    "garbage_json",
    "truncated_json",
    "drip",
    "late_answer",
    "error",
    "ratelimited",
]
Commit = Literal["now", "never", "later"]


@dataclass(frozen=True, slots=True)
class FaultKind:
    """What the app sees (`answer`) and what Slack did (`commit`); `status` is an HTTP status, `error` an error name."""

    answer: AnswerKind
    commit: Commit = "now"
    status: int = 200
    error: str = ""
    hidden: bool = False
    means: str = ""


FAULTS: dict[str, FaultKind] = {
    "timeout_before_commit": FaultKind("hang", "never", means="the connection stays silent and nothing is done"),
    "timeout_after_commit": FaultKind("hang", means="it is done and the connection stays silent"),
    "reset_before_commit": FaultKind("reset", "never", means="the connection is reset and nothing is done"),
    "reset_after_commit": FaultKind("reset", means="it is done and the connection is reset"),
    "http_500": FaultKind("error_page", "never", 500, means="500 with an HTML body, nothing done"),
    "http_500_after_commit": FaultKind("error_page", "now", 500, means="it is done; 500 with an HTML body"),
    "http_503": FaultKind("error_page", "never", 503, means="503 with an HTML body, nothing done"),
    "http_503_after_commit": FaultKind("error_page", "now", 503, means="it is done; 503 with an HTML body"),
    "html": FaultKind("error_page", "never", means="200 with a captive portal's page, nothing done"),
    "html_after_commit": FaultKind("error_page", means="it is done; 200 with an HTML page"),
    "garbage_json": FaultKind("garbage_json", "never", means="200 with something that is no JSON, nothing done"),
    "garbage_json_after_commit": FaultKind("garbage_json", means="it is done; 200 with something that is no JSON"),
    "truncated_json_after_commit": FaultKind(
        "truncated_json", means="it is done; the body ends before its Content-Length"
    ),
    "error": FaultKind("error", "never", means="ok: false with the error of your choice, nothing done"),
    "error_after_commit": FaultKind("error", means="it is done; ok: false with the error of your choice"),
    "fatal_error": FaultKind("error", "never", error="fatal_error", means="fatal_error, nothing done"),
    "fatal_error_after_commit": FaultKind("error", error="fatal_error", means="it is done; fatal_error"),
    "internal_error_after_commit": FaultKind("error", error="internal_error", means="it is done; internal_error"),
    "ratelimited": FaultKind("ratelimited", "never", 429, means="429; `retry_after` is the header, empty for none"),
    "slow_drip": FaultKind("drip", means="it is done; the answer comes one byte at a time over `seconds`"),
    "slow": FaultKind("late_answer", means="it is done; the whole answer comes after `seconds`"),
    "delayed_visibility": FaultKind(
        "normal", hidden=True, means="it is done and answered; history shows it after `seconds`"
    ),
    "late_commit": FaultKind("hang", "later", means="silence; it is done `seconds` later on the simulator's clock"),
    "late_commit_500": FaultKind("error_page", "later", 500, means="500 at once; it is done `seconds` later"),
}

DELIVERY_FAULTS: dict[str, str] = {
    "duplicated": "the request is sent twice",
    "reordered": "the request waits until the next one of its kind was sent",
    "lost": "the request never reaches the app, as if it could not be connected to",
}


@dataclass(slots=True)
class Fault:
    """One line of the script: `kind` for the calls of `method` (in `channel`) number `nth`, or the next `times`."""

    method: str
    name: str
    times: int = 1
    nth: int | None = None
    channel: str | None = None
    seconds: float = 60.0
    error: str = ""
    retry_after: str = "30"
    seen: int = 0
    happened: int = 0

    @property
    def kind(self) -> FaultKind:
        return FAULTS[self.name]

    def applies(self, channel: str | None) -> bool:
        """Count a call that this line is about, and say whether it is the one that goes wrong."""
        if self.channel is not None and channel != self.channel:
            return False
        self.seen += 1
        first = self.nth or 1
        return first <= self.seen < first + self.times


@dataclass(slots=True)
class FaultPlan:
    """The script. A method's name ends in `*` to mean all that begin so; deliveries are called `delivery.<kind>`."""

    lines: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Put `fault` behind the others; raises NotPossibleError for a fault that does not exist."""
        known = DELIVERY_FAULTS if fault.method.startswith("delivery.") else FAULTS
        if fault.name not in known:
            raise NotPossibleError(f"there is no fault {fault.name}; there are {', '.join(known)}")
        if fault.name.startswith("error") and not fault.error:
            raise NotPossibleError(f"{fault.name} needs the name of an error")
        self.lines.append(fault)

    def next(self, method: str, channel: str | None) -> Fault | None:
        """The fault that befalls this call, the oldest line first."""
        for line in self.lines:
            if _matches(line.method, method) and line.applies(channel):
                line.happened += 1
                return line
        return None

    def clear(self) -> None:
        self.lines.clear()


def _matches(pattern: str, method: str) -> bool:
    return method.startswith(pattern[:-1]) if pattern.endswith("*") else method == pattern
