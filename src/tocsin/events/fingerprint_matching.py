"""Which of a project's fingerprint rules speaks for an event: the first one, all of whose conditions hold."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import TypeVar

from tocsin.events.fingerprint_rules import ABOUT_FIELD, WHATEVER_CASE, FingerprintRule, Matcher
from tocsin.events.own_code import Owner, owner_of
from tocsin.events.schema import Event, ExceptionValue, Frame
from tocsin.events.stacktrace import frames_of
from tocsin.events.title import message_of

Subject = TypeVar("Subject", ExceptionValue, Frame)

MAX_FRAMES = 250
"""Frames that are looked at, those of the exception that was caught first: a hundred rules ask each of them."""

MAX_VALUE = 1000
"""Characters of a message that a pattern is held against."""


def find_rule(rules: Sequence[FingerprintRule], event: Event) -> FingerprintRule | None:
    """The first of `rules` that holds for `event`.

    Most rules hold for few events, so each is first asked whether its longest words occur at all, which costs a third
    of a microsecond.
    """
    texts = _Texts(event)
    for rule in rules:
        for field, needle in rule.needles:
            if needle not in texts[field]:
                break
        else:
            if _holds(rule, event, texts.frames):
                return rule
    return None


class _Texts(dict[str, str]):
    """All that one event says in a field, a line each, put together when the first rule asks for it."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self._event = event
        self.frames = _frames(event)

    def __missing__(self, field: str) -> str:
        about = ABOUT_FIELD.get(field, "event")  # tags are the event's
        if about == "event":
            said = _of_event(self._event, field)
        elif about == "exception":
            said = [text for exception in self._event.exception for text in _of_exception(exception, field)]
        else:
            said = [text for frame in self.frames for text in OF_FRAME[field](frame)]
        text = "\n".join(dict.fromkeys(said))
        self[field] = text.lower() if field in WHATEVER_CASE else text
        return self[field]


def _holds(rule: FingerprintRule, event: Event, frames: list[Frame]) -> bool:
    return (
        all(_event_fulfils(matcher, event) for matcher in rule.on_event)
        and (not rule.on_exceptions or _one_fulfils(rule.on_exceptions, event.exception, _of_exception))
        and (not rule.on_frames or _one_fulfils(rule.on_frames, frames, _of_frame))
    )


def _frames(event: Event) -> list[Frame]:
    """The frames of every exception, the innermost of the last one first; else those of the thread."""
    stacks = [exception.stacktrace.frames or [] for exception in reversed(event.exception) if exception.stacktrace]
    frames = (frame for stack in (stacks or [frames_of(event)]) for frame in reversed(stack))
    return list(islice(frames, MAX_FRAMES)) or frames_of(event)[-MAX_FRAMES:]


def _event_fulfils(matcher: Matcher, event: Event) -> bool:
    return any(matcher.glob.matches(text) for text in _of_event(event, matcher.field)) is not matcher.is_negated


def _one_fulfils(
    matchers: Sequence[Matcher], subjects: Sequence[Subject], texts: Callable[[Subject, str], Iterable[str]]
) -> bool:
    """Whether one of `subjects` is all that is asked for, and none of them what is denied."""
    denied = [matcher for matcher in matchers if matcher.is_negated]
    asked = [matcher for matcher in matchers if not matcher.is_negated]

    def holds(matcher: Matcher, subject: Subject) -> bool:
        return any(matcher.glob.matches(text) for text in texts(subject, matcher.field))

    if any(holds(matcher, subject) for matcher in denied for subject in subjects):
        return False
    return not asked or any(all(holds(matcher, subject) for matcher in asked) for subject in subjects)


def _of_event(event: Event, field: str) -> Iterable[str]:
    if field.startswith("tags."):
        return (event.tags.get(field[5:], ""),)
    if field == "message":
        # What loggers send as a message others raise: whoever writes a rule sees the same words.
        said = [message_of(event), *(exception.value or "" for exception in event.exception)]
        return [text[:MAX_VALUE] for text in said if text] or [""]
    return (getattr(event, field) or "",)


def _of_exception(exception: ExceptionValue, field: str) -> Iterable[str]:
    return (exception.type or "",) if field == "type" else ((exception.value or "")[:MAX_VALUE],)


def _of_frame(frame: Frame, field: str) -> Iterable[str]:
    return OF_FRAME[field](frame)


def _paths(frame: Frame) -> Iterable[str]:
    """As they were sent, and with a slash before them, so that `*/legacy/*` finds `legacy/cart.php`, too."""
    for path in (frame.filename, frame.abs_path):
        if path:
            plain = path.replace("\\", "/")
            yield plain
            if not plain.startswith("/"):
                yield f"/{plain}"


OF_FRAME: Mapping[str, Callable[[Frame], Iterable[str]]] = MappingProxyType(
    {
        "path": _paths,
        "module": lambda frame: (frame.module or "",),
        "function": lambda frame: (frame.function or "",),
        "package": lambda frame: (frame.package or "",),
        "app": lambda frame: ("yes" if owner_of(frame) > Owner.LIBRARY else "no",),
    }
)
"""What a condition on frames is held against."""
