"""What a handler gives back: what only the presser is told, and what becomes of a form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """Said to the presser alone, once Slack has its acknowledgement. `text` is mrkdwn; `blocks` show more than it."""

    text: str
    blocks: tuple[dict[str, Any], ...] = ()
    replaces: bool = False
    """Whether it takes the place of the message that was pressed on, which only the presser sees."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A form that cannot be taken as it is filled in: sentences (no markup) by the block id of their input."""

    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing was done (mrkdwn): the presser alone is told, and of a form it takes the place."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """A gesture that was answered before: nothing is done, and nothing is said, a second time."""


Handled = Answer | Refused | Repeated | None
"""What becomes of a press: done (with or without a word), refused, or done with already."""

Submitted = Handled | Wrong
"""What becomes of a form: closed (with or without a word), corrected, or replaced by the reason."""
