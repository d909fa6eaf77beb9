"""Why an event is grouped as it is: who spoke, what counted, and what did not, for a page that people believe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tocsin.events.default_grouping import Part, parts_of
from tocsin.events.fingerprint_rules import FingerprintRule
from tocsin.events.frame_names import frame_name
from tocsin.events.grouping import VERSIONS, fingerprint_of
from tocsin.events.schema import Event, Frame
from tocsin.events.stacktrace import location_of

MAX_LINE = 500
"""Characters of a line, which is there to be read: a frame has room for a kilobyte, and an event for 12 500 frames."""

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "rule": "A fingerprint rule of the project spoke.",
        "sdk": "The application gave the fingerprint itself.",
        "in_app_frames": "The same exceptions from the same functions of the application are one issue.",
        "exception": "No frame says where it was, so the same exception with the same words is one issue.",
        "message": "The same message is one issue, whatever numbers, ids, dates and paths stand in it.",
        "nothing": "The event says nothing that could be compared.",
    }
)
"""What each method means, for people."""


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """One thing that was looked at: it `counts`, or `reason` says why not. `kind` is the first word of a component.

    `text` has at most MAX_LINE characters; a longer one ends in `…`.
    """

    kind: str
    text: str
    counts: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an event has its fingerprint. `lines` are in the order in which they count, outermost frame first."""

    hash: str
    method: str
    sentence: str
    version: int
    rule: FingerprintRule | None
    lines: list[ExplainedLine]


def explain_grouping(event: Event, rules: Sequence[FingerprintRule] = ()) -> Explanation:
    """Why `event` is grouped as it is under `rules`; the lines that count are the components of its fingerprint."""
    fingerprint = fingerprint_of(event, rules)
    method = fingerprint.method
    if method == "in_app_frames":
        lines = [line for part in parts_of(event) for line in _explain(part, event.platform)]
    else:
        lines = [_counting(component) for component in fingerprint.components]
    version = VERSIONS[-1].number
    return Explanation(fingerprint.hash, method, SENTENCES[method], version, fingerprint.rule, lines)


def _counting(component: str) -> ExplainedLine:
    kind, _, text = component.partition(" ")
    return ExplainedLine(kind, _cut(text), counts=True)


def _explain(part: Part, platform: str | None) -> list[ExplainedLine]:
    heading = [_counting(part.heading)] if part.heading else []
    return heading + [
        _explain_frame(frame, reason, platform) for frame, reason in zip(part.frames, part.reasons, strict=True)
    ]


def _explain_frame(frame: Frame, reason: str, platform: str | None) -> ExplainedLine:
    if reason:
        return ExplainedLine("frame", _cut(location_of(frame)) or "a frame without a name", counts=False, reason=reason)
    return ExplainedLine("frame", _cut(frame_name(frame, platform).text), counts=True)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_LINE else f"{text[: MAX_LINE - 1]}…"
