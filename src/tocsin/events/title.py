"""What an event is called: the heading of its card, the sentence under it, and the name of its issue."""

from dataclasses import dataclass

from tocsin.events.schema import Event, Level
from tocsin.events.stacktrace import culprit_of, innermost_in_app, main_exception

MAX_TITLE = 250
"""Characters of a heading, a name or a culprit; beyond this no list has room."""

UNTITLED = "<no message>"


@dataclass(frozen=True, slots=True)
class Title:
    """The words for an event; all of them came from outside and must be escaped by whoever shows them.

    `heading` is one line, the heading of a card: the exception's type, the function of a synthetic exception, or the
    message. `detail` is the text under it, perhaps of many lines, perhaps empty. `type` and `value` are the exception's
    (`type` is empty for a message, whose text `value` is).
    """

    type: str
    value: str
    heading: str
    detail: str
    culprit: str
    level: Level

    @property
    def name(self) -> str:
        """The name of the issue in lists, one line: `ValueError: invalid literal for int()`."""
        detail = one_line(self.detail)
        name = f"{self.heading}: {detail}" if detail and detail != self.heading else self.heading
        return _cut(name, MAX_TITLE)


def title_of(event: Event) -> Title:
    """The words for `event`; every one-line text of it is at most MAX_TITLE characters long."""
    culprit = _cut(one_line(culprit_of(event)), MAX_TITLE)
    exception = None if is_message(event) else main_exception(event)
    if exception is None:
        message = message_of(event)
        heading = one_line(message) or UNTITLED
        # A heading says all of a short message; only a long one is worth repeating below.
        detail = message if message.strip() != heading else ""
        return Title("", message, _cut(heading, MAX_TITLE), detail, culprit, event.level)

    type_, value = exception.type or "", exception.value or ""
    is_synthetic = bool(exception.mechanism and exception.mechanism.synthetic)
    function = _function(event) if is_synthetic or not value else ""
    heading = function if is_synthetic and function else one_line(type_) or one_line(value) or UNTITLED
    detail = value or function
    return Title(type_, value, _cut(heading, MAX_TITLE), "" if detail == heading else detail, culprit, event.level)


def is_message(event: Event) -> bool:
    """Whether somebody sent a message: SDKs wrap one in an exception without a type, to give it a stack."""
    main = main_exception(event)
    return main is None or (not main.type and event.logentry is not None)


def message_of(event: Event) -> str:
    """The message as people read it, or an empty text."""
    entry = event.logentry
    return (entry.formatted or entry.message or "") if entry else ""


def one_line(text: str) -> str:
    """The first line of `text` that says something, its white space made single."""
    for line in text.splitlines():
        words = " ".join(line.split())
        if words:
            return words
    return ""


def _function(event: Event) -> str:
    frames = innermost_in_app(event, 1)
    return (frames[0].function or "") if frames else ""


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
